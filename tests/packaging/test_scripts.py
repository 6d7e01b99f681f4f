"""What the scripts say where something is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, environment, run

TEST_INSTALLED = ROOT / "scripts" / "test-installed"


def refused(*command: str | Path, **variables: str) -> str:
    """Return the one line that a script says before it does anything."""
    env = environment(**variables)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line


def test_a_python_without_what_the_tests_need_is_told_what_to_install(
    executable: Callable[[str], Path], tmp_path: Path
) -> None:
    python = executable(f'exec "{sys.executable}" -S "$@"')
    for name in ("pychrony", "pytest", "argcomplete"):
        (tmp_path / name).mkdir()
    line = refused(TEST_INSTALLED, PYTHON=str(python), PYTHONPATH=str(tmp_path))

    assert line.endswith(f"lacks what the tests need: {python} -m pip install pyte")


def test_a_python_without_pychrony_is_told_so(executable: Callable[[str], Path]) -> None:
    python = executable(f'exec "{sys.executable}" -S "$@"')
    line = refused(TEST_INSTALLED, PYTHON=str(python))

    assert f"{python} has no pychrony: " in line
    assert line.endswith("pytest argcomplete pyte")


def test_a_python_that_is_not_there_is_named() -> None:
    assert "no /nowhere/python: " in refused(TEST_INSTALLED, PYTHON="/nowhere/python")


@pytest.mark.parametrize("name", ["get-chrony", "get-libchrony"])
def test_the_cache_is_found_without_home(name: str) -> None:
    run("env", "-u", "HOME", ROOT / "scripts" / name, PYTHON=sys.executable)
