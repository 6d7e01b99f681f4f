"""The interpreters at hand that the wheel is for, and what it must do in each."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.packaging.builds import run

# An interpreter that cannot run this, or objects, is none that the wheel is for.
PROBE = """
import sys, sysconfig
assert sys.implementation.name == "cpython" and sys.version_info >= (3, 10)
assert not sysconfig.get_config_var("Py_GIL_DISABLED")
print("%d.%d" % sys.version_info[:2])
"""

PROGRAM = """
import pychrony
from pychrony.testing import SimulatedChronyd, make_tracking

made = make_tracking(stratum=7)
with SimulatedChronyd(made) as server:
    assert pychrony.get_tracking(server.address) == made
info = pychrony.libchrony_info()
print(pychrony.__version__, info.kind, info.version)
"""


def _candidates() -> Iterator[str]:
    yield sys.executable
    for minor in range(10, 16):
        yield shutil.which(f"python3.{minor}") or ""
    for path in sorted(Path.home().glob(".pyenv/versions/*/bin/python")):
        yield str(path)


def _probe(python: str) -> str:
    done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True)
    return done.stdout.strip()


def find_interpreters() -> dict[str, str]:
    """Return one CPython of each version at hand; the running one is the first."""
    found: dict[str, str] = {}
    for python in filter(None, _candidates()):
        version = _probe(python)
        if version:
            found.setdefault(version, python)
    return found


def make_environment(python: str, folder: Path, *packages: str | Path) -> Path:
    """Return the interpreter of a new environment with the packages, and what they require."""
    run("uv", "venv", "--quiet", "--python", python, folder)
    run("uv", "pip", "install", "--quiet", "--python", folder, *packages)
    return folder / "bin" / "python"


def read_a_report(python: Path) -> str:
    """Return the versions that the installed package tells, once it has read a report."""
    return run(python, "-I", "-W", "error", "-c", PROGRAM).strip()
