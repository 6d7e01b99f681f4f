"""What may be asked of the exporter for Prometheus."""

from __future__ import annotations

import argparse

from .arguments import add_address, port
from .judging_options import add_limits
from .reports import REPORTS

LISTEN = (":9123",)
PROBE_REPORTS = ("tracking", "sources", "activity")


def add_exporter(parser: argparse.ArgumentParser) -> None:
    """Add the options of exporter."""
    add_address(
        parser,
        "how long a scrape may take (default: 10); as long as Prometheus waits, less half a "
        "second, if that is less",
    )
    parser.add_argument(
        "--listen",
        "--web.listen-address",
        metavar="ADDRESS:PORT",
        dest="listen",
        action="append",
        help="where to listen: ADDRESS:PORT, :PORT for all addresses, unix:PATH, or fd:NUMBER for "
        f"a socket that was inherited; may be given several times (default: {LISTEN[0]})",
    )
    parser.add_argument(
        "--reports",
        metavar="NAME,...",
        type=_reports,
        help="the reports that are read; tracking and sources always are (default: all that "
        "chronyd gives but clients)",
    )
    add_limits(parser)
    _add_probe(parser)
    parser.add_argument(
        "--once",
        action="store_true",
        help="print the metrics once, and serve nothing",
    )


def _add_probe(parser: argparse.ArgumentParser) -> None:
    """Add the options of what may be asked on Prometheus's behalf."""
    parser.add_argument(
        "--probe-allow",
        metavar="HOST",
        action="append",
        help="what /probe?target=HOST[:PORT] may ask: an address, a network (192.0.2.0/24), a name "
        "or *.DOMAIN; may be given several times (default: nothing)",
    )
    parser.add_argument(
        "--probe-port",
        metavar="PORT",
        type=port,
        action="append",
        help="a port that may be asked; may be given several times (default: 323)",
    )
    parser.add_argument(
        "--probe-reports",
        metavar="NAME,...",
        type=_reports,
        default=PROBE_REPORTS,
        help=f"the reports that /probe reads (default: {','.join(PROBE_REPORTS)})",
    )


def _reports(text: str) -> tuple[str, ...]:
    """Return the names of reports."""
    names = tuple(text.split(","))
    for name in names:
        if name not in REPORTS:
            raise argparse.ArgumentTypeError(
                f"there is no report {name!r}; there are {', '.join(REPORTS)}"
            )
    return names
