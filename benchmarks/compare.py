"""Compare get_tracking with a C loop on the real libchrony, on a chronyd of its own.

    scripts/benchmark

The two take turns in one run, and the median of the ratios is what counts: machines differ and
drift, ratios hold.
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns

import pychrony
from tests.support.chronyd import LOCAL, Chronyd, temporary_directory

ROUNDS = 41
TIMES = 2000  # reports a round

Round = Callable[[], float]


def compile_loop(folder: Path) -> Path:
    """Compile loop.c against the libchrony that pkg-config finds."""
    pkg_config = [os.environ.get("PKG_CONFIG", "pkg-config"), "--cflags", "--libs", "libchrony"]
    flags = subprocess.check_output(pkg_config, text=True).split()
    program = folder / "loop"
    source = Path(__file__).with_name("loop.c")
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, "-O2", str(source), *flags, "-o", str(program)], check=True)
    return program


@contextmanager
def c_loop(program: Path, address: str) -> Generator[Round]:
    """Yield what runs a round in C, and returns microseconds a report."""
    command = [str(program), address, "tracking"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("no pipes")

        def run() -> float:
            print(TIMES, file=stdin, flush=True)
            return int(stdout.readline()) / TIMES / 1000

        yield run
        stdin.close()


@contextmanager
def python_loop(address: str) -> Generator[Round]:
    """Yield what runs a round of get_tracking on an open connection."""
    with pychrony.ChronyConnection(address) as connection:

        def run() -> float:
            get_tracking = connection.get_tracking
            begin = perf_counter_ns()
            for _ in range(TIMES):
                get_tracking()
            return (perf_counter_ns() - begin) / TIMES / 1000

        yield run


def main() -> None:
    """Print both times and their ratio."""
    with (
        tempfile.TemporaryDirectory() as folder,
        temporary_directory() as directory,
        Chronyd(directory, *LOCAL) as daemon,
        c_loop(compile_loop(Path(folder)), daemon.socket_path) as in_c,
        python_loop(daemon.socket_path) as in_python,
    ):
        in_c(), in_python()
        rounds = [(in_c(), in_python()) for _ in range(ROUNDS)]
    c, python = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = statistics.median(python / c for c, python in rounds)
    info = pychrony.libchrony_info()
    print(f"tracking over the Unix socket, {ROUNDS} rounds of {TIMES}, medians")
    print(f"  C loop on libchrony                   {c:6.1f} µs")
    print(f"  get_tracking, {info.kind} libchrony {info.version}   {python:6.1f} µs")
    print(f"  ratio                                 {ratio:6.2f}")


if __name__ == "__main__":
    main()
