"""What may be asked on the command line, and how that is checked."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from .. import __version__
from .._client.addresses import with_port
from .arguments import Parser, add_address, add_hosts, add_watch
from .exporter_options import EXPORTER_NOTE, add_exporter
from .judging_options import (
    CHECK_EXAMPLE,
    add_check,
    add_explain,
    settle_check,
    settle_explain,
)
from .layouts import NTS_KE_CLIENTS, TABLES
from .now_options import add_now, settle_now
from .reports import BY_ADDRESS, REPORTS, Wanted
from .waiting_options import add_waitsync, settle_waitsync

CHECK, EXPLAIN, WAITSYNC, EXPORTER, NOW = "check", "explain", "waitsync", "exporter", "now"
COMMANDS = (*REPORTS, NOW, CHECK, EXPLAIN, WAITSYNC, EXPORTER)
WITH_HOSTS = ("tracking", CHECK)  # what many hosts can be asked for

# The options that may stand before the command and are followed by a value.
_WITH_VALUES = ("-H", "-h", "--host", "-p", "--port", "-t", "--timeout", "--hosts")

_DESCRIPTION = """\
Show what chronyd reports of a computer's clock, and judge it.

Options may stand before the command and after it; COMMAND --help tells which it has.
Several reports may be named. Without an answer the exit status is 1, after wrong
usage 2; check and explain have the four of monitoring systems, and the -c and -v of
check are theirs too."""


def read_options(arguments: Sequence[str], parser: Parser) -> argparse.Namespace:
    """Return the options, the command among them; of reports also those that are `wanted`.

    Raises:
        WrongUsage: The arguments make no sense.

    """
    _check_early(arguments, parser)
    options, rest = parser.parse_known_args(arguments)
    command = parser.commands[options.command]
    if options.command in REPORTS:
        options.wanted = _list_wanted(options, rest, parser)
        _check_reports(options, command)
    else:
        if rest:
            _refuse(rest[0], command, options.command)
        _check_others(options, command)
    if options.command == CHECK:
        settle_check(options, command)
    if options.command == EXPLAIN:
        settle_explain(options)
    if options.hosts is not None:
        _check_with_hosts(options, command)
    elif options.port is not None:
        options.host = with_port(options.host, options.port)
    if options.command == WAITSYNC:
        settle_waitsync(options, command)
    if options.command == NOW:
        settle_now(options, command)
    return options


def split_commands(arguments: Iterable[str]) -> Iterable[str]:
    """Yield the words of the command line. With chronyc's -m each argument is a command."""
    for argument in arguments:
        words = argument.split()
        if len(words) > 1 and words[0] in COMMANDS:
            yield from words
        else:
            yield argument


def find_command(words: Sequence[str]) -> int | None:
    """Return where the command stands; None if nowhere. A host may have the name of one."""
    places = [place for place, word in enumerate(words) if word in COMMANDS]
    for place in places:
        if place == 0 or words[place - 1] not in _WITH_VALUES:
            return place
    return places[0] if places else None  # without the value of an option before it


def _check_early(words: Sequence[str], parser: Parser) -> None:
    """Check the long options before the command. argparse would take their values for commands."""
    for word in words[: find_command(words)]:
        option = word.partition("=")[0]
        if not option.startswith("--") or option in ("--", *parser.options):
            continue
        if any(option in each.options for each in make_parser().commands.values()):
            parser.error(f"{option} stands after the command")
        parser.refuse_option(word)


def _list_wanted(options: argparse.Namespace, rest: Sequence[str], parser: Parser) -> list[Wanted]:
    """Return the reports that are named, with what is asked of each alone."""
    parts = [[options.command]]
    for word in (*options.words, *rest):
        if word in REPORTS:
            parts.append([word])
        else:
            parts[-1].append(word)
    wanted = []
    for number, (name, *words) in enumerate(parts):
        command, layout = parser.commands[name], options.layout
        if number > 0:
            own, words = command.parse_known_args(words)
            layout, words = own.layout, [*own.words, *words]
            if hasattr(own, "hosts"):
                command.error("--hosts is for one report")
        for word in sorted(words, key=lambda word: not word.startswith("-")):  # options first
            if word.startswith("-"):
                _refuse(word, command, name)
            if word in COMMANDS:
                command.error(f"{word} is asked for alone")
            if name not in BY_ADDRESS:
                parser.refuse_command(word)
        wanted.append(Wanted(name, layout, tuple(words)))
    if len({each.name for each in wanted}) < len(wanted):
        parser.error("a report is named twice")
    return wanted


def _refuse(word: str, parser: Parser, name: str) -> None:
    """Tell what is wrong with a word that the command does not know."""
    if word.partition("=")[0] == "--hosts":
        _refuse_hosts(parser, name)
    parser.refuse_option(word)


def _refuse_hosts(parser: Parser, name: str) -> None:
    parser.error(f"{name} has no --hosts, but {' and '.join(WITH_HOSTS)} have")


def _check_reports(options: argparse.Namespace, parser: Parser) -> None:
    if options.json and options.csv:
        parser.error("--json and --csv (-c) exclude each other")
    options.format = "json" if options.json else "csv" if options.csv else None
    if len(options.wanted) > 1:
        for name, is_given in (
            ("--watch", options.watch is not None),
            ("--hosts", options.hosts is not None),
        ):
            if is_given:
                parser.error(f"{name} is for one report")


