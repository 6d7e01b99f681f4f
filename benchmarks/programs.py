"""Programs that are measured in turn, and the processes that keep processors awake.

A program runs a round for each line on its stdin, which says how many times. It prints the
nanoseconds that the round took, the nanoseconds of its own processor time, and what else it found.
"""

from __future__ import annotations

import os
import platform
import shlex
import statistics
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

# What keeps a processor awake. It gives way to everybody else.
BUSY = """import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.nice(19)
print(flush=True)
while True:
    pass
"""


class Cost(NamedTuple):
    """Microseconds of one call, or a ratio of two costs."""

    wall: float
    cpu: float


# What each program of a table took, in one round.
Round = dict[str, Cost]


class Command(NamedTuple):
    """A program, and the environment that it runs in."""

    words: Sequence[str]
    environment: Mapping[str, str] | None = None


@contextmanager
def busy_processors() -> Generator[None]:
    """Keep each processor awake, by a busy process of the lowest priority on each."""
    with ExitStack() as stack:
        for processor in os.sched_getaffinity(0):
            process = stack.enter_context(
                subprocess.Popen([sys.executable, "-c", BUSY, str(processor)], stdout=-1)
            )
            stack.callback(process.kill)
            if process.stdout is None or not process.stdout.readline():
                raise RuntimeError("a busy process did not start")
        yield


@contextmanager
def _started(command: Command) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command.words, stdin=-1, stdout=-1, text=True, env=command.environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _run(process: subprocess.Popen[str], times: int) -> Cost:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes")
    print(times, file=process.stdin, flush=True)
    wall, cpu, *_ = process.stdout.readline().split()
    return Cost(int(wall) / times / 1000, int(cpu) / times / 1000)


def run_once(command: Command, times: int) -> list[int]:
    """Run one round of a program, and return all numbers that it prints."""
    text = subprocess.check_output(
        command.words, input=f"{times}\n", text=True, env=command.environment
    )
    return [int(number) for number in text.split()]


def measure(commands: Mapping[str, Command], times: int, rounds: int) -> list[Round]:
    """Run a round of each program in turn. The first round is not returned."""
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(_started(command)) for name, command in commands.items()
        }
        measured = [
            {name: _run(process, times) for name, process in started.items()}
            for _ in range(rounds + 1)
        ]
    return measured[1:]


def median(rounds: Sequence[Round], name: str) -> Cost:
    """Return the median of what a program took."""
    costs = [each[name] for each in rounds]
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def ratio(rounds: Sequence[Round], name: str, other: str) -> Cost:
    """Return the median of the ratios of two programs: machines drift, ratios hold."""
    pairs = [zip(each[name], each[other], strict=True) for each in rounds]
    ratios = [[value / reference for value, reference in pair] for pair in pairs]
    return Cost(*(statistics.median(values) for values in zip(*ratios, strict=True)))


def compile_c(folder: Path, source: Path, *others: str) -> str:
    """Compile a C program of a source, and of others or with flags. Return its path."""
    program = str(folder / source.stem)
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, "-O2", str(source), *others, "-o", program], check=True)
    return program


def libchrony_flags() -> list[str]:
    """Return the compiler's flags for the libchrony that pkg-config finds."""
    pkg_config = os.environ.get("PKG_CONFIG", "pkg-config")
    command = [pkg_config, "--cflags", "--libs", "libchrony"]
    return shlex.split(subprocess.check_output(command, text=True))


def describe_machine() -> str:
    """Return a sentence about the machine and its Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    model = next(models, "of a kind that the system does not tell")
    linux = ".".join(platform.release().split(".")[:2])
    return (
        f"Measured on {len(os.sched_getaffinity(0))} processors ({platform.machine()}, {model}), "
        f"Linux {linux}, CPython {platform.python_version()}."
    )


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    for row in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(row)} |".replace("  ", " "), flush=True)
    print()


if __name__ == "__main__":
    print(describe_machine(), end="\n\n")
