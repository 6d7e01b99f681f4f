"""Compare single calls with a C program on libchrony, and with the release that PyPI has.

    python -m benchmarks.calls.compare BUNDLED SYSTEM RELEASED_PYTHON

BUNDLED and SYSTEM are folders with pychrony, built on either library. The programs take turns in
one run, on a chronyd of its own with 60 sources, over its Unix socket. That is done four times:

    quiet     chronyd has one processor, the programs another one, and both sleep in between
    awake     the same, with a busy process of the lowest priority on each, so that none sleeps
    shared    chronyd and the programs are on one processor
    free      the system's scheduler chooses the processors: now one way, now the other

Two tables are printed in Markdown: the medians, and the medians of the ratios.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.programs import (
    Command,
    Cost,
    Round,
    busy_processors,
    compile_c,
    libchrony_flags,
    measure,
    median,
    ratio,
    show_table,
)
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import LOCAL, Chronyd, temporary_directory

ROUNDS = 31
SOURCES = tuple(f"server 127.0.1.{number} port 9 offline" for number in range(1, 61))
LOOP = Path(__file__).with_name("loop.py")
FAR = 0.002  # seconds

C, BUNDLED, SYSTEM, RELEASED = "C loop", "bundled", "system", "2.0.3"
QUIET, AWAKE, SHARED, FREE = "quiet", "awake", "shared", "free"


class Subject(NamedTuple):
    """What is measured, and how often in a round."""

    title: str
    times: int
    report: str = ""  # for C
    method: str = "import"  # for Python
    is_far: bool = False  # chronyd answers late


TRACKING = Subject("`get_tracking()`", 500, "tracking", "get_tracking")
LIST = Subject("`get_sources()`, 60 sources", 20, "sources", "get_sources")
DISTANT = Subject("`get_tracking()`, 2 ms away", 50, "tracking", "get_tracking", is_far=True)
IMPORT = Subject("`import pychrony`", 1)

SUBJECTS = {
    QUIET: (TRACKING, LIST, DISTANT, IMPORT),
    AWAKE: (TRACKING, LIST, DISTANT),
    SHARED: (TRACKING, LIST),
    FREE: (TRACKING, LIST),
}

# The ratio of wall time that is aimed at, at most.
GOALS = (
    (TRACKING, QUIET, C, 1.1),
    (TRACKING, AWAKE, C, 1.35),
    (LIST, QUIET, C, 0.3),
    (LIST, AWAKE, C, 1.2),
    (DISTANT, QUIET, C, 1.1),
    (DISTANT, AWAKE, C, 1.1),
    (TRACKING, QUIET, RELEASED, 0.4),
    (TRACKING, AWAKE, RELEASED, 0.45),
    (LIST, QUIET, RELEASED, 0.15),
    (LIST, AWAKE, RELEASED, 0.3),
    (IMPORT, QUIET, RELEASED, 0.6),
)

# The rounds of each subject in each regime.
Results = dict[tuple[Subject, str], list[Round]]


def find_pythons(bundled: str, system: str, released: str) -> dict[str, Command]:
    """Return a Python for each package."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {
        BUNDLED: Command([sys.executable], {**environment, "PYTHONPATH": bundled}),
        SYSTEM: Command([sys.executable], {**environment, "PYTHONPATH": system}),
        RELEASED: Command([released], environment),
    }


def choose_programs(
    subject: Subject, address: str, c_loop: str, pythons: Mapping[str, Command]
) -> dict[str, Command]:
    """Return the programs that are compared."""
    commands = {
        name: Command((*python.words, str(LOOP), subject.method, address), python.environment)
        for name, python in pythons.items()
    }
    if subject.report:
        commands[C] = Command((c_loop, subject.report, address))
    return commands


@contextmanager
def processors(regime: str, chronyd: int) -> Generator[None]:
    """Give chronyd and the programs that are started meanwhile their processors."""
    every = os.sched_getaffinity(0)
    with ExitStack() as stack:
        if regime == AWAKE:
            stack.enter_context(busy_processors())
        if regime != FREE:
            stack.callback(os.sched_setaffinity, 0, every)
            stack.callback(os.sched_setaffinity, chronyd, every)
            os.sched_setaffinity(chronyd, {max(every)})
            os.sched_setaffinity(0, {max(every) if regime == SHARED else min(every)})
        yield


def measure_all(pythons: Mapping[str, Command]) -> Results:
    """Measure each subject in each regime."""
    results: Results = {}
    with (
        tempfile.TemporaryDirectory() as c_folder,
        temporary_directory() as folder,
        Chronyd(folder, *LOCAL, *SOURCES) as near,
        SimulatedChronyd(faults=Faults(delay=FAR)) as far,
    ):
        c_loop = compile_c(Path(c_folder), LOOP.with_suffix(".c"), *libchrony_flags())
        for regime, subjects in SUBJECTS.items():
            with processors(regime, near.pid):
                for subject in subjects:
                    address = far.address if subject.is_far else near.socket_path
                    programs = choose_programs(subject, address, c_loop, pythons)
                    results[subject, regime] = measure(programs, subject.times, ROUNDS)
    return results


def list_medians(results: Results) -> Iterator[list[str]]:
    """Yield the rows of the table of times."""
    for (subject, regime), rounds in results.items():
        costs = (
            median(rounds, name) if name in rounds[0] else None
            for name in (C, BUNDLED, SYSTEM, RELEASED)
        )
        yield [subject.title, regime, *("" if cost is None else show_cost(cost) for cost in costs)]


def show_cost(cost: Cost) -> str:
    """Return the text of a wall time and a processor time."""
    if cost.wall < 10_000:
        return f"{cost.wall:.0f} / {cost.cpu:.0f} µs"
    return f"{cost.wall / 1000:.0f} / {cost.cpu / 1000:.0f} ms"


def list_ratios(results: Results) -> Iterator[list[str]]:
    """Yield the rows of the table of ratios and goals."""
    for subject, regime, other, goal in GOALS:
        row = [subject.title, regime, other, f"≤ {goal}"]
        for name in (BUNDLED, SYSTEM):
            found = ratio(results[subject, regime], name, other)
            verdict = "met" if found.wall <= goal else "**missed**"
            row += [f"{found.wall:.2f} {verdict}", f"{found.cpu:.2f}"]
        yield row


def main(bundled: str, system: str, released: str) -> None:
    """Print the tables."""
    results = measure_all(find_pythons(bundled, system, released))
    print("### Single calls\n")
    print(f"Wall time / processor time of a call, medians of {ROUNDS} rounds:\n")
    show_table(["", "processors", C, BUNDLED, SYSTEM, RELEASED], list(list_medians(results)))
    print("Ratios of wall time with the goals, and of processor time, medians too:\n")
    show_table(
        ["", "processors", "over", "goal", BUNDLED, "CPU", SYSTEM, "CPU"],
        list(list_ratios(results)),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
