"""The documentation site: every public name has one place, and every link leads somewhere."""

from __future__ import annotations

import importlib
import json
import pkgutil
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

import pychrony
from tests.support.processes import run_module
from tests.support.project import ROOT

HOME = "http://localhost/"  # what begins so is a part of the site
TOP_LEVEL = ("py:class", "py:data", "py:exception", "py:function", "py:type")
MADE_BY_SPHINX = ("genindex.html", "py-modindex.html", "search.html")


class Page(HTMLParser):
    """What a page refers to, pictures and scripts too, and what others may refer to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors = {""}
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "data"):
                self.links.append(value or "")
            elif name == "id":
                self.anchors.add(value or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site. Sphinx must have nothing to complain of, and says so by its exit status."""
    folder = tmp_path_factory.mktemp("site")
    options = ("-q", "-n", "-W", "--keep-going", "-d", folder / "doctrees")
    run_module("sphinx", *options, ROOT / "docs", folder / "html")
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}


def links(name: str, page: Page) -> Iterator[tuple[str, str]]:
    """Yield the file and the anchor that each link within the site leads to."""
    for link in page.links:
        url, anchor = urldefrag(urljoin(f"{HOME}{name}", link))
        if url.startswith(HOME):
            yield unquote(urlsplit(url).path.lstrip("/")), unquote(anchor)


def public_names() -> Iterator[str]:
    """Yield each public name once: what pychrony has is not another module's too."""
    modules = (module.name for module in pkgutil.walk_packages(pychrony.__path__, "pychrony."))
    public = (name for name in modules if "._" not in name)
    for module in ("pychrony", *public):
        for name in importlib.import_module(module).__all__:
            if module == "pychrony" or name not in pychrony.__all__:
                yield f"{module}.{name}"


def inventory(site: Path) -> Iterator[str]:
    """Yield the names by which other projects' pages refer to this one's, without the aliases."""
    compressed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    for line in zlib.decompress(compressed).decode().splitlines():
        name, kind, priority, _ = line.split(" ", 3)
        if kind in TOP_LEVEL and priority != "-1":
            yield name


def test_every_public_name_is_described_once_and_no_other_is(site: Path) -> None:
    names = sorted(inventory(site))

    assert len(names) > 80
    assert names == sorted(public_names())


def test_every_link_and_picture_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    broken = [
        f"{name}: {path}#{anchor}"
        for name, page in pages.items()
        for path, anchor in links(name, page)
        if not (site / path).is_file() or (path in pages and anchor not in pages[path].anchors)
    ]

    assert sum(1 for name, page in pages.items() for _ in links(name, page)) > 1000
    assert broken == []


def test_the_first_page_leads_to_every_other(pages: dict[str, Page]) -> None:
    reached: set[str] = set()
    ahead = ["index.html"]
    while ahead:
        name = ahead.pop()
        if name in pages and name not in reached:
            reached.add(name)
            ahead += [path for path, _ in links(name, pages[name])]

    assert pages.keys() - reached - {*MADE_BY_SPHINX} == set()


def test_the_search_finds_a_field(site: Path) -> None:
    text = (site / "searchindex.js").read_text()
    index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    reports = index["docnames"].index("reference/reports")
    fields = [entry for entry in index["objects"]["pychrony.TrackingStatus"] if entry[0] == reports]

    assert "error_bound" in [entry[4] for entry in fields]
    assert reports in index["terms"]["error_bound"]
