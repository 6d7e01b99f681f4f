"""2.0.3 itself, in an environment of its own: it is what our tests and docs/upgrading.md say."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import StartChronyd
from tests.packaging.builds import ROOT, run
from tests.support import user_tests
from tests.support.chronyd import Chronyd
from tests.support.upgrading import SURFACE, WRITTEN, agrees, read_rows

SUPPORT = ROOT / "tests" / "support"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with pytest and the pychrony that is on PyPI."""
    folder = tmp_path_factory.mktemp("released")
    python = folder / "bin" / "python"
    run("uv", "venv", "--quiet", "--python", sys.executable, folder)
    run("uv", "pip", "install", "--quiet", "--python", python, "pychrony==2.0.3", "pytest>=8.4")
    return python


def test_its_promises_are_those_that_the_contract_tests_hold(released: Path) -> None:
    promises = run(released, "-I", SUPPORT / "surface.py")

    assert json.loads(promises) == json.loads(SURFACE.read_text()), "make the file anew"


def test_its_answers_are_those_of_the_page(released: Path, start_chronyd: StartChronyd) -> None:
    rows = read_rows()
    never_heard = start_chronyd("server 192.0.2.1 offline")
    asked = json.dumps([row.code for row in rows])
    told = run(released, "-I", SUPPORT / "upgrading.py", never_heard.udp4, asked)

    outcomes = dict(zip(rows, json.loads(told), strict=True))
    wrong = {row.code: got for row, got in outcomes.items() if not agrees(got, row.before)}
    assert wrong == {}


def test_what_was_written_for_it_passes_on_it(
    released: Path, synchronized_chronyd: Chronyd
) -> None:
    variables = {"CHRONYD_ADDRESS": synchronized_chronyd.udp4, "PYTHONPATH": ""}

    said = user_tests.run_pytest(WRITTEN, python=released, **variables)
    assert re.match(r"\d+ passed", said)
