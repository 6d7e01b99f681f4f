"""What may be asked of the exporter for Prometheus."""

from __future__ import annotations

import argparse

from .arguments import add_address
from .judging_options import add_limits
from .reports import REPORTS

LISTEN = (":9123",)


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
    parser.add_argument(
        "--once",
        action="store_true",
        help="print the metrics once, and serve nothing",
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
