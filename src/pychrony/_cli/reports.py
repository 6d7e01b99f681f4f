"""What the command of each report reads."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .._client.blocking import ChronyConnection
from .._client.methods import Reports
from .._client.search import OneCall
from ..models import TrackingStatus
from . import words


class NoAnswer(Exception):  # noqa: N818 - chronyd did answer: there is nothing to report
    """chronyd has nothing to report here. The text says why; `line` is chronyc's, if it has one."""

    def __init__(self, message: str, line: str = "") -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Report:
    """A report's command."""

    summary: str
    read: Callable[..., Any]
    about_sources: bool = False
    about_clients: bool = False
    absent: str = ""
    """What it means that there is none."""

    line: str = ""
    """What chronyc prints then."""

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
        line=words.NO_RTC,
    ),
    "smoothing": Report(
        "show how the served time is smoothed",
        Reports.get_smoothing,
        absent="chronyd's configuration has no smoothtime",
        line=words.NOT_ENABLED,
    ),
}
BY_ADDRESS = ("ntpdata",)  # reports of which the sources may be named


class Wanted(NamedTuple):
    """A report that is asked for, and how: its layout, and the sources that it is to be about."""

    name: str
    layout: str
    sources: tuple[str, ...] = ()


class Reading(NamedTuple):
    """The records of a report, and how many sources were left out, as they are not resolved."""

    records: list[Any]
    n_unresolved: int = 0


def read_report(
    connection: ChronyConnection | OneCall, wanted: Wanted, options: argparse.Namespace
) -> Reading:
    """Return the records of a report that is asked for.

    Raises:
        NoAnswer: chronyd has nothing to report.

    """
    report = REPORTS[wanted.name]
    if wanted.sources:
        return Reading(_read_named(connection, report, wanted, options.names))
    if report.about_sources:
        records = report.read(connection, names=options.names)
        shown = [record for record in records if options.all or record.is_resolved()]
        return Reading(shown, len(records) - len(shown))
    record = report.read(connection)
    if report.is_list():
        return Reading(record)
    if record is None:
        text = f"{connection.address}: {wanted.name}: {report.absent}"
        raise NoAnswer(text, report.line)
    if options.names and isinstance(record, TrackingStatus):
        record = _with_name(record, connection)
    return Reading([record])


def _read_named(
    connection: ChronyConnection | OneCall, report: Report, wanted: Wanted, names: bool
) -> list[Any]:
    """Return the records of the sources that are named, in that order."""
    spelled = [_spell(source) for source in wanted.sources]
    records = report.read(connection, names=names or any(each is None for each in spelled))
    found = []
    for source, address in zip(wanted.sources, spelled, strict=True):
        matching = [r for r in records if r.address == address or r.name == source]
        if not matching:
            text = f"{connection.address}: {wanted.name}: {source} is none of chronyd's NTP sources"
            raise NoAnswer(text, words.NO_SOURCE)
        found += matching
    return found


def _spell(source: str) -> str | None:
    """Return an address as chronyd has it; None for what is a name."""
    import ipaddress

    try:
        return str(ipaddress.ip_address(source.strip("[]")))
    except ValueError:
        return source if source.startswith("ID#") else None


def _with_name(status: TrackingStatus, connection: ChronyConnection | OneCall) -> TrackingStatus:
    """Return the report with the name that the configuration has for the source followed."""
    if not status.reference_ip:
        return status
    sources = connection.get_sources(names=True)
    names = {source.address: words.shown_name(source) for source in sources}
    name = names.get(status.reference_ip, status.reference_ip)
    return replace(status, reference_id_name=name)
