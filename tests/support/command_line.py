"""Running the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from pychrony._cli.main import main

PYCHRONY = (sys.executable, "-m", "pychrony")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Return what `pychrony` printed, away from a terminal."""
    command = [*PYCHRONY, *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)


@contextmanager
def started(command: Sequence[str]) -> Generator[subprocess.Popen[str], None, None]:
    """Start a program and yield it. Its end is waited for, but a test that fails ends it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def run_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return the same as `run`, without a process of its own: for many runs in a short time."""
    with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
        status = main(arguments)
    output, errors = stdout.getvalue(), stderr.getvalue()
    return subprocess.CompletedProcess([*PYCHRONY, *arguments], status, output, errors)
