"""Waiting until the clock is good enough."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import monotonic, sleep

from .._client.failures import may_pass
from .._client.functions import check
from .._units import short_age
from ..exceptions import ChronyConnectionError
from ..models import Verdict
from .reports import NoAnswer
from .showing import TIMEOUT
from .terminal import cut, is_terminal, printable, window_size

_PAUSE = 0.5  # seconds between two looks at a clock that is not good yet
_LEAST = 0.25  # seconds that the last look may take, even where there is less time left


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
