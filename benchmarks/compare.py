"""Compare pychrony with a C program on libchrony, and with the release that PyPI has.

    python -m benchmarks.compare RELEASED_PYTHON

The programs take turns in one run, on a chronyd of its own with 60 sources, over its Unix socket.
The median of the ratios is what counts: machines differ and drift, ratios hold.
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pychrony
from tests.support.chronyd import LOCAL, Chronyd, temporary_directory

ROUNDS = 31
# Reading a report: how often in a round, the method in Python, and what is aimed at: at most so
# much of the time that C takes, and of the time that the released package takes.
REPORTS = {
    "tracking": (2000, "get_tracking", 1.25, 0.45),
    "sources": (60, "get_sources", 0.8, 0.3),
}
IMPORT_AIM = 0.7
SOURCES = tuple(f"server 127.0.1.{number} port 9 offline" for number in range(1, 61))
IMPORT = (
    "import time; t = time.perf_counter_ns(); import pychrony; print(time.perf_counter_ns() - t)"
)

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
def loop(times: int, *command: str, env: dict[str, str] | None = None) -> Generator[Round]:
    """Yield what runs a round of a program, and returns microseconds a report."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("no pipes")

        def run() -> float:
            print(times, file=stdin, flush=True)
            return int(stdout.readline()) / times / 1000

        yield run
        stdin.close()


def in_turn(*runs: Round) -> list[tuple[float, ...]]:
    """Run a round of each in turn, the first time in vain."""
    rounds = [tuple(run() for run in runs) for _ in range(ROUNDS + 1)]
    return rounds[1:]


def compare_report(report: str, address: str, c_loop: Path, released: str) -> None:
    """Print how long a report takes here, in C and in the released package."""
    times, method, c_aim, released_aim = REPORTS[report]
    python_loop = str(Path(__file__).with_name("loop.py"))
    with ExitStack() as stack:
        rounds = in_turn(
            stack.enter_context(loop(times, sys.executable, python_loop, address, method)),
            stack.enter_context(loop(times, str(c_loop), address, report)),
            stack.enter_context(
                loop(times, released, python_loop, address, method, env=released_environment())
            ),
        )
    show(f"{method}()", rounds, c_aim, released_aim)


def compare_import(released: str) -> None:
    """Print how long importing takes here and in the released package."""

    def run(python: str, env: dict[str, str] | None) -> float:
        return int(subprocess.check_output([python, "-c", IMPORT], env=env)) / 1000

    rounds = in_turn(
        lambda: run(sys.executable, None),
        lambda: float("nan"),
        lambda: run(released, released_environment()),
    )
    show("import pychrony", rounds, None, IMPORT_AIM)


def released_environment() -> dict[str, str]:
    """Return the environment less what would bring this package in."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def show(
    what: str, rounds: list[tuple[float, ...]], c_aim: float | None, released_aim: float
) -> None:
    """Print a line of the table."""
    here, c, released = (statistics.median(times) for times in zip(*rounds, strict=True))
    over_c = statistics.median(round_[0] / round_[1] for round_ in rounds)
    over_released = statistics.median(round_[0] / round_[2] for round_ in rounds)
    c_part = f"{c:7.0f} µs {over_c:5.2f} ({c_aim})" if c_aim else " " * 23
    released_part = f"{released:9.0f} µs {over_released:5.2f} ({released_aim})"
    print(f"{what:16} {here:7.0f} µs  {c_part} {released_part}")


def main(released: str) -> None:
    """Print the table; in brackets what is aimed at, at most."""
    info = pychrony.libchrony_info()
    print(f"built on the {info.kind} libchrony {info.version}; medians of {ROUNDS} rounds")
    print(f"{'':16}     here       C on libchrony, ratio    released, ratio")
    with (
        tempfile.TemporaryDirectory() as folder,
        temporary_directory() as directory,
        Chronyd(directory, *LOCAL, *SOURCES) as daemon,
    ):
        c_loop = compile_loop(Path(folder))
        for report in REPORTS:
            compare_report(report, daemon.socket_path, c_loop, released)
    compare_import(released)


if __name__ == "__main__":
    main(*sys.argv[1:])
