"""The project's files, and its addresses, which pyproject.toml has. Python 3.10 knows no TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
URLS = dict(
    re.findall(r'^(\w+) = "(https://[^"]+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
)
FOLDERS = (".github", "benchmarks", "docs", "scripts", "src", "tests")
BINARY = (".gz", ".inv", ".png", ".so")
COMPILED = "__pycache__"  # where files come and go while tests run


def text_files() -> Iterator[Path]:
    """Yield the files that people read and write. There may be no git to ask for them."""
    yield from (path for path in ROOT.glob("*.*") if path.is_file())
    for name in FOLDERS:
        for path in ROOT.joinpath(name).rglob("*"):
            if path.suffix not in BINARY and COMPILED not in path.parts and path.is_file():
                yield path
