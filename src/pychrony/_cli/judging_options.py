"""What may be asked of the commands that judge the clock: check and waitsync."""

from __future__ import annotations

import argparse
from typing import Any

from .._judgment.defaults import MAX_AGE, MAX_ERROR, MAX_OFFSET, MIN_SOURCES, Threshold
from .arguments import add_address, add_hosts, count, seconds

CHECK_EXAMPLE = """\
example:
  $ pychrony check --max-error 0.01
  CHRONY OK - error bound 6770us, last update 31s ago, 4 usable sources, \
follows 192.0.2.1 at stratum 3 | ..."""


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the options of check."""
    add_address(parser, "how long to wait for chronyd's answers (default: 3)")
    add_hosts(parser, "the exit status is the worst verdict of all")
    parser.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        default=argparse.SUPPRESS,
        help="with --hosts: print a JSON document for each host, in a line",
    )
    add_limits(parser)


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add the options for what is good enough."""
    _add_max_error(parser, MAX_ERROR)
    parser.add_argument(
        "--max-offset",
        metavar="SECONDS",
        type=seconds,
        default=MAX_OFFSET,
        help="the largest offset still to be corrected that is good (default: 0.1, for a warning)",
    )
    parser.add_argument(
        "--min-sources",
        metavar="NUMBER",
        type=count,
        default=MIN_SOURCES,
        help="how many sources must be usable (default: %(default)s)",
    )
    parser.add_argument(
        "--max-age",
        metavar="SECONDS",
        type=seconds,
        default=MAX_AGE,
        help="how old the last update of the clock may be; three polling intervals are always "
        "allowed (default: 600)",
    )


def limits_in(options: argparse.Namespace) -> dict[str, Any]:
    """Return the limits that were given, by the names of the arguments of `check`."""
    names = ("max_error", "max_offset", "min_sources", "max_age")
    return {name: getattr(options, name) for name in names}


def add_waitsync(parser: argparse.ArgumentParser) -> None:
    """Add the options of waitsync."""
    add_address(parser, "how long to wait for the clock (default: forever)")
    _add_max_error(parser, None)


def _add_max_error(parser: argparse.ArgumentParser, default: Threshold) -> None:
    parser.add_argument(
        "--max-error",
        metavar="SECONDS",
        type=seconds,
        default=default,
        help=f"the largest bound on the clock's error that is good (default: {default or 'any'})",
    )
