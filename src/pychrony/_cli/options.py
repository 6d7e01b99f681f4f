"""What may be asked on the command line, and how that is checked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import __version__
from .arguments import Parser, add_address, add_hosts, seconds
from .exporter_options import add_exporter
from .judging_options import CHECK_EXAMPLE, add_check, add_waitsync
from .layouts import NTS_KE_CLIENTS
from .reports import REPORTS

CHECK, WAITSYNC, EXPORTER = "check", "waitsync", "exporter"
COMMANDS = (*REPORTS, CHECK, WAITSYNC, EXPORTER)
WITH_HOSTS = ("tracking",)  # reports that many hosts can be asked for

_DESCRIPTION = """\
Show what chronyd reports of a computer's clock, and judge it.

Options may stand before the command and after it. Without an answer the exit
status is 1, after wrong usage 2; check has the four of monitoring systems."""


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
    parser = Parser(prog="pychrony", description=_DESCRIPTION)
    add_address(parser)
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
            add_hosts(command, status)
    summary = "judge the clock, in one line and an exit status for monitoring systems"
    add_check(add(CHECK, summary, CHECK_EXAMPLE))
    add_waitsync(add(WAITSYNC, "wait until the clock is good enough"))
    add_exporter(add(EXPORTER, "serve metrics to Prometheus"))
    return parser


def _add_report(parser: argparse.ArgumentParser) -> None:
    add_address(parser)
    _add_presentation(parser)
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        type=seconds,
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
