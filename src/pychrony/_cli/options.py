"""What may be asked on the command line, and how that is checked."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from .. import __version__
from .._addresses import parse
from .reports import REPORTS

CHECK, WAITSYNC = "check", "waitsync"

_JUDGING = {
    CHECK: "judge the clock, in one line and an exit status for monitoring systems",
    WAITSYNC: "wait until the clock is good enough",
}
_EXAMPLE = """example:
  $ pychrony check --max-error 0.01
  CHRONY OK - error bound 6770us, last update 31s ago, 4 usable sources, follows 192.0.2.1 \
at stratum 3 | ..."""


class WrongUsage(Exception):  # noqa: N818 - it is what the user is told
    """The arguments make no sense; the text says why."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")


def read_options(arguments: Sequence[str], parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the options, the command among them; None where there is no argument at all.

    Raises:
        WrongUsage: The arguments make no sense.

    """
    options = parser.parse_args(arguments)
    if options.command in _JUDGING and (options.format or options.names or options.all):
        raise WrongUsage(f"{options.command} has no --json, --csv, -N and -a")
    return options


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. Options may stand before a command and after it."""
    parser = _make(
        _Parser,
        prog="pychrony",
        description="Show what chronyd reports of a computer's clock, and judge it.",
        epilog="Where nothing answers the exit status is 1, after wrong usage 2.",
    )
    _add_address(parser, default=None)
    _add_presentation(parser, names=False, all=False, format=None)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, report in REPORTS.items():
        _add_report(_make(commands.add_parser, name, help=report.summary))
    for name, summary in _JUDGING.items():
        _add_judging(_make(commands.add_parser, name, help=summary), name)
    return parser


def _make(make: Callable[..., argparse.ArgumentParser], *names: str, **more: str):
    """Return a parser with what all have in common: -h is --host, as in chronyc."""
    if "help" in more:
        more["description"] = more["help"][0].upper() + more["help"][1:] + "."
    parser = make(
        *names,
        **more,
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--help", action="help", help="show this text and exit")
    return parser


def _add_address(
    parser: argparse.ArgumentParser,
    default: str | None,
    waits: str = "how long to wait for the answer (default: 3)",
) -> None:
    parser.add_argument(
        "-h",
        "--host",
        metavar="ADDRESS",
        type=_address,
        default=default,
        help="chronyd's address: /PATH, HOST, HOST:PORT or [IPV6]:PORT (default: the first of "
        "chronyd's usual ones that answers)",
    )
    parser.add_argument(
        "-t", "--timeout", metavar="SECONDS", type=_seconds, default=default, help=waits
    )


def _add_presentation(parser: argparse.ArgumentParser, **defaults: object) -> None:
    options = [
        ("-N", "names", True, "show sources' names as chronyd's configuration has them"),
        ("-a", "all", True, "show also sources whose name is not resolved yet"),
        ("--json", "format", "json", "print one JSON document, in the units of the dataclasses"),
        ("--csv", "format", "csv", "print what chronyc -c -n prints"),
    ]
    for flag, name, value, text in options:
        default = defaults.get(name, argparse.SUPPRESS)
        parser.add_argument(
            flag, dest=name, action="store_const", const=value, default=default, help=text
        )


def _add_report(parser: argparse.ArgumentParser) -> None:
    # What is not given here must not overwrite what was given before the command.
    _add_address(parser, default=argparse.SUPPRESS)
    _add_presentation(parser)
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        type=_seconds,
        nargs="?",
        const=2.0,
        help="repeat until Ctrl-C, every SECONDS (2): in place on a terminal, else a line a time",
    )


def _add_judging(parser: argparse.ArgumentParser, name: str) -> None:
    waits = "how long to wait for chronyd's answers (default: 3)"
    bound, text = 0.005, "the largest bound on the clock's error that is good (default: 0.005)"
    if name == WAITSYNC:
        waits = "how long to wait for the clock (default: for ever)"
        bound, text = None, "the largest bound on the clock's error that is good (default: any)"
    _add_address(parser, argparse.SUPPRESS, waits)
    parser.add_argument("--max-error", metavar="SECONDS", type=_seconds, default=bound, help=text)
    if name == WAITSYNC:
        return
    parser.add_argument(
        "--max-offset",
        metavar="SECONDS",
        type=_seconds,
        help="the largest offset still to be corrected that is good (default: any)",
    )
    parser.add_argument(
        "--min-sources",
        metavar="NUMBER",
        type=_count,
        default=2,
        help="how many sources must be usable (default: %(default)s)",
    )
    parser.add_argument(
        "--max-age",
        metavar="SECONDS",
        type=_seconds,
        default=600.0,
        help="how old the last update of the clock may be; at least two polling intervals are "
        "allowed (default: 600)",
    )
    parser.epilog = _EXAMPLE


def _address(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return number


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 0 on")
    return int(text)
