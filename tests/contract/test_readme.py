"""The README is short, its Python prints what it says, and its links lead to pages of the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.project import ROOT, URLS

README = (ROOT / "README.md").read_text()
INDEX = (ROOT / "docs" / "index.md").read_text()
SITE = URLS["Documentation"]
PAGE = f"{SITE}page/"  # Read the Docs leads from there to the page in the version shown by default


def links() -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", README)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as MyST and GitHub make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing(link: str) -> str | None:
    """Return what the site lacks of what a link to it names."""
    path, _, anchor = link.removeprefix(PAGE).partition("#")
    page = (ROOT / "docs" / path).with_suffix(".md")
    if not path.endswith(".html") or not page.is_file():
        return link
    return link if anchor and anchor not in anchors(page) else None


def test_it_has_at_most_120_lines() -> None:
    assert len(README.splitlines()) <= 120


def test_the_first_block_prints_what_stands_below_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [program] = re.findall(r"^```python\n(.*?)^```", README, flags=re.S | re.M)
    [shown] = re.findall(r"^```\n(off by.*?)^```", README, flags=re.S | re.M)
    with SimulatedChronyd() as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        exec(compile(program, "README.md", "exec"), {})

    assert capsys.readouterr().out == shown


def test_links_lead_somewhere_on_pypi_too() -> None:
    assert [link for link in links() if not link.startswith("https://")] == []


def test_links_to_the_site_name_a_page_that_it_has() -> None:
    pages = [link for link in links() if link.startswith(SITE) and link != SITE]

    assert len(pages) > 10
    assert [link for link in pages if not link.startswith(PAGE) or missing(link)] == []


@pytest.mark.parametrize("link", ["nowhere.html", "tutorial.html#nowhere", "tutorial.md", ""])
def test_a_link_to_nowhere_is_found(link: str) -> None:
    assert missing(PAGE + link)


def test_a_link_to_a_heading_is_not_found() -> None:
    assert missing(f"{PAGE}tutorial.html#the-first-number") is None


def test_what_the_front_page_takes_has_no_links_to_the_site() -> None:
    """Whoever has only a built site must not be led away from it."""
    taken = README.partition("<!-- begin -->")[2].partition("<!-- end -->")[0]

    assert taken.strip()
    assert SITE not in taken


def test_the_front_page_leads_to_each_page_that_the_readme_does() -> None:
    led = [link.removeprefix(PAGE).partition(".html")[0] for link in links() if PAGE in link]

    assert [page for page in led if f"({page}.md)" not in INDEX] == []
