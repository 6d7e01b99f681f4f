"""Compare calls that spin for their answer before they sleep with calls that do not.

    python -m benchmarks.far SPINLESS

SPINLESS is a folder with pychrony built with -DSPIN_NS=0. The two take turns in one run: on a
simulated chronyd that answers after 2 ms, and on a real one, each quiet and beside a busy process.
The medians of the ratios count; in brackets what is aimed at, at most.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import LOCAL, Chronyd, temporary_directory

ROUNDS = 15
FAR = 0.002  # seconds
LOOP = str(Path(__file__).with_name("cpu_loop.py"))

Costs = tuple[float, float]


def run(address: str, times: int, folder: str) -> Costs:
    """Return microseconds of time, and of CPU time, that a call takes."""
    command = [sys.executable, LOOP, address, str(times)]
    environment = {**os.environ, "PYTHONPATH": folder}
    wall, cpu = subprocess.check_output(command, text=True, env=environment).split()
    return float(wall), float(cpu)


@contextmanager
def busy_process() -> Generator[None]:
    """Keep a processor busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def compare(what: str, address: str, times: int, spinless: str, aim: float | None) -> None:
    """Print how long a call takes with spinning and without, and the ratios."""
    spinning = os.environ["PYTHONPATH"]
    rounds = [(run(address, times, spinning), run(address, times, spinless)) for _ in range(ROUNDS)]
    texts = []
    for index, unit in enumerate(("", "CPU")):
        here, there = (statistics.median(r[side][index] for r in rounds) for side in (0, 1))
        ratio = statistics.median(r[0][index] / r[1][index] for r in rounds)
        texts.append(f"{here:6.0f} µs {there:6.0f} µs {ratio:5.2f} {unit}")
    print(f"{what:28} {texts[0]} {texts[1]}{f' ({aim})' if aim else ''}")


def main(spinless: str) -> None:
    """Print the table."""
    print(f"{'':28}   spinning,  without, ratio; CPU time")
    with ExitStack() as stack:
        far = stack.enter_context(SimulatedChronyd(faults=Faults(delay=FAR))).address
        folder = stack.enter_context(temporary_directory())
        near = stack.enter_context(Chronyd(folder, *LOCAL)).socket_path
        compare("2 ms away", far, 300, spinless, 1.1)
        compare("local", near, 2000, spinless, None)
        stack.enter_context(busy_process())
        compare("2 ms away, beside work", far, 300, spinless, 1.1)
        compare("local, beside work", near, 2000, spinless, None)


if __name__ == "__main__":
    main(*sys.argv[1:])