def _check_others(options: argparse.Namespace, parser: Parser) -> None:
    """Check what stands before another command, but is for reports."""
    if options.csv:
        parser.error(
            f"{options.command} has no --csv, which is what -c means before a command"
            + ("; its -c stands after it" if options.command == CHECK else "")
        )
    if options.json:
        options.format = "json"
    if options.command == WAITSYNC and (options.format or options.names or options.all):
        parser.error("waitsync has no --json, --csv, -N and -a")
    if options.command == NOW and (options.names or options.all):
        parser.error("now has no -N and -a")


def _check_with_hosts(options: argparse.Namespace, parser: Parser) -> None:
    if options.command not in WITH_HOSTS:
        _refuse_hosts(parser, options.command)
    for name, is_given in (
        ("-h", options.host is not None),
        ("--watch", getattr(options, "watch", None) is not None),
        ("-N", options.names and options.command != CHECK),
        ("-a", options.all),
    ):
        if is_given:
            parser.error(f"--hosts and {name} exclude each other")


def make_parser(arguments: Iterable[str] = ()) -> Parser:
    """Return the parser of all commands. Where some are named, only those get their options."""
    words = {word for argument in arguments for word in argument.split()}
    named = words.intersection(COMMANDS) or COMMANDS
    parser = Parser(prog="pychrony", description=_DESCRIPTION)
    add_address(parser)
    add_hosts(parser, f"for {' and '.join(WITH_HOSTS)}")
    _add_presentation(parser, _EVERYTHING)
    # Here alone: what is not given after the command must not hide what was given before it.
    parser.set_defaults(
        **dict.fromkeys(("host", "port", "timeout", "hosts", "format")),
        **dict.fromkeys(("names", "all", "json", "csv", "verbose"), False),
    )
    version = f"%(prog)s {__version__}"
    parser.add_argument("-V", "--version", action="version", version=version)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)

    def add(name: str, summary: str, epilog: str = "") -> Parser:
        description = f"{summary[0].upper()}{summary[1:]}."
        command = commands.add_parser(name, help=summary, description=description, epilog=epilog)
        parser.commands[name] = command
        return command

    for name, report in REPORTS.items():
        command = add(name, report.summary)
        if name not in named:
            continue
        _add_report(command, name)
        command.set_defaults(layout=name)
        if report.about_clients:
            _add_nts_ke(command)
        if name in WITH_HOSTS:
            status = "the exit status is 0 if all answered; --csv has the host before the columns"
            add_hosts(command, status)
    now = add(NOW, "tell the time with its error, by the clock of this computer")
    if NOW in named:
        add_now(now)
    summary = "judge the clock, in one line and an exit status for monitoring systems"
    check = add(CHECK, summary, CHECK_EXAMPLE)
    if CHECK in named:
        add_check(check)
    explain = add(EXPLAIN, "explain the clock and its sources, in sentences, and what helps")
    if EXPLAIN in named:
        add_explain(explain)
    waitsync = add(WAITSYNC, "wait until the clock is good enough")
    if WAITSYNC in named:
        add_waitsync(waitsync)
    exporter = add(EXPORTER, "serve metrics to Prometheus", EXPORTER_NOTE)
    if EXPORTER in named:
        add_exporter(exporter)
    return parser


def _add_report(parser: Parser, name: str) -> None:
    add_address(parser)
    _add_presentation(parser, _list_meaningful(name))
    add_watch(parser)
    by_address = name in BY_ADDRESS
    parser.add_argument(
        "words",
        metavar="ADDRESS" if by_address else "REPORT",
        nargs="*",
        help="show these sources alone (addresses, or names as chronyd's configuration has them)"
        if by_address
        else "show this report too",
    )


def _add_nts_ke(parser: Parser) -> None:
    parser.add_argument(
        "-k",
        dest="layout",
        action="store_const",
        const=NTS_KE_CLIENTS,
        help="show NTS key establishment connections instead of command packets",
    )


_EVERYTHING = ("-N", "-n", "-a", "-v", "-m")


def _list_meaningful(name: str) -> Iterable[str]:
    """Return those options of all reports that change what this one shows."""
    report = REPORTS[name]
    if report.about_sources or name == "tracking":
        yield from ("-N", "-n")
    if report.about_sources:
        yield "-a"
    if name in TABLES:
        yield "-v"


def _add_presentation(parser: Parser, shown: Iterable[str]) -> None:
    """Add the options of all reports. The help has what is to be `shown`, and the formats."""
    shown = ("--json", "-c", *shown)
    for flags, name, value, text in (
        (("-N",), "names", True, "show sources' names as chronyd's configuration has them"),
        (("-n",), "names", False, "show sources' addresses (default)"),
        (("-a",), "all", True, "show also sources whose name is not resolved yet"),
        (("-v",), "verbose", True, "explain the columns of tables, before them"),
        (("--json",), "json", True, "print one JSON document, in the units of the dataclasses"),
        (("-c", "--csv"), "csv", True, "print what chronyc -c -n prints"),
        (("-m",), "several", True, "take several reports, which is so without it (chronyc's)"),
    ):
        parser.add_argument(
            *flags,
            dest=name,
            action="store_const",
            const=value,
            default=argparse.SUPPRESS,
            help=text if flags[0] in shown else argparse.SUPPRESS,
        )
