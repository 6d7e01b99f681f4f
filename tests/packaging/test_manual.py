"""The manual that the wheel brings, by mandoc."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.packaging.builds import Built, read_data
from tests.support.manual_formats import Heading, Item, Literal, Paragraph, plain, to_roff

pytestmark = pytest.mark.usefixtures("shells")


@pytest.fixture
def page(built: Built, tmp_path: Path) -> Path:
    file = tmp_path / "pychrony.1"
    file.write_bytes(read_data(built, "share/man/man1/pychrony.1"))
    return file


def complaints(page: Path) -> list[str]:
    """Return all that mandoc finds, but for a date: that would be wrong as soon as it is old."""
    lint = ["mandoc", "-T", "lint", page]
    found = subprocess.run(lint, capture_output=True, text=True).stdout.splitlines()
    return [line for line in found if "missing date" not in line]


def shown(page: Path) -> str:
    """Return the page as a terminal of 80 columns shows it, without bold and underlined letters."""
    command = ["mandoc", "-T", "utf8", "-O", "width=78", page]
    return re.sub(".\b", "", subprocess.check_output(command, text=True))


def test_mandoc_has_nothing_to_complain_of(page: Path) -> None:
    assert complaints(page) == []


def test_the_manual_fits_in_80_columns(page: Path) -> None:
    lines = shown(page).splitlines()

    assert len(lines) > 100
    assert [line for line in lines if len(line) > 80] == []


def test_the_manual_has_the_sections_that_a_manual_has(page: Path) -> None:
    """As in man-pages(7)."""
    assert re.findall("^[A-Z ]+$", shown(page), flags=re.MULTILINE) == [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "COMMANDS",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "SEE ALSO",
    ]


def test_what_roff_would_take_for_its_own_stands_as_it_was_written(tmp_path: Path) -> None:
    texts = [
        ".TH is no macro here",
        "'quoted' at the beginning, \"twice\" later",
        r"a back\slash, ~/home, 2^31 and --json-lines at -1 °C",
        "the states `*`, + and *, `",
        " ".join(["word .dot 'quote"] * 30),
    ]
    lines = [".", ".TH", r"'\n' \fBbold\fR", "$(pychrony -c --x-y)", "-"]
    page = tmp_path / "page.1"
    page.write_text(
        to_roff(
            [
                Heading("TEXT"),
                *(Paragraph(plain(text)) for text in texts),
                *(Item(f"`{line}`", plain(text)) for line, text in zip(lines, texts, strict=True)),
                Literal("\n".join(lines)),
            ]
        )
    )
    said = " ".join(shown(page).split())

    assert complaints(page) == []
    for text in (*texts, " ".join(lines)):
        assert text in said
