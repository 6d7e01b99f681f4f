"""cibuildwheel's settings, held against what is promised and what the release workflow says."""

from __future__ import annotations

import re
from itertools import product

import pytest

from scripts.release import check
from tests.packaging.builds import ROOT, run


@pytest.fixture(scope="module")
def identifiers() -> set[str]:
    """Return what cibuildwheel would build."""
    listed = run("cibuildwheel", "--platform", "linux", "--print-build-identifiers", ROOT)
    return set(listed.split())


def test_cibuildwheel_builds_what_is_promised(identifiers: set[str]) -> None:
    pythons = [name.split("-")[-1].replace("abi3", "cp310") for name in check.PYTHONS]
    promised = product(pythons, check.C_LIBRARIES, check.MACHINES)

    assert identifiers == {f"{p}-{c}_{m}" for p, c, m in promised}


def test_the_release_builds_what_cibuildwheel_would(identifiers: set[str]) -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    python, libc, arch = (
        re.findall(rf"^        {name}: \[(.*)\]$", text, re.M)[0].split(", ")
        for name in ("python", "libc", "arch")
    )

    assert {f"{p}-{c}_{m}" for p, c, m in product(python, libc, arch)} == identifiers


def test_cibuildwheel_installs_what_the_tests_need() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:test|test-requires) = (\[.*?\])", text, re.M)

    assert len(lists) == 2
    assert lists[0] == lists[1]
