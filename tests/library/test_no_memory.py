"""pychrony where the memory that its C code asks for is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pychrony.testing import SimulatedChronyd, make_source
from tests.support.c_programs import compile_preload

MOST = 200  # allocations
# The names of the exceptions; at the end the connection, if there is one, works.
PROGRAM = """if True:
    import sys
    from pychrony import ChronyConnection, ChronyError
    def attempt(function, *arguments):
        try:
            return function(*arguments)
        except ChronyError as error:
            print(type(error).__name__)
    def use(address):
        with ChronyConnection(address) as connection:
            attempt(connection.get_sources)
            attempt(connection.get_tracking)
            assert connection.get_tracking().stratum > 0
            assert len(connection.get_sources()) > 0
    attempt(use, sys.argv[1])
"""


def test_each_allocation_that_fails_is_an_error_and_the_connection_works_again(
    tmp_path: Path,
) -> None:
    preload = str(compile_preload("failing_malloc", tmp_path))
    outcomes = []
    with SimulatedChronyd(sources=[make_source(address="GPS"), make_source()]) as server:
        for failing in range(1, MOST):
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, server.address],
                env={**os.environ, "LD_PRELOAD": preload, "FAILING_ALLOCATION": str(failing)},
                capture_output=True,
                text=True,
            )
            outcomes.append((done.returncode, done.stdout, done.stderr))
            if outcomes[-1] == (0, "", ""):  # there are no more
                break

    assert len(outcomes) > 10
    assert set(outcomes[:-1]) == {(0, "ChronyLibraryError\n", "")}
