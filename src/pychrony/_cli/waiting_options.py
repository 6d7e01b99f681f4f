"""What may be asked of the command that waits for the clock: waitsync."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .._judgment.defaults import MAX_ERROR
from .._judgment.limits import levels_of
from .arguments import add_address, count, from_zero, ppm, seconds

_, _ENOUGH = levels_of("max_error", MAX_ERROR)  # what `check` calls critical beyond
_PAUSE = 0.5  # seconds between two looks
_CHRONYCS_PAUSE = 10.0  # the same where chronyc's arguments are given (the chronyc manual)

# chronyc's positional arguments: their types, the options that they stand for, and their help.
_CHRONYCS: tuple[tuple[str, Callable[[str], float], str, str], ...] = (
    ("TRIES", count, "tries", "how often to look before giving up, 0 for any number (default: 0)"),
    ("CORRECTION", from_zero, "max_offset", "the same as --max-offset, 0 for any"),
    ("SKEW", from_zero, "max_skew", "the same as --max-skew, 0 for any"),
    ("INTERVAL", from_zero, "interval", "the same as --interval"),
)


def add_waitsync(parser: argparse.ArgumentParser) -> None:
    """Add the options of waitsync, and the positional arguments that chronyc's has."""
    add_address(parser, "how long to wait for the clock (default: forever)")
    parser.add_argument(
        "--max-error",
        metavar="SECONDS",
        type=seconds,
        default=_ENOUGH,
        help="the largest bound on the clock's error that is good (default: %(default)g)",
    )
    parser.add_argument(
        "--max-offset",
        metavar="SECONDS",
        type=seconds,
        help="the largest offset still to be corrected that is good (default: any)",
    )
    parser.add_argument(
        "--max-skew",
        metavar="PPM",
        type=ppm,
        help="the largest error bound of the clock's rate that is good (default: any)",
    )
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=seconds,
        help=f"the time between two looks at the clock (default: {_PAUSE:g}, but "
        f"{_CHRONYCS_PAUSE:g} where TRIES is given)",
    )
    for name, _, _, text in _CHRONYCS:
        parser.add_argument(name, nargs="?", help=text)
    parser.set_defaults(tries=None)


def settle_waitsync(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Let the positional arguments count as the options that they stand for.

    They are checked here, and not by argparse, which would take the value of an option that is not
    known for the first of them.
    """
    for name, convert, option, _ in _CHRONYCS:
        text = getattr(options, name)
        if text is None:
            continue
        if getattr(options, option) is not None:
            parser.error(f"{name} and --{option.replace('_', '-')} exclude each other")
        try:
            setattr(options, option, convert(text))
        except argparse.ArgumentTypeError as error:
            parser.error(f"argument {name}: {error}")
    if options.interval is None:
        options.interval = _PAUSE if options.tries is None else _CHRONYCS_PAUSE
