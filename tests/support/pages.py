"""The code blocks of the documentation's pages, for tests that run them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .project import ROOT

FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|:{3,})(?P<language>.*)$")
SAVED = re.compile(r"[Ss]ave it as `([\w.-]+)`")
CHRONYD = re.compile(r"<!-- (SimulatedChronyd\(.*\)) -->\s*$", flags=re.S)
CODE = ("{code", "{sourcecode}", "{doctest}", "{testcode}", "{parsed-literal}")


@dataclass(frozen=True)
class Block:
    """A block of code, and what the page says of it."""

    page: str
    line: int
    language: str
    text: str
    before: str
    """The text between the block before and this one."""
    output: str | None
    """What a block of text directly below shows, which is what the program prints."""

    @property
    def chronyd(self) -> str | None:
        """The chronyd that it asks, where a comment directly above it makes one."""
        found = CHRONYD.search(self.before)
        return found[1] if found else None

    @property
    def file(self) -> str | None:
        """The file that the page tells the reader to save it as."""
        found = SAVED.findall(self.before)
        return found[-1] if found else None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Return README.md and the pages of the site."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page. Of Sphinx's directives only those that show code are blocks."""
    found = list(_raw_blocks(page.read_text().splitlines()))
    blocks = []
    for (line, language, text, before), after in zip(found, [*found[1:], None], strict=False):
        output = None
        if after and after[1] == "text" and not after[3].strip():
            output = after[2]
        if not language.startswith("{") or language.startswith(CODE):
            name = str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name
            blocks.append(Block(name, line, language, text, before, output))
    return blocks


def _raw_blocks(lines: list[str]) -> Iterator[tuple[int, str, str, str]]:
    start, before = 0, 0
    opened: re.Match[str] | None = None
    for number, line in enumerate(lines, 1):
        if opened is None:
            opened, start = FENCE.match(line), number
        elif line.strip() == opened["fence"]:
            language = _language(opened["language"].strip(), lines[start : number - 1])
            text = textwrap.dedent("\n".join(lines[start : number - 1])) + "\n"
            yield start, language, text, "\n".join(lines[before : start - 1])
            opened, before = None, number
    if opened:
        raise ValueError(f"the block of line {start} is not closed")


def _language(said: str, lines: list[str]) -> str:
    """Return what is written in the block: GitHub's readers need no more than `python`."""
    if said == "python" and any(line.lstrip().startswith(">>> ") for line in lines):
        return "pycon"
    if said == "" and lines and lines[0].lstrip().startswith("$ "):
        return "console"
    return said or "text"
