"""What tests/conftest.py does for every run: whoever starts it, from wherever, with whatever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # a run of its own for each

ROOT = Path(__file__).parent.parent.parent
SIGINT_IGNORED = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")

ASKING_FOR_SIGINT = """
import signal, subprocess, sys

ASK = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"

def test_here():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

def test_in_what_is_started():
    assert subprocess.check_output([sys.executable, "-c", ASK]) == b"True\\n"
"""
MAKING_A_SOCKET = """
import socket, tempfile

ROOM = "x" * 60  # for a client's own socket next to the server's

def test_that_has_a_name_of_many_words(tmp_path):
    with tempfile.TemporaryDirectory() as folder:
        for path in (f"{tmp_path}/{ROOM}", f"{folder}/{ROOM}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.bind(path)
"""
FOR_EACH_KIND_OF_USER = """
import os, pytest

@pytest.mark.who("root")
def test_root():
    assert os.geteuid() == 0

@pytest.mark.who("ordinary")
def test_ordinary():
    assert os.geteuid() != 0

@pytest.mark.who
def test_both():
    pass

def test_other():
    pass
"""
FOR_NOBODY = "import pytest\n\n@pytest.mark.who('rot')\ndef test_it():\n    pass\n"
SKIPPED = "import pytest\n\ndef test_it():\n    pytest.skip()\n"


def run_tests(
    folder: Path, tests: str, *options: str, under: tuple[str, ...] = (), **environment: str
) -> tuple[int, str]:
    """Return the exit status, and the last line of what pytest says."""
    file = folder / "test_it.py"
    file.write_text(tests)
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider"]
    command = [*under, sys.executable, "-m", "pytest", "-q", *settings, *plugins, *options, file]
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


def test_sigint_is_heard_where_it_was_ignored(tmp_path: Path) -> None:
    status, line = run_tests(tmp_path, ASKING_FOR_SIGINT, under=SIGINT_IGNORED)

    assert (status, line[:8]) == (0, "2 passed")


def test_temporary_folders_are_short_enough_for_sockets(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100) / ("y" * 50)
    long.mkdir(parents=True)
    for folder in (long, tmp_path):
        status, line = run_tests(tmp_path, MAKING_A_SOCKET, TMPDIR=str(folder))
        assert (status, line[:8]) == (0, "1 passed")


@pytest.mark.who
@pytest.mark.parametrize(("options", "passed"), [((), 3), (("-m", "who"), 2)])
def test_those_for_another_kind_of_user_are_deselected(
    tmp_path: Path, options: tuple[str, ...], passed: int
) -> None:
    status, line = run_tests(tmp_path, FOR_EACH_KIND_OF_USER, *options)

    assert (status, line.split(" in ")[0]) == (0, f"{passed} passed, {4 - passed} deselected")


def test_those_for_no_kind_of_user_there_is_are_an_error(tmp_path: Path) -> None:
    status, line = run_tests(tmp_path, FOR_NOBODY)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert "is for no kind of user there is: ['rot']" in line


def test_a_skipped_one_fails_the_run(tmp_path: Path) -> None:
    status, line = run_tests(tmp_path, SKIPPED)

    assert (status, line[:9]) == (1, "1 skipped")
