"""What BoundedClock.now() costs beside time.time_ns(), and beside PyPI's clockbound, in one run.

    PYTHONPATH=build/bundled:. .venv/bin/python -m benchmarks.bounded_clock [PYTHON]

PYTHON is a Python 3.13 or newer that has clockbound 0.3 and cffi.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from benchmarks.programs import busy_processors, show_table
from pychrony.testing import SimulatedChronyd, make_tracking

LOOP = str(Path(__file__).with_name("bounded_clock_loop.py"))
READINGS, ROUNDS = 20_000, 31
GOAL, AIM = 12, 6  # times time.time_ns()


def measure(command: Sequence[str]) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Return what the program tells at first, and the rounds but for the first."""
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("there are no pipes")
        told = json.loads(process.stdout.readline())
        rounds = []
        for _ in range(ROUNDS + 1):
            print(READINGS, file=process.stdin, flush=True)
            rounds.append(json.loads(process.stdout.readline()))
        process.stdin.close()
    return told, rounds[1:]


def row_of(version: str, processors: str, rounds: list[dict[str, float]]) -> list[str]:
    """Return the medians of the costs, and of the ratios to time.time_ns()."""
    row = [version, processors, f"{statistics.median(each['time_ns'] for each in rounds):.0f} ns"]
    for name in ("now", "clockbound"):
        if name not in rounds[0]:
            row += ["", ""]
            continue
        ratio = statistics.median(each[name] / each["time_ns"] for each in rounds)
        verdict = "" if name != "now" else " met" if ratio <= GOAL else " **missed**"
        median = statistics.median(each[name] for each in rounds)
        row += [f"{median:.0f} ns", f"{ratio:.1f}{verdict}"]
    return row


def version_of(python: str) -> str:
    """Return a Python's version."""
    program = "import platform; print(platform.python_version())"
    return subprocess.check_output([python, "-c", program], text=True).strip()


def main(clockbounds: str | None = None) -> None:
    """Print the tables."""
    rows, begun = [], []
    with (
        SimulatedChronyd(make_tracking(ref_time_ns=time.time_ns())) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        commands = [[sys.executable, LOOP, server.address]]
        if clockbounds is not None:
            commands.append([clockbounds, LOOP, server.address, f"{folder}/shm"])
        for processors in ("quiet", "busy"):
            with busy_processors() if processors == "busy" else nullcontext():
                for command in commands:
                    told, rounds = measure(command)
                    begun.append(told)
                    rows.append(row_of(version_of(command[0]), processors, rounds))
    print("### The bounded clock\n")
    print(
        f"A reading, medians of {ROUNDS} rounds of {READINGS:,}. The goal of the ratio of `now()` "
        f"to `time.time_ns()` is {GOAL}, the aim {AIM}:\n"
    )
    header = ["Python", "processors", "`time.time_ns()`", "`now()`", "ratio", "clockbound", "ratio"]
    show_table(header, rows)
    refreshing = begun[0]["refreshing"]
    print(f"A `with` block takes {refreshing:.0f} µs of a processor a second, for its thread.")
    if clockbounds is None:
        print("\nclockbound, which takes Python 3.13, could not be had.")
        return
    least, middle, most = begun[1]["larger"]
    print(
        f"\nOf the same report pychrony's bound is larger than clockbound's by {middle} ns, at the "
        f"least by {least} ns, at the most by {most} ns."
    )
    if any(told["larger"] and told["larger"][0] < 0 for told in begun):
        raise SystemExit("a bound is narrower than clockbound's")


if __name__ == "__main__":
    main(*sys.argv[1:])
