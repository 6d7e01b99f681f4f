"""The command line: reports as text, in chronyc's words and order."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from . import __version__
from ._connection import ChronyConnection
from ._enums import LeapStatus
from .exceptions import ChronyError
from .models import TrackingStatus

_LEAP_WORDS = {
    LeapStatus.NORMAL: "Normal",
    LeapStatus.INSERT: "Insert second",
    LeapStatus.DELETE: "Delete second",
    LeapStatus.UNSYNC: "Not synchronised",
}


def tracking_lines(status: TrackingStatus) -> Iterator[tuple[str, str]]:
    """Yield the labels and values of a tracking report, in chronyc's order.

    The words follow chronyc: a clock that is off by nothing is "fast", a rate of nothing "slow".
    """
    time = status.ref_datetime
    yield "Reference ID", f"{status.reference_id:08X} ({status.reference_id_name})"
    yield "Stratum", f"{status.stratum}"
    yield "Ref time (UTC)", f"{time:%a %b %d %H:%M:%S %Y}" if time else "never"
    direction = "slow" if status.offset > 0 else "fast"
    yield "System time", f"{abs(status.offset):.9f} seconds {direction} of NTP time"
    yield "Last offset", f"{status.last_offset:+.9f} seconds"
    yield "RMS offset", f"{status.rms_offset:.9f} seconds"
    direction = "fast" if status.frequency > 0 else "slow"
    yield "Frequency", f"{abs(status.frequency):.3f} ppm {direction}"
    yield "Residual freq", f"{status.residual_freq:+.3f} ppm"
    yield "Skew", f"{status.skew:.3f} ppm"
    yield "Root delay", f"{status.root_delay:.9f} seconds"
    yield "Root dispersion", f"{status.root_dispersion:.9f} seconds"
    yield "Update interval", f"{status.update_interval:.1f} seconds"
    yield "Leap status", _LEAP_WORDS.get(status.leap_status, status.leap_status.name)
    yield "Error bound", f"{status.max_error:.9f} seconds"


def show_tracking(connection: ChronyConnection) -> None:
    """Print the tracking report."""
    for label, value in tracking_lines(connection.get_tracking()):
        print(f"{label:<15} : {value}")


COMMANDS = {"tracking": show_tracking}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pychrony",
        description="Show what chronyd reports of this computer's clock.",
        add_help=False,  # -h is --host, as in chronyc
    )
    parser.add_argument("command", choices=COMMANDS, help="the report to show")
    parser.add_argument(
        "-h",
        "--host",
        metavar="ADDRESS",
        help="chronyd's address: /PATH, HOST, HOST:PORT or [IPV6]:PORT (default: the first of "
        "chronyd's usual ones that answers)",
    )
    parser.add_argument(
        "-t",
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=3.0,
        help="how long to wait for the answer (default: %(default)s)",
    )
    parser.add_argument("--help", action="help", help="show this text and exit")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 for an answer, 1 for none. Wrong usage exits with 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        connection = ChronyConnection(options.host, timeout=options.timeout)
    except ValueError as error:
        parser.error(str(error))
    try:
        with connection:
            COMMANDS[options.command](connection)
        if sys.stdout is not None:  # as where it was closed
            sys.stdout.flush()
    except ChronyError as error:
        return _fail(str(error))
    except BrokenPipeError:
        return _fail(None)
    except OSError as error:
        return _fail(f"cannot write: {error.strerror}")
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(message: str | None) -> int:
    """Tell what was wrong, if there is somebody to tell, and return the exit status."""
    if message is not None:
        print(f"pychrony: {message}", file=sys.stderr)
    if sys.stdout is not None:
        # Nor may Python's own flush at exit complain of what cannot be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
