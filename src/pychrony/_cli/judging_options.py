"""What may be asked of the command that judges the clock: check."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import __version__
from .._judgment.defaults import DEFAULTS, MAX_ERROR, Threshold
from .._judgment.limits import RULES, levels_of
from ..models._check import Levels
from .arguments import WrongUsage, add_address, add_hosts
from .thresholds import is_ordered, level_of, show_threshold, threshold_of

CHECK_EXAMPLE = """\
example:
  $ pychrony check --max-error 0.01,0.1 --source GPS
  CHRONY OK - error bound 6770us, last update 31s ago, 1 usable source, \
follows GPS at stratum 1 | ...

A LIMIT is one number, or WARNING,CRITICAL, of which either may be left out. For a number
there may be a range of the Monitoring Plugins Development Guidelines: 0:0.5 for at most
0.5, 2: for at least 2. The exit status is 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN; it is
3 also for --help, for -h without an address, and for -V."""


class _Limit(NamedTuple):
    """An option for a limit. The default is that of `check`."""

    flag: str
    text: str

    @property
    def name(self) -> str:
        return self.flag[2:].replace("-", "_")

    @property
    def default(self) -> Threshold:
        return DEFAULTS[self.name]


_LIMITS = (
    _Limit("--max-error", "the largest bound on the clock's error, in seconds"),
    _Limit(
        "--max-offset",
        "the largest offset still to be corrected, in seconds, either way",
    ),
    _Limit("--max-skew", "the largest error bound of the clock's rate, in ppm"),
    _Limit(
        "--max-age",
        "how old the last update of the clock may be, in seconds; three polling intervals are "
        "always allowed",
    ),
    _Limit("--max-stratum", "the largest stratum, 1 to 15"),
    _Limit("--min-sources", "how many sources must be usable"),
)

# The two levels of --max-error by themselves, as other plugins have them.
_LEVELS = (("-w", "warning"), ("-c", "critical"))


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the options of check."""
    add_address(parser, "how long to wait for chronyd's answers (default: 3)")
    add_hosts(parser, "the exit status is the worst verdict of all")
    parser.add_argument(
        "--summary",
        action="store_true",
        help="with --hosts: print the summary first, for monitoring systems, and then only hosts "
        "that are not OK (with -v all)",
    )
    add_limits(parser)
    for flag, level in _LEVELS:
        parser.add_argument(
            flag,
            f"--{level}",
            metavar="RANGE",
            type=level_of("max_error"),
            help=f"the {level} level of --max-error alone; the other stays as it is by default, or "
            "there is none where it would be the wrong way round",
        )
    _add_names_and_json(
        parser,
        "call sources by their names in chronyd's configuration",
        "print one JSON document; with --hosts one for each, a line",
    )
    parser.add_argument(
        "-v",
        "--verbose",
        dest="verbose",
        action="count",
        default=argparse.SUPPRESS,
        help="add a line for each finding and each measure (-vv and -vvv are the same)",
    )
    version = f"pychrony {__version__}"
    parser.add_argument("-V", "--version", action="version", version=version)


def add_explain(parser: argparse.ArgumentParser) -> None:
    """Add the options of explain."""
    add_address(parser, "how long to wait for chronyd's answers (default: 3)")
    add_limits(parser)
    _add_names_and_json(
        parser,
        "accepted, as other commands have it: names are always shown",
        "print one JSON document, with the fields of each sentence",
    )


def _add_names_and_json(parser: argparse.ArgumentParser, names: str, document: str) -> None:
    for flag, name, value, text in (
        ("-N", "names", True, names),
        ("--json", "format", "json", document),
    ):
        parser.add_argument(
            flag,
            dest=name,
            action="store_const",
            const=value,
            default=argparse.SUPPRESS,
            help=text,
        )


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add the options for what is good enough."""
    for limit in _LIMITS:
        level = "CRITICAL" if RULES[limit.name].is_critical else "WARNING"
        parser.add_argument(
            limit.flag,
            metavar="LIMIT",
            type=threshold_of(limit.name),
            default=argparse.SUPPRESS,
            help=f"{limit.text} (default: {show_threshold(limit.default)}; one number: {level})",
        )
    parser.add_argument(
        "--source",
        metavar="SOURCE",
        type=_source,
        action="append",
        help="the source that the clock may follow: an address, a name as in chronyd's "
        "configuration, or a reference ID; may be given several times (default: any)",
    )


def limits_in(options: argparse.Namespace) -> dict[str, Any]:
    """Return the limits that were given, and the defaults of the others: arguments of `check`."""
    limits = {limit.name: getattr(options, limit.name, limit.default) for limit in _LIMITS}
    return {**limits, "source": options.source}


def prepare_check(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the arguments before the command and after it, as argparse understands them.

    Raises:
        WrongUsage: An option of check stands before it, where it means something else.

    """
    for flag, level in _LEVELS:
        if flag in before:
            raise WrongUsage(
                f"{flag} ({level}) stands after the command: pychrony check {flag} 0.1"
            )
    words = [*before]
    limits = [limit.flag for limit in _LIMITS]
    for word in after:
        if words and words[-1] in limits and re.match(r"-\.?[0-9]", word):
            words[-1] += f"={word}"  # or it would be an option of its own
        else:
            words.append(word)
    if words[-1] == "-h":  # help for who knows other plugins; with an address it is the host
        words[-1] = "--help"
    return words


def settle_check(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Check what goes together, and make `limits` of what was given: arguments of `check`."""
    limits = limits_in(options)
    if options.warning is not None or options.critical is not None:
        if hasattr(options, "max_error"):
            parser.error("--max-error and -w or -c exclude each other")
        limits["max_error"] = _join_levels(options.warning, options.critical, parser)
    options.limits = limits
    options.verbose = int(getattr(options, "verbose", 0))
    if options.format == "csv":
        parser.error("check has no --csv")
    if options.all:
        parser.error("check has no -a")
    if options.summary and options.hosts is None:
        parser.error("--summary goes with --hosts")
    if options.summary and options.format == "json":
        parser.error("--summary and --json exclude each other")


def settle_explain(options: argparse.Namespace) -> None:
    """Make `limits` of what was given: arguments of `check`."""
    options.limits = limits_in(options)


def _join_levels(
    warning: float | None, critical: float | None, parser: argparse.ArgumentParser
) -> Levels:
    """Return both levels of the error bound: what was given, and else the default if it fits."""
    if not is_ordered("max_error", warning, critical):
        parser.error("-w is more than -c: what is critical is a warning too")
    default_warning, default_critical = levels_of("max_error", MAX_ERROR)
    joined = (
        default_warning if warning is None else warning,
        default_critical if critical is None else critical,
    )
    return joined if is_ordered("max_error", *joined) else (warning, critical)


def _source(text: str) -> str:
    """Return a source that the clock may follow."""
    if not text.strip():
        raise argparse.ArgumentTypeError("'' is not an address, a name or a reference ID")
    return text
