"""The judgment of the clock on the command line: for monitoring systems, and for waiting.

A monitoring system reads the first line of stdout and the exit status (Monitoring Plugins
Development Guidelines): NAME STATUS - text | label=value;warning;critical;minimum.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from time import monotonic, sleep

from .._client.failures import may_pass
from .._client.functions import check
from .._units import short_age
from ..exceptions import ChronyConnectionError
from ..models import CheckResult, Verdict
from .reports import NoAnswer
from .showing import TIMEOUT
from .terminal import cut, is_terminal, printable, window_size

UNKNOWN = Verdict.UNKNOWN.value

_PAUSE = 0.5  # seconds between two looks at a clock that is not good yet
_LEAST = 0.25  # seconds that the last look may take, even where there is less time left


def show_check(options: argparse.Namespace) -> int:
    """Print the judgment in one line; return it as an exit status."""
    result = check(
        options.host,
        timeout=options.timeout or TIMEOUT,
        max_error=options.max_error,
        max_offset=options.max_offset,
        min_sources=options.min_sources,
        max_age=options.max_age,
    )
    print(f"{_line(result.verdict.name, result.message)} | {' '.join(_measures(result, options))}")
    return result.verdict.value


def unknown_line(reason: str) -> str:
    """Return the line that says why there is no judgment."""
    return _line(Verdict.UNKNOWN.name, reason)


def _line(status: str, text: str) -> str:
    return f"CHRONY {status} - {printable(text).replace('|', '/')}"


def _measures(result: CheckResult, options: argparse.Namespace) -> Iterator[str]:
    """Yield the performance data, with the ranges outside which there is an alert."""
    furthest = _number(options.max_offset)
    yield f"error_bound={result.error_bound:.9f}s;;{_number(options.max_error)};0"
    yield f"offset={result.offset:.9f}s;;{f'-{furthest}:{furthest}' if furthest else ''}"
    if result.age is not None:
        yield f"age={result.age:.3f}s;~:{_number(result.max_age)}"
    yield f"sources={result.usable_sources};{options.min_sources}:;;0"
    yield f"stratum={result.stratum};;;0"


def _number(value: float | None) -> str:
    """Return a limit without an exponent, which not everybody reads."""
    return "" if value is None else f"{value:.9f}".rstrip("0").rstrip(".")


def wait_for_clock(options: argparse.Namespace) -> int:
    """Return once the clock is good enough: what `check` would not call critical.

    Raises:
        NoAnswer: It was not in time.
        ChronyError: What waiting does not change: chronyd or the system does not let this process
            ask, or chronyd is not understood.

    """
    start = monotonic()
    show = _progress(start)
    try:
        print(printable(_wait(options, start, show)))
    finally:
        show("")
    return 0


def _wait(options: argparse.Namespace, start: float, show: Callable[[str], None]) -> str:
    """Return what the clock is like, once it is good enough."""
    limit = float("inf") if options.timeout is None else options.timeout
    while True:
        left = start + limit - monotonic()
        try:
            result = check(
                options.host,
                timeout=max(min(left, TIMEOUT), _LEAST),
                max_error=options.max_error,
                min_sources=0,
            )
            good, state = result.verdict is not Verdict.CRITICAL, result.message
        except ChronyConnectionError as error:  # it may not have started yet
            if not may_pass(error):
                raise
            good, state = False, str(error)
        show("" if good else state)
        if good:
            return state
        left = start + limit - monotonic()
        if left <= 0:
            raise NoAnswer(f"the clock is not good enough after {limit:g} s: {state}")
        sleep(min(_PAUSE, left))


def _progress(start: float) -> Callable[[str], None]:
    """Return what shows on a terminal, in place, what is waited for; and nothing elsewhere."""

    def show(state: str) -> None:
        waited = short_age(int(monotonic() - start))
        text = f"waiting for {waited}: {printable(state)}" if state else ""
        width, _ = window_size(sys.stderr)
        print(f"\r\x1b[K{cut(text, width - 1)}", end="", file=sys.stderr, flush=True)

    return show if is_terminal(sys.stderr) else lambda _: None
