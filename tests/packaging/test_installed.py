"""The wheel and an editable install, in each interpreter at hand and as a user would use them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.packaging.builds import (
    OBJECT,
    Built,
    build_wheel,
    clone,
    read_from_wheel,
    run,
    wheel_files,
)
from tests.packaging.interpreters import find_interpreters, make_environment, read_a_report

INTERPRETERS = find_interpreters()


@pytest.mark.parametrize("version", INTERPRETERS)
def test_one_wheel_reads_a_report_in_every_interpreter(
    built: Built, version: str, tmp_path: Path
) -> None:
    python = make_environment(INTERPRETERS[version], tmp_path / "environment", built.wheel)

    assert read_a_report(python) == "1.2.3 bundled 0.2"
    assert run(python.parent / "pychrony", "--version") == "pychrony 1.2.3\n"


class Editable(NamedTuple):
    tree: Path
    python: Path


@pytest.fixture(scope="module")
def editable(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Editable:
    folder = tmp_path_factory.mktemp("editable")
    tree = clone(project, folder / "tree")
    return Editable(tree, make_environment(sys.executable, folder / "venv", "--editable", tree))


def test_an_editable_install_reads_a_report_with_an_object_in_src(editable: Editable) -> None:
    program = "import pychrony._binding as binding; print(binding.__file__)"
    place = run(editable.python, "-I", "-c", program).strip()

    assert read_a_report(editable.python) == "1.2.3 bundled 0.2"
    assert place == str(editable.tree / "src" / OBJECT)


def test_a_wheel_built_beside_an_editable_install_holds_an_object_of_its_own(
    editable: Editable, built: Built, out: Path
) -> None:
    with (editable.tree / "src" / OBJECT).open("ab") as file:
        file.write(b"of the editable install")
    wheel = build_wheel(editable.tree, out)

    assert wheel_files(wheel) == wheel_files(built.wheel)
    assert not read_from_wheel(wheel, OBJECT).endswith(b"of the editable install")
