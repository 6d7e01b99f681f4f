"""What the arguments of all commands have in common: the parser, and the types of values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from math import isfinite
from typing import Any, NoReturn

from .._client.addresses import parse

_LONG = 2.0**31  # seconds, 68 years: what is longer is too long for the system's clocks


class WrongUsage(Exception):  # noqa: N818 - it is what the user is told
    """The arguments make no sense; the text says why."""


class Parser(argparse.ArgumentParser):
    """A parser that leaves -h to the host and raises `WrongUsage`.

    `options` has its long options, `commands` the parsers of its commands by their names.
    """

    def __init__(self, **settings: Any) -> None:
        self.options: list[str] = []
        self.commands: dict[str, Parser] = {}
        settings |= {"formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**settings, add_help=False, allow_abbrev=False)
        # Without -h: that is --host, as in chronyc.
        self.add_argument("--help", action="help", help="show this text and exit")

    def add_argument(self, *flags: str, **settings: Any) -> argparse.Action:
        """Add an option, or an argument, and remember it."""
        self.options += [flag for flag in flags if flag.startswith("--")]
        return super().add_argument(*flags, **settings)

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write a help or the version. argparse itself hides where that fails."""
        stream = file or sys.stderr
        if stream is not None:  # as where it was closed
            stream.write(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Tell which command is the nearest. argparse itself calls it an invalid choice."""
        if action.dest == "command" and value not in self.commands:
            self.refuse_command(value)
        super()._check_value(action, value)

    def refuse_command(self, word: str) -> NoReturn:
        """Tell that there is no such command, and which may be meant."""
        meant = _nearest(word, self.commands)
        all_commands = f"the commands are {', '.join(self.commands)}; none changes chronyd"
        known = f"did you mean {meant}?" if meant else all_commands
        self.error(f"unknown command {word!r}: {known}")

    def refuse_option(self, option: str) -> NoReturn:
        """Tell that there is no such option, and which may be meant."""
        # Without the hyphens, which would make all short options alike.
        words = [known.removeprefix("--") for known in self.options]
        meant = _nearest(option.partition("=")[0].lstrip("-"), words)
        hint = f": did you mean --{meant}?" if meant else ""
        self.error(f"unrecognized arguments: {option}{hint}")


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """Return what somebody may have meant who typed this."""
    import difflib  # nobody else needs it

    return next(iter(difflib.get_close_matches(word, list(known), 1)), None)


def address(text: str) -> str:
    """Return an address, once it was checked."""
    try:
        parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def seconds(text: str) -> float:
    """Return a positive number of seconds."""
    number = _number(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return min(number, _LONG)


def ppm(text: str) -> float:
    """Return a positive number of parts per million."""
    number = _number(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of ppm")
    return number


def from_zero(text: str) -> float:
    """Return a number from 0 on."""
    number = _number(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return min(number, _LONG)


def _number(text: str) -> float:
    """Return a finite number; -1 for what is none."""
    try:
        number = float(text)
    except ValueError:
        return -1.0
    return number if isfinite(number) else -1.0


def count(text: str) -> int:
    """Return an integer from 0 on."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 0 on")
    return int(text)


def port(text: str) -> int:
    """Return the number of a port."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 65535")
    return int(text)


def add_address(
    parser: argparse.ArgumentParser, waits: str = "how long to wait for the answer (default: 3)"
) -> None:
    """Add the options for where chronyd is, and for how long it may be silent."""
    parser.add_argument(
        "-H",
        "-h",
        "--host",
        metavar="ADDRESS",
        type=address,
        default=argparse.SUPPRESS,
        help="chronyd's address: /PATH, HOST, HOST:PORT or [IPV6]:PORT, or several, separated by "
        "commas, of which the first that answers is asked (default: chronyd's usual ones)",
    )
    parser.add_argument(
        "-p",
        "--port",
        metavar="PORT",
        type=port,
        default=argparse.SUPPRESS,
        help="the port of addresses that have none (default: 323)",
    )
    parser.add_argument(
        "-t",
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=argparse.SUPPRESS,
        help=waits,
    )


def add_watch(parser: argparse.ArgumentParser) -> None:
    """Add the option to repeat."""
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        type=seconds,
        nargs="?",
        const=2.0,
        help="repeat until Ctrl-C, every SECONDS (2): in place on a terminal, else a line a time",
    )


def add_hosts(parser: argparse.ArgumentParser, status: str) -> None:
    """Add the option for many hosts. `status` says what the exit status is."""
    parser.add_argument(
        "--hosts",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="ask all hosts that FILE (-: standard input) has, one address a line (blank lines and "
        f"# comments are left out), at once; print a line for each as it answers; {status}",
    )
