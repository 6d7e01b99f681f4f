"""What may be asked on the command line, and how that is checked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from .. import __version__
from .._client.addresses import parse
from .layouts import NTS_KE_CLIENTS
from .reports import REPORTS

CHECK, WAITSYNC = "check", "waitsync"
COMMANDS = (*REPORTS, CHECK, WAITSYNC)
WITH_HOSTS = ("tracking",)  # reports that many hosts can be asked for

_DESCRIPTION = """\
Show what chronyd reports of a computer's clock, and judge it.

Options may stand before the command and after it. Without an answer the exit
status is 1, after wrong usage 2; check has the four of monitoring systems."""

_CHECK_EXAMPLE = """\
example:
  $ pychrony check --max-error 0.01
  CHRONY OK - error bound 6770us, last update 31s ago, 4 usable sources, \
follows 192.0.2.1 at stratum 3 | ..."""


_LONG = 2.0**31  # seconds, 68 years: what is longer is too long for the system's clocks


class WrongUsage(Exception):  # noqa: N818 - it is what the user is told
    """The arguments make no sense; the text says why."""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        settings |= {"formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**settings, add_help=False, allow_abbrev=False)
        # Without -h: that is --host, as in chronyc.
        self.add_argument("--help", action="help", help="show this text and exit")

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")


def read_options(arguments: Sequence[str], parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the options, the command among them.

    Raises:
        WrongUsage: The arguments make no sense.

    """
    options = parser.parse_args(arguments)
    if options.hosts is not None:
        _check_with_hosts(options, parser)
    elif options.command not in REPORTS and (options.format or options.names or options.all):
        needs = ", unless it has --hosts and --json" if options.command == CHECK else ""
        parser.error(f"{options.command} has no --json, --csv, -N and -a{needs}")
    return options


def _check_with_hosts(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    for name, is_given in (
        ("-h", options.host is not None),
        ("--watch", getattr(options, "watch", None) is not None),
        ("-N", options.names),
        ("-a", options.all),
    ):
        if is_given:
            parser.error(f"--hosts and {name} exclude each other")
    if options.command == CHECK and options.format == "csv":
        parser.error("check has no --csv")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(prog="pychrony", description=_DESCRIPTION)
    _add_address(parser)
    _add_presentation(parser)
    # Here alone: what is not given after the command must not hide what was given before it.
    parser.set_defaults(host=None, timeout=None, names=False, all=False, format=None, hosts=None)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)

    def add(name: str, summary: str, epilog: str = "") -> argparse.ArgumentParser:
        description = f"{summary[0].upper()}{summary[1:]}."
        return commands.add_parser(name, help=summary, description=description, epilog=epilog)

    for name, report in REPORTS.items():
        command = add(name, report.summary)
        _add_report(command)
        command.set_defaults(layout=name)
        if report.about_clients:
            _add_nts_ke(command)
        if name in WITH_HOSTS:
            status = "the exit status is 0 if all answered; --csv has the host before the columns"
            _add_hosts(command, status)
    summary = "judge the clock, in one line and an exit status for monitoring systems"
    _add_check(add(CHECK, summary, _CHECK_EXAMPLE))
    _add_waitsync(add(WAITSYNC, "wait until the clock is good enough"))
    return parser


def _add_report(parser: argparse.ArgumentParser) -> None:
    _add_address(parser)
    _add_presentation(parser)
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        type=_seconds,
        nargs="?",
        const=2.0,
        help="repeat until Ctrl-C, every SECONDS (2): in place on a terminal, else a line a time",
    )


def _add_nts_ke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-k",
        dest="layout",
        action="store_const",
        const=NTS_KE_CLIENTS,
        help="show NTS key establishment connections instead of command packets",
    )


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_address(parser, "how long to wait for chronyd's answers (default: 3)")
    _add_hosts(parser, "the exit status is the worst verdict of all")
    parser.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        default=argparse.SUPPRESS,
        help="with --hosts: print a JSON document for each host, in a line",
    )
    _add_max_error(parser, 0.005)
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
        help="how old the last update of the clock may be; three polling intervals are always "
        "allowed (default: 600)",
    )


def _add_waitsync(parser: argparse.ArgumentParser) -> None:
    _add_address(parser, "how long to wait for the clock (default: forever)")
    _add_max_error(parser, None)


def _add_address(
    parser: argparse.ArgumentParser, waits: str = "how long to wait for the answer (default: 3)"
) -> None:
    parser.add_argument(
        "-h",
        "--host",
        metavar="ADDRESS",
        type=_address,
        default=argparse.SUPPRESS,
        help="chronyd's address: /PATH, HOST, HOST:PORT or [IPV6]:PORT (default: the first of "
        "chronyd's usual ones that answers)",
    )
    parser.add_argument(
        "-t",
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=argparse.SUPPRESS,
        help=waits,
    )


def _add_hosts(parser: argparse.ArgumentParser, status: str) -> None:
    parser.add_argument(
        "--hosts",
        metavar="FILE",
        help="ask all hosts that FILE (-: standard input) has, one address a line (blank lines and "
        f"# comments are left out), at once; print a line for each as it answers; {status}",
    )


def _add_presentation(parser: argparse.ArgumentParser) -> None:
    for flag, name, value, text in (
        ("-N", "names", True, "show sources' names as chronyd's configuration has them"),
        ("-a", "all", True, "show also sources whose name is not resolved yet"),
        ("--json", "format", "json", "print one JSON document, in the units of the dataclasses"),
        ("--csv", "format", "csv", "print what chronyc -c -n prints"),
    ):
        parser.add_argument(
            flag,
            dest=name,
            action="store_const",
            const=value,
            default=argparse.SUPPRESS,
            help=text,
        )


def _add_max_error(parser: argparse.ArgumentParser, default: float | None) -> None:
    parser.add_argument(
        "--max-error",
        metavar="SECONDS",
        type=_seconds,
        default=default,
        help=f"the largest bound on the clock's error that is good (default: {default or 'any'})",
    )


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
    return min(number, _LONG)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 0 on")
    return int(text)
