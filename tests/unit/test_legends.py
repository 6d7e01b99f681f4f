"""The legends of -v explain each column, and each letter and sign that a column has."""

from __future__ import annotations

import pytest

from pychrony import SelectState
from pychrony._cli.layouts import BLOCKS, TABLES
from pychrony._cli.legends import legend_lines
from pychrony._cli.words import AUTH_MODES, SOURCE_MODES, SOURCE_STATES


@pytest.mark.parametrize("layout", TABLES)
def test_a_legend_has_a_line_for_each_column_in_order(layout: str) -> None:
    headings = [column.heading for column in TABLES[layout]]
    width = max(map(len, headings))
    *lines, last = legend_lines(layout)

    assert [line[:width].strip() for line in lines if line[:width].strip()] == headings
    assert all(line[width : width + 2] == "  " and line[width + 2] != " " for line in lines)
    assert max(map(len, lines)) <= 100
    assert last == ""


@pytest.mark.parametrize("layout", BLOCKS)
def test_a_report_without_columns_has_no_legend(layout: str) -> None:
    assert list(legend_lines(layout)) == []


@pytest.mark.parametrize(
    ("layout", "signs"),
    [
        ("sources", [*SOURCE_MODES.values(), *SOURCE_STATES.values()]),
        ("selectdata", [*(state.value for state in SelectState), *"NPTR"]),
        ("authdata", AUTH_MODES.values()),
    ],
)
def test_a_legend_has_every_sign(layout: str, signs: list[str]) -> None:
    words = " ".join(legend_lines(layout)).replace(",", " ").split()

    assert [sign for sign in signs if sign not in words] == []
