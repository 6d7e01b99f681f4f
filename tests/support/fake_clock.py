"""The clock of a process in which tests/c/fake_clock.c is preloaded, and programs that have it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from pychrony import ClockInterval

NAMES = {
    "fake_true_time": (ctypes.c_int64,),
    "fake_error": (ctypes.c_int64,),
    "fake_step": (None, ctypes.c_int64),
    "fake_rate": (None, ctypes.c_double),
    "fake_raw_rate": (None, ctypes.c_double),
    "fake_raw_step": (None, ctypes.c_int64),
    "fake_suspend": (None, ctypes.c_int64),
    "fake_delay": (None, ctypes.c_int, ctypes.c_int64),
    "fake_truth_of": (ctypes.c_int64, ctypes.c_int64),
    "fake_read_all": (None, ctypes.POINTER(ctypes.c_int64)),
}


@cache
def fake_clock() -> ctypes.CDLL:
    """Return the functions of the library, which must be preloaded."""
    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    for name, (result, *arguments) in NAMES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def read_all() -> tuple[int, int, int]:
    """Return the true time, the system's and CLOCK_MONOTONIC_RAW, all of one moment."""
    times = (ctypes.c_int64 * 3)()
    fake_clock().fake_read_all(times)
    return times[0], times[1], times[2]


def truth_of(interval: ClockInterval) -> int:
    """Return the true time when the system's clock was read for an interval of this thread.

    That clock's time is the interval's middle.
    """
    truth = fake_clock().fake_truth_of(interval.midpoint_ns)
    if not truth:
        raise ValueError("the interval is not of a reading of this thread's, or its middle is not")
    return truth


def holds(interval: ClockInterval) -> bool:
    """Return whether the true time lay in an interval of this thread."""
    return interval.earliest_ns <= truth_of(interval) <= interval.latest_ns


def run_with_fake_clock(
    preload: Path, module: str, *arguments: object
) -> subprocess.CompletedProcess[str]:
    """Run a module of tests/support with that clock."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=Path(__file__).parent.parent.parent,
        env={**os.environ, "LD_PRELOAD": str(preload)},
        capture_output=True,
        text=True,
        timeout=600,
    )
