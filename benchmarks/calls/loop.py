"""The same as loop.c for a Python package named pychrony, whichever one is installed.

loop.py METHOD ADDRESS. The method "import" is importing the package, each time in a new process.
"""

import subprocess
import sys
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns

IMPORT = """from time import perf_counter_ns, process_time_ns
wall, cpu = perf_counter_ns(), process_time_ns()
import pychrony
print(perf_counter_ns() - wall, process_time_ns() - cpu)
"""

Costs = tuple[int, int]


def import_package(times: int) -> Costs:
    """Import the package so often, and return the nanoseconds, and those of processor time."""
    command = [sys.executable, "-c", IMPORT]
    costs = [subprocess.check_output(command, text=True).split() for _ in range(times)]
    return sum(int(wall) for wall, _ in costs), sum(int(cpu) for _, cpu in costs)


def call(read: Callable[[], object], times: int) -> Costs:
    """Call a method so often, and return the nanoseconds, and those of processor time."""
    wall, cpu = perf_counter_ns(), process_time_ns()
    for _ in range(times):
        read()
    return perf_counter_ns() - wall, process_time_ns() - cpu


def answer_lines(measure: Callable[[int], Costs]) -> None:
    """Measure as often as each line on stdin says."""
    for line in sys.stdin:
        print(*measure(int(line)), flush=True)


def main(method: str, address: str) -> None:
    """Measure what each line on stdin asks for."""
    if method == "import":
        answer_lines(import_package)
        return
    from pychrony import ChronyConnection

    with ChronyConnection(address) as connection:
        read = getattr(connection, method)
        answer_lines(lambda times: call(read, times))


if __name__ == "__main__":
    main(*sys.argv[1:])
