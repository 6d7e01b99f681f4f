"""What the arguments of all commands have in common: the parser, and the types of values."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from .._client.addresses import parse

_LONG = 2.0**31  # seconds, 68 years: what is longer is too long for the system's clocks


class WrongUsage(Exception):  # noqa: N818 - it is what the user is told
    """The arguments make no sense; the text says why."""


class Parser(argparse.ArgumentParser):
    """A parser that leaves -h to the host and raises `WrongUsage`."""

    def __init__(self, **settings: Any) -> None:
        settings |= {"formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**settings, add_help=False, allow_abbrev=False)
        # Without -h: that is --host, as in chronyc.
        self.add_argument("--help", action="help", help="show this text and exit")

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")


def address(text: str) -> str:
    """Return an address, once it was checked."""
    try:
        parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def seconds(text: str) -> float:
    """Return a positive number of seconds."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return min(number, _LONG)


def count(text: str) -> int:
    """Return an integer from 0 on."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 0 on")
    return int(text)


def add_address(
    parser: argparse.ArgumentParser, waits: str = "how long to wait for the answer (default: 3)"
) -> None:
    """Add the options for where chronyd is, and for how long it may be silent."""
    parser.add_argument(
        "-h",
        "--host",
        metavar="ADDRESS",
        type=address,
        default=argparse.SUPPRESS,
        help="chronyd's address: /PATH, HOST, HOST:PORT or [IPV6]:PORT (default: the first of "
        "chronyd's usual ones that answers)",
    )
    parser.add_argument(
        "-t",
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=argparse.SUPPRESS,
        help=waits,
    )


def add_hosts(parser: argparse.ArgumentParser, status: str) -> None:
    """Add the option for many hosts. `status` says what the exit status is."""
    parser.add_argument(
        "--hosts",
        metavar="FILE",
        help="ask all hosts that FILE (-: standard input) has, one address a line (blank lines and "
        f"# comments are left out), at once; print a line for each as it answers; {status}",
    )
