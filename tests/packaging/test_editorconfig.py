"""The files are as .editorconfig tells editors to write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.project import ROOT, text_files

BY_PROGRAMS = {
    *ROOT.glob("tests/vectors/*"),
    *ROOT.glob("tests/contract/*.json"),
    *ROOT.rglob("*.svg"),
}
TEXTS = {path: path.read_bytes().decode() for path in {*text_files()} - BY_PROGRAMS}


def indent(text: str) -> int:
    """Return the smallest indentation, by number of spaces, without that of C's comments."""
    return min(map(len, re.findall(r"^( +)[^\s*]", text, re.MULTILINE)), default=0)


def is_indented(path: Path) -> bool:
    is_script = path.parent == ROOT / "scripts" and not path.suffix
    return is_script or path.suffix in (".c", ".json", ".toml", ".yaml", ".yml")


@pytest.mark.parametrize("wrong", [r"[^\n]\Z", r"[ \t]\n", r"\r", r"(?m)^ *\t", "\ufeff"])
def test_no_file_lacks_its_last_newline_or_has_spaces_at_an_end_or_tabs(wrong: str) -> None:
    assert len(TEXTS) > 400
    assert [path.name for path, text in TEXTS.items() if re.search(wrong, text)] == []


def test_all_but_python_is_indented_by_two() -> None:
    """`ruff format` sees to Python."""
    sizes = {path: indent(text) for path, text in TEXTS.items() if is_indented(path)}

    assert len(sizes) > 70
    assert [path.name for path, size in sizes.items() if size not in (0, 2)] == []


def test_editors_are_told_the_same() -> None:
    _, everything, python, by_programs = (ROOT / ".editorconfig").read_text().split("\n[")

    assert everything.startswith("*]\n")
    assert "indent_size = 2\n" in everything
    assert python == "*.{cfg,py,pyi}]\nindent_size = 4\n"
    assert by_programs.startswith("{tests/vectors/*,tests/contract/*.json,*.svg}]")
