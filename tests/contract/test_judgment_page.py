"""docs/reference/judgment.md has every finding and every limit."""

from __future__ import annotations

import re
from pathlib import Path

from pychrony import FindingCode
from pychrony._judgment.defaults import MAX_AGE, MAX_ERROR, MAX_OFFSET, MIN_SOURCES
from pychrony._judgment.failures import judge_failure
from pychrony._judgment.limits import RULES, make_limits
from pychrony._judgment.reasons import ALL_REASONS
from pychrony.exceptions import ChronyDataError

PAGE = (Path(__file__).parents[2] / "docs/reference/judgment.md").read_text()
ROWS = {
    name: cells for name, *cells in re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", PAGE, re.M)
}


def test_each_code_has_its_row_with_a_severity() -> None:
    severities = {name: cells[0] for name, cells in ROWS.items() if name.isupper()}

    assert severities.keys() == {code.name for code in FindingCode}
    assert set(severities.values()) == {
        *("CRITICAL", "WARNING", "UNKNOWN", "CRITICAL, WARNING of another computer"),
        *(f"by `{limit}`" for limit in RULES),
    }
    failure = judge_failure(ChronyDataError("no sense"))
    assert severities[failure.code.name] == failure.severity.name


def test_each_default_is_told() -> None:
    given = {
        "max_error": MAX_ERROR,
        "max_offset": MAX_OFFSET,
        "max_age": MAX_AGE,
        "min_sources": MIN_SOURCES,
    }
    limits = make_limits(None, **{name: given.get(name) for name in RULES})

    for name in RULES:
        levels = getattr(limits, name)
        assert ROWS[name] == ["none" if level is None else str(level) for level in levels]


def test_each_reason_is_told() -> None:
    [table] = re.findall(r"^\| words \|.*?\n\n", PAGE, re.M | re.S)

    missing = [reason.of_one for reason in ALL_REASONS if reason.of_one not in table]

    assert missing == []
