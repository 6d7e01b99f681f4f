"""What the scripts say where something is missing."""

from __future__ import annotations

import os
import pwd
import shutil
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


def test_a_python_may_be_named_from_the_current_folder(executable: Callable[[str], Path]) -> None:
    folder, name = executable(f'exec "{sys.executable}" -S "$@"').parent, "./program"
    line = refused("env", "-C", folder, TEST_INSTALLED, PYTHON=name)

    assert f"{folder}/{name} has no pychrony: " in line


def test_a_python_that_is_not_there_is_named() -> None:
    assert "no /nowhere/python: " in refused(TEST_INSTALLED, PYTHON="/nowhere/python")


@pytest.mark.parametrize("name", ["get-chrony", "get-libchrony"])
def test_the_cache_is_found_without_home(name: str) -> None:
    run("env", "-u", "HOME", ROOT / "scripts" / name, PYTHON=sys.executable)


# As root: who is ordinary already needs none of it.


@pytest.mark.who("root")
def test_root_can_run_this_python_as_an_ordinary_user(tmp_path: Path) -> None:
    program = "import os, pytest; print(*os.getresuid(), os.getenv('TMPDIR'), os.getcwd())"
    command = [ROOT / "scripts" / "as-ordinary-user", "python", "-c", program]
    python = Path(sys.executable).parent
    printed = run(*command, PATH=f"{python}:{os.environ['PATH']}", TMPDIR=str(tmp_path))

    nobody = pwd.getpwnam("nobody").pw_uid
    assert printed == f"{nobody} {nobody} {nobody} None {ROOT}\n"


@pytest.mark.who("root")
def test_a_tree_that_an_ordinary_user_cannot_reach_is_named(tmp_path: Path) -> None:
    tree = tmp_path / "a tree"
    (tree / ".venv" / "bin").mkdir(parents=True)
    (tree / ".venv" / "bin" / "python").symlink_to(sys.executable)
    shutil.copytree(ROOT / "scripts", tree / "scripts")
    tmp_path.chmod(0o700)
    cannot_mount = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    line = refused(*cannot_mount, tree / "scripts" / "as-ordinary-user", "true")

    assert f"nobody cannot reach {tree}, and " in line
