"""An editable install, as a contributor would use it. Of wheels scripts/rehearse tries each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.packaging.builds import (
    DATA,
    OBJECT,
    ROOT,
    Built,
    build_wheel,
    clone,
    read_from_wheel,
    run,
    wheel_files,
)

READ_REPORT = ROOT / "scripts" / "release" / "read_report.py"


class Editable(NamedTuple):
    tree: Path
    python: Path


@pytest.fixture(scope="module")
def editable(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Editable:
    folder = tmp_path_factory.mktemp("editable")
    tree = clone(project, folder / "tree")
    run("uv", "venv", "--quiet", "--python", sys.executable, folder / "venv")
    run("uv", "pip", "install", "--quiet", "--python", folder / "venv", "--editable", tree)
    return Editable(tree, folder / "venv" / "bin" / "python")


def test_an_editable_install_reads_a_report_with_an_object_in_src(editable: Editable) -> None:
    program = "import pychrony._binding as binding; print(binding.__file__)"
    place = run(editable.python, "-I", "-c", program).strip()

    assert run(editable.python, "-I", "-W", "error", READ_REPORT) == "4.2.3 bundled 0.2\n"
    assert place == str(editable.tree / "src" / OBJECT)


def test_an_installation_puts_the_manual_and_the_completions_where_they_are_looked_for(
    editable: Editable,
) -> None:
    environment = editable.python.parent.parent
    wrong = [
        place
        for place, name in DATA.items()
        if (environment / place).read_bytes() != (ROOT / "docs" / name).read_bytes()
    ]

    assert wrong == []


def test_a_wheel_built_beside_an_editable_install_holds_an_object_of_its_own(
    editable: Editable, built: Built, out: Path
) -> None:
    with (editable.tree / "src" / OBJECT).open("ab") as file:
        file.write(b"of the editable install")
    wheel = build_wheel(editable.tree, out)

    assert wheel_files(wheel) == wheel_files(built.wheel)
    assert not read_from_wheel(wheel, OBJECT).endswith(b"of the editable install")
