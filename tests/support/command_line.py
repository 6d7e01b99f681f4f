"""Running the command line."""

from __future__ import annotations

import os
import subprocess
import sys

PYCHRONY = (sys.executable, "-m", "pychrony")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Return what `pychrony` printed, away from a terminal."""
    command = [*PYCHRONY, *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=env)
