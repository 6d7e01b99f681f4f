"""The command now: the time with its error."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from time import monotonic, sleep
from typing import Any

from ..exceptions import ChronyError
from ..models import ClockInterval, ClockStatus
from .terminal import can_show, cut, is_terminal, printable, say_error, window_size

_NS = 1_000_000_000
_UNITS = ((1, "ns"), (1000, "µs"), (1_000_000, "ms"), (_NS, "s"))


def tell_time(options: argparse.Namespace) -> int:
    """Print the time with its error, once or every `options.watch` seconds until Ctrl-C.

    Raises:
        ClockUnknownError: It is not known at first. If it is not later, that is told.

    """
    if options.watch is None:
        _Stream(options).show(options.clock.now())
        return 0
    in_place = options.format is None and is_terminal(sys.stdout)
    view = _Screen() if in_place else _Stream(options)
    try:
        _watch(options, view)
    except KeyboardInterrupt:
        view.end()
    return 0


def _watch(options: argparse.Namespace, view: _Stream | _Screen) -> None:
    view.show(options.clock.now())
    due = monotonic()
    while True:
        due = max(due + options.watch, monotonic())
        sleep(max(due - monotonic(), 0.0))
        try:
            view.show(options.clock.now())
        except ChronyError as error:
            view.show_error(str(error))


class _Stream:
    """For a pipe, a file, or a single time: a line for each, or a document."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._is_json = options.format == "json"
        self._indent = 2 if options.watch is None else None

    def show(self, interval: ClockInterval) -> None:
        is_json = self._is_json
        text = json.dumps(document(interval), indent=self._indent) if is_json else _line(interval)
        print(text, flush=True)

    def show_error(self, message: str) -> None:
        say_error(message)

    def end(self) -> None:
        """Leave all as it is."""


class _Screen:
    """For a terminal: one line, drawn over the one before."""

    _back = ""

    def show(self, interval: ClockInterval) -> None:
        self._draw(_line(interval))

    def show_error(self, message: str) -> None:
        self._draw(printable(message))

    def end(self) -> None:
        """Remove what the terminal shows of Ctrl-C."""
        print("\r\x1b[K", end="", flush=True)

    def _draw(self, text: str) -> None:
        width, _ = window_size(sys.stdout)
        # All at once: print() would show the line before its end, where Ctrl-C may come between.
        sys.stdout.write(f"{self._back}\r\x1b[K{cut(text, width)}\n")
        sys.stdout.flush()
        self._back = "\x1b[A"


def document(interval: ClockInterval) -> dict[str, Any]:
    """Return an interval in plain Python. Each time is there as a text and in nanoseconds."""
    return {
        "time": write_time(interval.midpoint_ns),
        "error_ns": interval.error_ns,
        "status": interval.status.name,
        "earliest": write_time(interval.earliest_ns),
        "latest": write_time(interval.latest_ns),
        "earliest_ns": interval.earliest_ns,
        "latest_ns": interval.latest_ns,
    }


def _line(interval: ClockInterval) -> str:
    line = f"{write_time(interval.midpoint_ns)} ± {write_error(interval.error_ns)}"
    if interval.status is not ClockStatus.SYNCHRONIZED:
        line += f" ({interval.status.name.lower().replace('_', ' ')})"
    return line if can_show("±µ", sys.stdout) else line.replace("±", "+/-").replace("µ", "u")


def write_time(time_ns: int) -> str:
    """Return a time to the nanosecond: "2026-11-26T10:58:42.123456789Z"."""
    seconds, nanoseconds = divmod(time_ns, _NS)
    time = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"


def write_error(error_ns: int) -> str:
    """Return an error in its unit, rounded up: "870 ns", "5.2 µs", "124 ms"."""
    size, unit = next(
        (size, unit) for size, unit in _UNITS if error_ns <= 999 * size or unit == "s"
    )
    tenths = -(-error_ns * 10 // size)
    number = f"{-(-tenths // 10)}" if size == 1 or tenths >= 1000 else f"{tenths / 10:.1f}"
    return f"{number} {unit}"
