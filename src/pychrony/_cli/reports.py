"""What the command of each report reads."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .._client.blocking import ChronyConnection
from .._client.methods import Reports
from .._client.search import OneCall
from ..models import TrackingStatus
from .words import shown_name


class NoAnswer(Exception):  # noqa: N818 - chronyd did answer: there is nothing to report
    """chronyd has nothing to report here; the text says why."""


@dataclass(frozen=True)
class Report:
    """A report's command."""

    summary: str
    read: Callable[..., Any]
    about_sources: bool = False
    about_clients: bool = False
    absent: str = ""
    """What it means that there is none."""

    def is_list(self) -> bool:
        """Return whether it has any number of records."""
        return self.about_sources or self.about_clients


REPORTS = {
    "tracking": Report("show how well chronyd knows the time", Reports.get_tracking),
    "sources": Report("show the sources and their last measurements", Reports.get_sources, True),
    "sourcestats": Report(
        "show the regression over each source's measurements",
        Reports.get_source_stats,
        True,
    ),
    "selectdata": Report(
        "show how the selection of sources judged each", Reports.get_select_data, True
    ),
    "activity": Report("show how many NTP sources are in which state", Reports.get_activity),
    "authdata": Report("show how each NTP source is authenticated", Reports.get_auth_data, True),
    "ntpdata": Report("show each NTP source's last valid response", Reports.get_ntp_data, True),
    "serverstats": Report("show what chronyd did as a server", Reports.get_server_stats),
    "clients": Report(
        "show the clients of chronyd's NTP server",
        Reports.get_clients,
        about_clients=True,
    ),
    "rtcdata": Report(
        "show what chronyd knows of the real-time clock",
        Reports.get_rtc_data,
        absent="chronyd drives no real-time clock",
    ),
    "smoothing": Report(
        "show how the served time is smoothed",
        Reports.get_smoothing,
        absent="chronyd's configuration has no smoothtime",
    ),
}


def read_report(connection: ChronyConnection | OneCall, options: argparse.Namespace) -> list[Any]:
    """Return the records of the report that is asked for.

    Raises:
        NoAnswer: chronyd has nothing to report.

    """
    report = REPORTS[options.command]
    if report.about_sources:
        records = report.read(connection, names=options.names)
        return [record for record in records if options.all or record.is_resolved()]
    record = report.read(connection)
    if report.is_list():
        return record
    if record is None:
        raise NoAnswer(f"{connection.address}: {options.command}: {report.absent}")
    if options.names and isinstance(record, TrackingStatus):
        record = _with_name(record, connection)
    return [record]


def _with_name(status: TrackingStatus, connection: ChronyConnection | OneCall) -> TrackingStatus:
    """Return the report with the name that the configuration has for the source followed."""
    if not status.reference_ip:
        return status
    sources = connection.get_sources(names=True)
    names = {source.address: shown_name(source) for source in sources}
    name = names.get(status.reference_ip, status.reference_ip)
    return replace(status, reference_id_name=name)
