"""A report again and again: in place on a terminal, with the last minutes; else a line a time."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from time import monotonic, sleep

from .._client.blocking import ChronyConnection
from .._units import short_age, short_seconds, signed_seconds
from ..exceptions import ChronyError
from ..models import TrackingStatus
from .as_text import brief_line
from .reports import NoAnswer, Reading, Wanted, read_report
from .showing import TIMEOUT, document, report_lines
from .signals import Ended
from .terminal import can_show, cut, is_terminal, printable, say_error, window_size

_REMEMBERED = 60  # samples, as many as a sparkline has characters at most
_BLOCKS, _ASCII_BLOCKS = "▁▂▃▄▅▆▇█", "_.-=+*%#"


def watch(options: argparse.Namespace) -> int:
    """Show the report every `options.watch` seconds until Ctrl-C; return the exit status.

    Only the first must succeed: a chronyd that goes away meanwhile is waited for.
    """
    in_place = options.format is None and is_terminal(sys.stdout)
    with ChronyConnection(options.host, timeout=options.timeout or TIMEOUT) as connection:
        view = Screen(options, connection) if in_place else Stream(options, connection)
        try:
            view.show()
            due = monotonic()
            while True:
                due = max(due + options.watch, monotonic())
                sleep(max(due - monotonic(), 0.0))
                try:
                    view.show()
                except (ChronyError, NoAnswer) as error:
                    view.show_error(str(error))
        except KeyboardInterrupt:
            view.end()
        except Ended:
            with suppress(OSError):  # the terminal may be gone
                view.end()
            raise
    return 0


class Stream:
    """For a pipe or a file: each sample a line, or as many as chronyc's CSV has."""

    def __init__(self, options: argparse.Namespace, connection: ChronyConnection) -> None:
        self._options = options
        self._wanted: Wanted = options.wanted[0]
        self._connection = connection

    def show(self) -> None:
        """Ask once and print what there is."""
        reading = read_report(self._connection, self._wanted, self._options)
        for line in self._lines(reading, datetime.now(timezone.utc)):
            print(line, flush=True)

    def _lines(self, reading: Reading, now: datetime) -> Iterable[str]:
        if self._options.format == "csv":
            return report_lines(self._options, self._wanted, reading)
        if self._options.format == "json":
            return [_timed_document(self._wanted.name, reading, now)]
        digits = "milliseconds" if self._options.watch < 1 else "seconds"
        time = now.replace(tzinfo=None).isoformat(timespec=digits)
        return [f"{time}Z {brief_line(self._wanted.layout, reading.records)}"]

    def show_error(self, message: str) -> None:
        """Tell why there was nothing this time."""
        say_error(message)

    def end(self) -> None:
        """Leave all as it is."""


def _timed_document(name: str, reading: Reading, now: datetime) -> str:
    """Return a sample as JSON, in one line: its time, and the report; a list by its name."""
    report = document(name, reading.records)
    time = {"time": now.isoformat(timespec="milliseconds")}
    return json.dumps(time | (report if isinstance(report, dict) else {name: report}))


class Screen:
    """For a terminal: the report in place, and below it how the clock did in the last minutes."""

    def __init__(self, options: argparse.Namespace, connection: ChronyConnection) -> None:
        self._options = options
        self._wanted: Wanted = options.wanted[0]
        self._connection = connection
        self._history: deque[tuple[float, TrackingStatus]] = deque(maxlen=_REMEMBERED)
        self._height = 0
        self._window = (0, 0)

    def show(self) -> None:
        """Ask once and draw the report anew."""
        reading = read_report(self._connection, self._wanted, self._options)
        tracked = self._wanted.name == "tracking"
        status = reading.records[0] if tracked else self._connection.get_tracking()
        self._history.append((monotonic(), status))
        self._draw(list(report_lines(self._options, self._wanted, reading)))

    def show_error(self, message: str) -> None:
        """Draw, in place of the report, why there was nothing this time."""
        self._draw([f"no answer: {printable(message)}"])

    def end(self) -> None:
        """Leave the last report, and remove what the terminal shows of Ctrl-C."""
        self._write("\r\x1b[K")

    def _draw(self, report: Sequence[str]) -> None:
        """Draw over what was drawn before: as many lines, as much of them, as the window has."""
        window = width, height = window_size(sys.stdout)
        below = ["", *self._trends(width)]
        room = max(height - len(below) - 3, 1)
        if len(report) > room:
            report = [*report[: room - 1], f"... and {len(report) - room + 1} lines more"]
        shown = [self._title(), "", *report, *below]
        lines = [f"\r\x1b[K{cut(line, width)}\n" for line in shown[: max(height - 1, 1)]]
        same = window == self._window  # else the terminal has broken the lines anew
        back = f"\x1b[{self._height}A" if same else "\x1b[2J\x1b[H"
        self._write(f"{back if self._height else ''}{''.join(lines)}\x1b[J")
        self._height, self._window = len(lines), window

    def _title(self) -> str:
        now = datetime.now(timezone.utc)
        address, every = self._connection.address, self._options.watch
        return printable(f"{self._wanted.name} of {address}, {now:%H:%M:%S} UTC, every {every:g} s")

    def _trends(self, width: int) -> Iterable[str]:
        """Yield a line for the offset, fast being up, and one for the bound on the error."""
        size = max(width - 45, 8)  # the rest is for the numbers
        recent = list(self._history)[-size:]
        if not recent:
            return
        span = short_age(round(recent[-1][0] - recent[0][0]))
        offsets = [0.0 - status.offset for _, status in recent]
        bounds = [status.error_bound for _, status in recent]
        for label, values, write in (
            ("Fast by", offsets, signed_seconds),
            ("Error bound", bounds, short_seconds),
        ):
            low, high, now = map(write, (min(values), max(values), values[-1]))
            yield f"{label:<11} {_spark(values)} {now} ({low} to {high} in {span})"

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _spark(values: Sequence[float]) -> str:
    """Return a character for each value, from the lowest of them to the highest."""
    blocks = _BLOCKS if can_show(_BLOCKS, sys.stdout) else _ASCII_BLOCKS
    low, high = min(values), max(values)
    steps = (high - low) / (len(blocks) - 1) or 1.0
    return "".join(blocks[round((value - low) / steps)] for value in values)
