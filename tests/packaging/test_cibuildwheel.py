"""cibuildwheel's settings, held against what is promised and what the release workflow says."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import replace
from itertools import product

import pytest
from cibuildwheel.options import CommandLineArguments, compute_options
from cibuildwheel.util import resources
from ruamel.yaml import YAML

from scripts.release import check
from tests.packaging.builds import ROOT, run

BUILD = "cp310-manylinux_x86_64"


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


def test_musl_wheels_are_tested_on_arm64_in_the_image_they_were_built_in() -> None:
    """Here it is the one of this machine."""
    image = run(ROOT / "scripts" / "release" / "musl-image", PYTHON=sys.executable).strip()
    jobs = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]

    assert f"musllinux_1_2_{platform.machine()}@sha256:" in image
    assert f"musllinux_1_2 = {image} " in resources.PINNED_DOCKER_IMAGES.read_text()
    assert any("$(scripts/release/musl-image)" in s.get("run", "") for s in jobs["arm64"]["steps"])


def test_the_action_and_the_package_are_of_one_version() -> None:
    texts = [
        (ROOT / ".github/workflows/release.yml").read_text(),
        (ROOT / "pyproject.toml").read_text(),
    ]
    [action] = re.findall(r"pypa/cibuildwheel@\w+ # v([\d.]+)", texts[0])
    [package] = re.findall(r"cibuildwheel==([\d.]+)", texts[1])

    assert action == package


def test_what_decides_a_build_reaches_cibuildwheels_container() -> None:
    """Where the environment of the step, or of its job, is not known unless it is passed."""
    arguments = replace(CommandLineArguments.defaults(), only=BUILD, package_dir=ROOT)
    given = {"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_PYCHRONY": "4.2.3.dev4", "SOURCE_DATE_EPOCH": "17"}
    settings = compute_options("linux", arguments, given).build_options(BUILD)
    [text] = re.findall(
        r"^        env:\n((?: {10}\w+: .*needs\.version.*\n)+)",
        (ROOT / ".github" / "workflows" / "release.yml").read_text(),
        re.M,
    )[:1]

    assert [*given] == re.findall(r"\w+(?=: )", text)
    reached = settings.environment.as_dictionary(prev_environment={})
    assert reached == given | {"PYCHRONY_LIBCHRONY": "bundled"}


@pytest.mark.parametrize("libc", check.C_LIBRARIES)
def test_emulated_wheels_take_the_quick_test(libc: str) -> None:
    """An import and a report, the unit tests and a few more."""
    build = f"cp310-{libc}_aarch64"
    arguments = replace(CommandLineArguments.defaults(), only=build, package_dir=ROOT)
    settings = compute_options("linux", arguments, {}).build_options(build)

    assert not settings.before_test
    assert settings.test_command == (
        "python {project}/scripts/release/read_report.py && "
        "bash {project}/scripts/test-installed --quick -m 'not slow'"
    )
