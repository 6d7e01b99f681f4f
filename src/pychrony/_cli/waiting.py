"""Waiting until the clock is good enough."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import monotonic, sleep
from typing import NamedTuple

from .._client.failures import may_pass
from .._client.functions import check
from .._judgment.failures import judge_failure
from .._units import short_age
from ..exceptions import ChronyConnectionError
from ..models import FindingCode, Verdict
from .reports import NoAnswer
from .showing import TIMEOUT
from .terminal import cut, is_terminal, printable, say_error, window_size

_LEAST_PAUSE = 0.1  # seconds between two looks, as in chronyc
_LEAST = 0.25  # seconds that the last look may take, even where there is less time left


class _State(NamedTuple):
    """What one look at the clock found. The numbers in its text change all the time."""

    is_good: bool
    text: str
    findings: frozenset[FindingCode]


def wait_for_clock(options: argparse.Namespace) -> int:
    """Return once the clock is good enough: what `check` would not call critical.

    Raises:
        NoAnswer: It was not in time, or after so many tries.
        ChronyError: What waiting does not change: chronyd or the system does not let this process
            ask, or chronyd is not understood.

    """
    start = monotonic()
    in_place = is_terminal(sys.stderr)
    try:
        text = _wait(options, start, _show_in_place(start) if in_place else _tell_changes(start))
    finally:
        if in_place:
            _write_in_place("")
    print(printable(text))
    return 0


def _wait(options: argparse.Namespace, start: float, show: Callable[[_State], None]) -> str:
    """Return what the clock is like, once it is good enough."""
    limit = float("inf") if options.timeout is None else options.timeout
    n_tries = 0
    while True:
        left = start + limit - monotonic()
        state = _look(options, max(min(left, TIMEOUT), _LEAST))
        if state.is_good:
            return state.text
        show(state)
        n_tries += 1
        left = start + limit - monotonic()
        if n_tries == options.tries or left <= 0:
            tries = f"{n_tries} {'try' if n_tries == 1 else 'tries'}"
            end = tries if n_tries == options.tries else f"{limit:g} s"
            raise NoAnswer(f"the clock is not good enough after {end}: {state.text}")
        sleep(min(max(options.interval, _LEAST_PAUSE), left))


def _look(options: argparse.Namespace, timeout: float) -> _State:
    """Return what `check` says of the clock now."""
    try:
        result = check(
            options.host,
            timeout=timeout,
            max_error=options.max_error,
            max_offset=options.max_offset or None,  # 0 is chronyc's word for any
            max_skew=options.max_skew or None,
            max_age=None,
            min_sources=None,
        )
    except ChronyConnectionError as error:  # it may not have started yet
        if not may_pass(error):
            raise
        return _State(False, str(error), frozenset({judge_failure(error).code}))
    findings = frozenset(finding.code for finding in result.findings)
    return _State(result.verdict is not Verdict.CRITICAL, result.message, findings)


def _show_in_place(start: float) -> Callable[[_State], None]:
    """Return what shows on a terminal what is waited for."""
    return lambda state: _write_in_place(printable(_describe(state, start)))


def _tell_changes(start: float) -> Callable[[_State], None]:
    """Return what tells in a line on stderr what is waited for, each time that this changes."""
    told: list[frozenset[FindingCode]] = []

    def tell(state: _State) -> None:
        if [state.findings] != told:
            told[:] = [state.findings]
            say_error(_describe(state, start))

    return tell


def _describe(state: _State, start: float) -> str:
    return f"waiting for {short_age(int(monotonic() - start))}: {state.text}"


def _write_in_place(text: str) -> None:
    width, _ = window_size(sys.stderr)
    room = width - len("^C") - 1  # what Ctrl-C shows must not begin a new line
    print(f"\r\x1b[K{cut(text, room)}", end="", file=sys.stderr, flush=True)
