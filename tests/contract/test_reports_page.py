"""docs/reference/reports.md is what the records say of themselves."""

from pathlib import Path

from tests.support.reports_page import render

HOW = (
    "make it anew: PYTHONPATH=build/bundled .venv/bin/python -m tests.support.reports_page "
    ">docs/reference/reports.md"
)


def test_the_page_of_reports_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs/reference/reports.md"

    assert page.read_text() == render(), HOW
