"""What may be asked of the exporter for Prometheus."""

from __future__ import annotations

import argparse

from .arguments import add_address, port, seconds
from .judging_options import add_limits
from .reports import REPORTS

EXPORTER_NOTE = "A LIMIT is written as for check: pychrony check --help."
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
    for flag, text in (
        ("--tls-cert", "serve HTTPS alone, with this certificate and those that it was signed by"),
        ("--tls-key", "the certificate's key (default: it is in the file of the certificate)"),
        ("--tls-client-ca", "serve only who has a certificate that one in FILE has signed"),
    ):
        parser.add_argument(flag, metavar="FILE", help=text)
    add_limits(parser)
    _add_probe(parser)
    _add_files(parser)


def _add_files(parser: argparse.ArgumentParser) -> None:
    """Add the options of what is done instead of serving."""
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--once",
        action="store_true",
        help="print the metrics once, and serve nothing",
    )
    only.add_argument(
        "--textfile",
        metavar="FILE",
        help="write the metrics to FILE, for node_exporter's textfile collector, and serve nothing",
    )
    parser.add_argument(
        "--every",
        metavar="SECONDS",
        type=seconds,
        help="with --textfile: write it again every SECONDS, until a signal ends this",
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
