"""A manual as blocks of text, and these written in man(7)'s macros or in Markdown.

A text has its literal words between backticks and what stands for others between asterisks.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MARKED = re.compile(r"`([^`]+)`|\*([^*]+)\*")
_OPTION = re.compile(r"(?<![\w`-])(--?[A-Za-z][\w-]*)")
_ASTERISK, _BACKTICK = "\ue000", "\ue001"  # of a text that has no marks
_ROFF = {
    _ASTERISK: "*",
    _BACKTICK: r"\(ga",
    "\\": r"\e",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    '"': r"\(dq",
}


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Literal:
    """Lines as they stand."""

    text: str


@dataclass(frozen=True)
class Item:
    """A term, what there is to say of it, and what belongs below that."""

    term: str
    text: str
    below: tuple[Block, ...] = ()


Block = Heading | Paragraph | Literal | Item


def plain(text: str, placeholders: tuple[str, ...] = ()) -> str:
    """Mark what a text without marks has: options, and the placeholders that are given."""
    text = text.replace("*", _ASTERISK).replace("`", _BACKTICK)
    text = _OPTION.sub(r"`\1`", text)
    for name in placeholders:
        text = re.sub(rf"(?<![\w/:\[`*]){re.escape(name)}(?![\w:])", f"*{name}*", text)
    return text


def to_roff(blocks: Sequence[Block]) -> str:
    """Return the source of a page of section 1."""
    head = ['.TH PYCHRONY 1 "" pychrony "User commands"', ".ad l"]  # a date would grow stale
    return "\n".join([*head, *_roff_lines(blocks)]) + "\n"


def _roff_lines(blocks: Sequence[Block]) -> Iterator[str]:
    for before, block in zip([None, *blocks], blocks, strict=False):
        match block:
            case Heading(text):
                yield f".SH {text}"
            case Paragraph(text):
                yield from (*_gap(before), *_filled(text))
            case Literal(text):
                lines = (folded for line in text.splitlines() for folded in _fold(line))
                yield from (*_gap(before), ".RS 4", ".EX")
                yield from (_line(_escaped(line, literal=True)) for line in lines)
                yield from (".EE", ".RE")
            case Item(term, text, below):
                yield from (".TP", _line(_roff_text(term)), *_filled(text))
                if below:
                    yield from (".RS", *_roff_lines(below), ".RE")


def _gap(before: Block | None) -> list[str]:
    return [] if isinstance(before, Heading) else [".PP"]


def _fold(line: str) -> list[str]:
    """Return the pieces of a line that fit in a window of 80 columns, below a command."""
    return textwrap.wrap(line, 64, subsequent_indent="    ", break_on_hyphens=False) or [""]


def _filled(text: str) -> list[str]:
    """Return a text's lines, none of which is longer than mandoc likes."""
    lines = textwrap.wrap(_roff_text(text), 78, break_long_words=False, break_on_hyphens=False)
    return [_line(line) for line in lines]


def _line(text: str) -> str:
    """Return a line that is no macro."""
    return rf"\&{text}" if text.startswith((".", "'")) else text


def _roff_text(text: str) -> str:
    parts, end = [], 0
    for match in _MARKED.finditer(text):
        parts.append(_escaped(text[end : match.start()]))
        font, marked = ("B", match[1]) if match[1] else ("I", match[2])
        parts.append(rf"\f{font}{_escaped(marked, literal=True)}\fR")
        end = match.end()
    written = "".join([*parts, _escaped(text[end:])])
    # No word of a command is broken: the hyphen would look like one of its own.
    return re.sub(r"(?<!\S)(?=\S*\\f)", r"\\%", written)


def _escaped(text: str, *, literal: bool = False) -> str:
    """Return a text in roff. A hyphen between letters may be a typographer's, a literal not."""
    text = "".join(_ROFF.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)
    if literal:
        return text.replace("-", r"\-").replace("'", r"\(aq")
    return re.sub(r"(?<![A-Za-z])-|-(?![A-Za-z])", r"\-", text)


def to_markdown(title: str, blocks: Sequence[Block]) -> str:
    """Return a page of documentation."""
    return "\n".join([f"# {title}", "", *_markdown_lines(blocks)]).rstrip("\n") + "\n"


def _markdown_lines(blocks: Sequence[Block]) -> Iterator[str]:
    for before, block in zip([None, *blocks], blocks, strict=False):
        if isinstance(before, Item) and not isinstance(block, Item):
            yield ""
        match block:
            case Heading(text):
                yield from (f"## {text.capitalize()}", "")
            case Paragraph(text):
                yield from (_markdown_text(text), "")
            case Literal(text):
                yield from ("```", *text.splitlines(), "```", "")
            case Item(term, text, below):
                yield f"- {_markdown_text(term)}: {_markdown_text(text)}"
                lines = "\n".join(_markdown_lines(below)).rstrip()
                yield from (f"  {line}".rstrip() for line in lines.splitlines())


def _markdown_text(text: str) -> str:
    """Return a text whose marks are Markdown's already. What else would be one is no mark."""
    parts = re.split(r"(`[^`]+`)", text)
    parts[::2] = (re.sub(r"([<>\[\]_#|\\])", r"\\\1", part) for part in parts[::2])
    return "".join(parts).replace(_ASTERISK, r"\*").replace(_BACKTICK, r"\`")
