"""What a reading of the bounded clock costs, beside time.time_ns() and PyPI's clockbound.

bounded_clock_loop.py ADDRESS [SEGMENT]. Each line on stdin says how many readings a round has, and
gets the nanoseconds of a reading of each, as JSON. With the path of a shared memory file, which it
writes in ClockBound's layout, clockbound is read too. The first line of output tells by how many
nanoseconds pychrony's bound is larger than clockbound's of the same report (at the least, in the
middle, and at the most), and how many microseconds of a processor a `with` block takes a second.
"""

import json
import statistics
import struct
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from pychrony import BoundedClock, get_tracking

# The layout of version 2 (docs/PROTOCOL.md of ClockBound): two magic numbers, the size, version and
# generation; when it was made and when it is void, each in seconds and nanoseconds; the bound, a
# marker of disruptions; the drift in ppb, the status, whether disruptions are seen; and padding.
SEGMENT = struct.Struct("=IIIHHqqqqqQIIB7x")
MAGIC = 0x414D5A4E, 0x43420200
SYNCHRONIZED = 1
DRIFT_PPB = 50_000  # as BoundedClock has it where nothing else is said
LIFE = 1000  # seconds
N_COMPARED = 20_000
REFRESHES = 3.0  # seconds


def write_segment(path: str, error_bound: float, clock: BoundedClock) -> None:
    """Write a bound as ClockBound's daemon does, as of when the clock asked for the same."""
    asked = clock._in_force.anchor.raw
    age = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) - asked
    as_of = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - age
    bound = int(error_bound * 1e9) + 1
    seconds, nanoseconds = divmod(as_of, 10**9)
    times = seconds, nanoseconds, seconds + LIFE, nanoseconds
    flags = DRIFT_PPB, SYNCHRONIZED, 0
    Path(path).write_bytes(SEGMENT.pack(*MAGIC, SEGMENT.size, 2, 2, *times, bound, 0, *flags))


def compare(clock: BoundedClock, other: Any) -> list[int]:
    """Return by how much the clock's bound is larger: the least, the median and the most."""
    differences = []
    for _ in range(N_COMPARED):
        theirs = other.now().error_ns
        differences.append(clock.now().error_ns - theirs)
    return [min(differences), int(statistics.median(differences)), max(differences)]


def cost(read: Callable[[], object], times: int) -> float:
    """Return the nanoseconds of a reading."""
    start = time.perf_counter_ns()
    for _ in range(times):
        read()
    return (time.perf_counter_ns() - start) / times


def cost_of_refreshing() -> float:
    """Return the processor time of this process in microseconds a second, while it sleeps."""
    start = time.process_time()
    time.sleep(REFRESHES)
    return 1e6 * (time.process_time() - start) / REFRESHES


def main(address: str, segment: str | None = None) -> None:
    """Measure what each line on stdin asks for."""
    other: Any = None
    larger: list[int] = []
    if segment is not None:
        alone = BoundedClock(address, refresh=60.0)  # asks once, as the segment is written once
        alone.now()
        write_segment(segment, get_tracking(address).error_bound, alone)  # it is always the same
        other = import_module("clockbound").Clockbound(segment)
        larger = compare(alone, other)
    with BoundedClock(address) as clock:
        print(json.dumps({"larger": larger, "refreshing": cost_of_refreshing()}), flush=True)
        readers = {"time_ns": time.time_ns, "now": clock.now}
        if other is not None:
            readers["clockbound"] = other.now
        for line in sys.stdin:
            costs = {name: cost(read, int(line)) for name, read in readers.items()}
            print(json.dumps(costs), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
