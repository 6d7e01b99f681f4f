"""Compare fleets with C programs, and with threads that use the blocking function.

    python -m benchmarks.fleet.compare BUNDLED SYSTEM

BUNDLED and SYSTEM are folders with pychrony, built on either library. Ten thousand targets on
loopback are asked for tracking, one request each. The programs take turns in one run. Two tables
are printed in Markdown: the medians, and the goals.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median as middle
from typing import NamedTuple

from benchmarks.programs import (
    Command,
    Round,
    compile_c,
    measure,
    median,
    ratio,
    run_once,
    show_table,
)
from tests.support.responder import Responder

ROUNDS = 11
N_TARGETS = 10_000
FOLDER = Path(__file__).parent
TIMEOUT = 3.0  # seconds, where each target answers
SHORT = 2.0  # seconds, where some do not
TIMER_RUNS = 5

UNCONNECTED = "C, one socket, sendmmsg and recvmmsg"
CONNECTED = "C, a socket for each target, epoll"
BUNDLED, SYSTEM = "bundled", "system"
WAYS = {"fleet": "fleet, `for`", "async": "fleet, `async for`", "threads": "64 threads"}

# What the responder's classes do.
GOOD, SILENT, LOSSY = 0, 1, 2
CLASSES = {SILENT: "silent", LOSSY: "loss=20"}


class Finding(NamedTuple):
    """What is aimed at, and what was found."""

    title: str
    sign: str  # "≤" or "≥"
    goal: float
    found: float

    def verdict(self) -> str:
        """Return the text of what was found, and whether the goal is met."""
        met = self.found <= self.goal if self.sign == "≤" else self.found >= self.goal
        return f"{self.found:.3g} {'met' if met else '**missed**'}"


def allow_many_sockets() -> None:
    """Let the programs that are started have as many descriptors as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Programs:
    """The programs, for one port."""

    def __init__(self, port: int, packages: dict[str, str]) -> None:
        self.port = port
        self.packages = packages

    def ask(
        self, way: str, library: str, class_: int = GOOD, every: int = 1, timeout: float = TIMEOUT
    ) -> Command:
        """Return the command of ask.py."""
        arguments = (way, self.port, class_, every, timeout)
        return Command(
            [sys.executable, str(FOLDER / "ask.py"), *map(str, arguments)],
            {**os.environ, "PYTHONPATH": self.packages[library]},
        )

    def all(self, folder: Path) -> dict[str, Command]:
        """Return each program that takes turns, by its row's title."""
        programs = {}
        for title, name in ((UNCONNECTED, "unconnected"), (CONNECTED, "connected")):
            program = compile_c(folder, FOLDER / f"{name}.c", str(FOLDER / "targets.c"))
            programs[title] = Command([program, str(self.port)])
        for library in self.packages:
            for way in WAYS:
                programs[row(way, library)] = self.ask(way, library)
        return programs


def row(way: str, library: str) -> str:
    """Return the title of a row."""
    return f"{WAYS[way]}, {library}"


def list_costs(rounds: list[Round]) -> Iterator[list[str]]:
    """Yield the rows of the table of costs."""
    for title in rounds[0]:
        cost = median(rounds, title)
        yield [title, f"{round(1e6 / cost.wall, -2):,.0f}", f"{cost.cpu:.1f} µs"]


def judge(library: str, rounds: list[Round], programs: Programs) -> Iterator[Finding]:
    """Yield what is aimed at, and what was found with one of the libraries."""
    fleet, async_, threads = (row(way, library) for way in WAYS)
    over_c, of_async = ratio(rounds, fleet, CONNECTED), ratio(rounds, async_, fleet)
    yield Finding("reports a second, over C with a socket for each", "≥", 0.5, 1 / over_c.wall)
    most = 2.5 if library == BUNDLED else 5.5
    yield Finding("processor time, over the same C", "≤", most, over_c.cpu)
    of_threads = ratio(rounds, threads, fleet).cpu
    yield Finding("processor time of 64 threads, over the fleet's", "≥", 4, of_threads)
    yield Finding("processor time of `async for`, over `for`", "≤", 1.25, of_async.cpu)

    wall, _, failed, _ = run_once(programs.ask("fleet", library, SILENT, 20, SHORT), N_TARGETS)
    if failed < N_TARGETS // 20:
        raise RuntimeError(f"only {failed} targets gave no answer")
    yield Finding("one in 20 silent: time over the timeout of 2 s", "≤", 1.1, wall / 1e9 / SHORT)

    failed = run_once(programs.ask("fleet", library, LOSSY, 1, SHORT), N_TARGETS)[2]
    percent = failed * 100 / N_TARGETS
    yield Finding("1 datagram in 20 lost: false timeouts, in percent", "≤", 0.1, percent)

    command = programs.ask("timer", library)
    late = middle(run_once(command, N_TARGETS)[3] for _ in range(TIMER_RUNS))
    yield Finding("a timer of 1 ms in the same loop is late by, in ms", "≤", 10, late / 1000)


def list_findings(found: Iterable[tuple[Finding, ...]]) -> Iterator[list[str]]:
    """Yield the rows of the table of goals."""
    for each in found:
        goals = dict.fromkeys(f"{finding.sign} {finding.goal}" for finding in each)
        yield [each[0].title, " / ".join(goals), *(finding.verdict() for finding in each)]


def main(bundled: str, system: str) -> None:
    """Print the tables."""
    allow_many_sockets()
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory())
        program = compile_c(Path(name), FOLDER / "responder.c", str(FOLDER / "answers.c"))
        responder = stack.enter_context(Responder(Path(program), CLASSES))
        programs = Programs(responder.port, {BUNDLED: bundled, SYSTEM: system})
        rounds = measure(programs.all(Path(name)), N_TARGETS, ROUNDS)
        print("### Fleets\n")
        print(f"{N_TARGETS:,} targets, medians of {ROUNDS} rounds:\n")
        show_table(["", "reports/s", "processor time of each"], list(list_costs(rounds)))
        judged = [judge(library, rounds, programs) for library in (BUNDLED, SYSTEM)]
        print("Their goals:\n")
        show_table(["", "goal", BUNDLED, SYSTEM], list(list_findings(zip(*judged, strict=True))))


if __name__ == "__main__":
    main(*sys.argv[1:])
