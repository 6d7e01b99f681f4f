"""What may be asked of the command that tells the time with its error: now."""

from __future__ import annotations

import argparse

from .._bounded.clock import BoundedClock
from .arguments import Parser, add_address, add_watch, from_zero

_TIMEOUT = 3.0  # seconds, where the user gives none
_ALWAYS = 1e-9  # seconds: each time that is shown has a report of its own


def add_now(parser: argparse.ArgumentParser) -> None:
    """Add the options of now."""
    add_address(parser)
    parser.add_argument(
        "--max-drift",
        metavar="PPM",
        type=from_zero,
        default=50.0,
        help="how wrong the clock's rate may be beyond what chronyd knows, in parts per million: "
        "the error grows by it until chronyd is asked again (default: %(default)g)",
    )
    parser.add_argument(
        "--extra-error",
        metavar="SECONDS",
        type=from_zero,
        default=0.0,
        help="what is added to the error, as for a hardware clock that chronyd takes for perfect "
        "(default: %(default)g)",
    )
    add_watch(parser)
    parser.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        default=argparse.SUPPRESS,
        help="print one JSON document; with --watch one for each time, a line",
    )


def settle_now(options: argparse.Namespace, parser: Parser) -> None:
    """Make the clock that is asked for."""
    try:
        options.clock = BoundedClock(
            options.host,
            refresh=_ALWAYS,
            timeout=options.timeout or _TIMEOUT,
            max_drift=options.max_drift,
            extra_error=options.extra_error,
        )
    except ValueError as error:
        parser.error(str(error))
