"""What the scripts say where something is missing."""

from __future__ import annotations

import ast
import os
import pwd
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, WITHOUT_CACHES, environment, run

TEST_INSTALLED = ROOT / "scripts" / "test-installed"


def refused(*command: str | Path, **variables: str) -> str:
    """Return the one line that a script says before it does anything."""
    env = environment(**variables)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line


def test_a_python_without_what_the_tests_need_is_told_what_to_install(
    executable: Callable[[str], Path], tmp_path: Path
) -> None:
    python = executable(f'exec "{sys.executable}" -S "$@"')
    for name in ("pychrony", "pytest", "pyte"):
        (tmp_path / name).mkdir()
    line = refused(TEST_INSTALLED, PYTHON=str(python), PYTHONPATH=str(tmp_path))

    assert line.endswith(f"lacks what the tests need: {python} -m pip install shtab")


def test_a_python_without_pychrony_is_told_so(executable: Callable[[str], Path]) -> None:
    python = executable(f'exec "{sys.executable}" -S "$@"')
    line = refused(TEST_INSTALLED, PYTHON=str(python))

    assert f"{python} has no pychrony: " in line
    assert line.endswith("pytest pyte shtab")


def test_a_python_may_be_named_from_the_current_folder(executable: Callable[[str], Path]) -> None:
    folder, name = executable(f'exec "{sys.executable}" -S "$@"').parent, "./program"
    line = refused("env", "-C", folder, TEST_INSTALLED, PYTHON=name)

    assert f"{folder}/{name} has no pychrony: " in line


def test_a_python_that_is_not_there_is_named() -> None:
    assert "no /nowhere/python: " in refused(TEST_INSTALLED, PYTHON="/nowhere/python")


@pytest.mark.parametrize("name", ["get-chrony", "get-libchrony", "get-prometheus"])
def test_the_cache_is_found_without_home(name: str) -> None:
    run("env", "-u", "HOME", ROOT / "scripts" / name, PYTHON=sys.executable)


def test_the_real_libchrony_is_found_in_a_folder_of_any_name(
    executable: Callable[[str], Path], tmp_path: Path
) -> None:
    """As the system's, once pkg-config knows of none."""
    cache = tmp_path / "für uns"
    get = ("env", f"XDG_CACHE_HOME={cache}", ROOT / "scripts" / "get-libchrony")
    none = str(executable("exit 1"))
    [folder] = run(*get, PKG_CONFIG=none, PYTHON=sys.executable).splitlines()
    program = "import build_ffi; print(ascii(build_ffi.find_system_libchrony().compile_args[2]))"
    said = run("env", "-C", ROOT, sys.executable, "-c", program, PKG_CONFIG_PATH=folder)

    include = os.fsencode(ast.literal_eval(said)).removeprefix(b"-I")
    assert Path(os.fsdecode(include), "chrony.h").exists()
    assert include.startswith(os.fsencode(cache))


def test_scripts_that_fill_the_cache_wait_for_each_other(tmp_path: Path) -> None:
    program = f"cd {shlex.quote(str(ROOT))}; . scripts/environment; lock_cache; "
    first = ["bash", "-euc", f"{program} echo locked; read -r; echo done >>{tmp_path}/order"]
    second = ["bash", "-euc", f"{program} cat {tmp_path}/order"]
    env = environment(XDG_CACHE_HOME=str(tmp_path))
    pipe = subprocess.PIPE
    with subprocess.Popen(first, env=env, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        with subprocess.Popen(second, env=env, stdout=pipe, text=True) as waiter:
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert waiter.communicate() == ("done\n", None)


TRY_AGAIN = ["bash", "-euc", '. "$0/scripts/environment"; try_again "$@"', ROOT]


def test_what_fails_to_be_fetched_is_tried_again(
    executable: Callable[[str], Path], tmp_path: Path
) -> None:
    tried = tmp_path / "tried"
    fetch = executable(f'echo "$*" >>{tried}; test $(wc -l <{tried}) = 3')
    env = environment(TRY_AGAIN_PAUSE="0")
    done = subprocess.run([*TRY_AGAIN, fetch, "it"], env=env, capture_output=True, text=True)

    assert (done.returncode, tried.read_text()) == (0, "it\nit\nit\n")
    first, second = done.stderr.splitlines()
    assert first.endswith(f"attempt 1 of 3 failed, and another one follows: {fetch} it")
    assert second.endswith(f"attempt 2 of 3 failed, and another one follows: {fetch} it")


def test_what_can_never_be_fetched_is_the_error_of_the_last_attempt(
    executable: Callable[[str], Path],
) -> None:
    fetch = executable("echo none >&2; exit 7")
    env = environment(TRY_AGAIN_PAUSE="0")
    done = subprocess.run([*TRY_AGAIN, fetch], env=env, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.count("none\n") == 3
    assert done.stderr.endswith("none\n")


def test_the_tools_are_installed_once_and_not_again_by_what_a_script_starts(tmp_path: Path) -> None:
    program = """. "$0/scripts/environment"
install_tools() { echo installed; }
find_tools() { :; }
get_tools
[ $# = 0 ] || bash -euc "$@" """
    (tmp_path / ".venv").mkdir()
    command = ["env", "-C", tmp_path, "-u", "TOOLS_ARE_IN", "bash", "-euc", program, ROOT]

    assert run(*command, program, ROOT) == "installed\n"


def test_an_environment_that_was_left_half_made_is_made_again(tmp_path: Path) -> None:
    """Interrupted before pip was there."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv")
    program = '. "$0/scripts/environment"; make_venv'
    run("env", "-C", tmp_path, "bash", "-euc", program, ROOT, PYTHON=sys.executable)

    run(tmp_path / ".venv" / "bin" / "python", "-m", "pip", "--version")


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
    shutil.copytree(ROOT / "scripts", tree / "scripts", ignore=WITHOUT_CACHES)
    tmp_path.chmod(0o700)
    cannot_mount = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    line = refused(*cannot_mount, tree / "scripts" / "as-ordinary-user", "true")

    assert f"nobody cannot reach {tree}, and " in line
