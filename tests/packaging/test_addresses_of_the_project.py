"""The project's addresses stand in pyproject.toml. What else has one begins with one of those."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.project import URLS, text_files

ADDRESS = re.compile(r"https?://[\w./~#?=&%@:-]*pychrony[\w./~#?=&%@:-]*")
NOT_OURS = ("https://test.pypi.org/", "http://127.0.0.1")
HELP = """change [project.urls] in pyproject.toml, then all that begin with the old one:
git grep -lF OLD | xargs sed -i 's|OLD|NEW|g'"""


def foreign(text: str) -> list[str]:
    """Return the addresses of the project that pyproject.toml knows nothing of."""
    allowed = (URLS["Homepage"], URLS["Documentation"], *NOT_OURS)
    return [address for address in ADDRESS.findall(text) if not address.startswith(allowed)]


def test_each_address_of_the_project_begins_with_one_of_pyproject_toml() -> None:
    others = [path for path in text_files() if path != Path(__file__)]
    found = [(path.name, address) for path in others for address in foreign(path.read_text())]

    assert found == [], HELP


def test_pyproject_toml_has_two_places_and_all_else_lies_below() -> None:
    assert {"Homepage", "Documentation", "Changelog", "Issues"} == URLS.keys()
    assert foreign("\n".join(URLS.values())) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/somebody/pychrony",
        "https://pychrony.example.org/en/latest/",
        "http://github.com/pychrony/pychrony",
        "https://example.org/pychrony.git",
    ],
)
def test_an_address_elsewhere_is_found(address: str) -> None:
    assert foreign(f"See [it]({address}).") == [address]


def test_an_address_below_is_none_of_these() -> None:
    assert foreign(f"{URLS['Homepage']}/issues {URLS['Documentation']}en/latest/") == []
    assert foreign("https://test.pypi.org/project/pychrony https://example.org") == []
