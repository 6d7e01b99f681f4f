"""Sessions of the bundled library share nothing: each thread may have one of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.c_programs import compile_library, compile_program

pytestmark = pytest.mark.sources

READS = 20_000  # libchrony 0.2, where the sessions share a buffer, gives hundreds of wrong texts


@pytest.mark.parametrize("build", ["plain", "musl", "thread-sanitized"])
def test_each_thread_reads_the_texts_of_its_own_session(build: str, tmp_path: Path) -> None:
    program = compile_program("threads", build, tmp_path)

    done = subprocess.run([program, str(READS)], capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, "0 wrong\n", "")


def test_the_library_keeps_nothing_that_can_be_written_outside_its_sessions(
    tmp_path: Path,
) -> None:
    # Without -fno-pic, tables of constant pointers lie where the loader has to write to them once.
    objects = compile_library(tmp_path, "-O2", "-fno-pic")
    writable = set("BbCcDdGgSs")  # the letters of nm for .bss, .common and .data

    symbols = {file.name: _symbols(file) for file in objects}

    assert all(symbols.values())
    assert [(file, s) for file in symbols for s in symbols[file] if s[0] in writable] == []


def _symbols(file: Path) -> list[tuple[str, str]]:
    """Return the letter and the name of each symbol."""
    command = [os.environ.get("NM", "nm"), "-P", str(file)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [(line.split()[1], line.split()[0]) for line in listing.splitlines()]
