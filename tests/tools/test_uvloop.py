"""What holds in asyncio's own event loop holds in uvloop's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
FILES = [
    *sorted(TREE.glob("tests/contract/asynchronous/test_*.py")),
    TREE / "tests/contract/fleets/test_asyncio.py",
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_tests_of_asyncio_pass_on_uvloop(file: Path) -> None:
    options = ("-q", "-p", "tests.support.on_uvloop", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *options, str(file)]
    done = subprocess.run(command, cwd=TREE, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
