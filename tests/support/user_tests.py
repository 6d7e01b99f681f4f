"""Runs a user's file of tests by a pytest of its own, without this tree's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_pytest(
    tests: Path, *options: str, python: str | Path = sys.executable, **environment: str
) -> str:
    """Return the last line of what pytest says, or all of it where a test failed."""
    alone = ["-c", os.devnull, "--rootdir", str(tests.parent), "-p", "no:cacheprovider"]
    command = [python, "-m", "pytest", "-q", *alone, *options, str(tests)]
    environment = {**os.environ, **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    return done.stdout.splitlines()[-1] if done.returncode == 0 else done.stdout + done.stderr
