"""The judgment of the clock on the command line, for monitoring systems.

A monitoring system reads the first line of stdout and the exit status (Monitoring Plugins
Development Guidelines): NAME STATUS - text | label=value;warning;critical;minimum.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from .._client.functions import check
from ..models import CheckResult, Verdict
from ..models._check import Levels
from .showing import TIMEOUT
from .terminal import printable

UNKNOWN = Verdict.UNKNOWN.value


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
    print(f"{_line(result.verdict.name, result.message)} | {' '.join(_measures(result))}")
    return result.verdict.value


def unknown_line(reason: str) -> str:
    """Return the line that says why there is no judgment."""
    return _line(Verdict.UNKNOWN.name, reason)


def _line(status: str, text: str) -> str:
    return f"CHRONY {status} - {printable(text).replace('|', '/')}"


def _measures(result: CheckResult) -> Iterator[str]:
    """Yield the performance data, with the ranges outside which there is an alert."""
    limits = result.limits
    yield f"error_bound={result.error_bound:.9f}s;{_ranges(limits.max_error, '{}')};0"
    yield f"offset={result.offset:.9f}s;{_ranges(limits.max_offset, '-{0}:{0}')}"
    yield f"skew={result.skew:.9f};{_ranges(limits.max_skew, '{}')};0"
    if result.age is not None:
        yield f"age={result.age:.3f}s;{_ranges(limits.max_age, '~:{}')}"
    yield f"stratum={result.stratum};{_ranges(limits.max_stratum, '{}')};0"
    yield f"sources={result.usable_sources};{_ranges(limits.min_sources, '{}:')};0"


def _ranges(levels: Levels, form: str) -> str:
    """Return both levels as ranges. None has an exponent, which not everybody reads."""
    numbers = ("" if level is None else _number(level) for level in levels)
    return ";".join(form.format(number) if number else "" for number in numbers)


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
