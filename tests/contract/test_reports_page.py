"""docs/reference/reports.md is what the records say of themselves."""

from pathlib import Path

from tests.support.reports_page import render


def test_the_page_of_reports_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs/reference/reports.md"

    assert page.read_text() == render(), "make it anew: CLAUDE.md says how"
