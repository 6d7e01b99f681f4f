"""A chronyd without its sockets: what it has to report, and what it answers a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, overload

from .._enums import SelectState, SourceState
from ..models import (
    Activity,
    AuthData,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)
from . import _factories as make
from ._layouts import encode_record
from ._reports import LISTS, REPORTS, Reply, Report, Version
from ._wire import VERSION, Request, Status, build_reply

T = TypeVar("T")

_RELEASES = {(2, 4), *((3, n) for n in range(6)), *((4, n) for n in range(9))}
_LONGEST_REQUEST = 860  # since 4.0
_VERDICTS = {
    SourceState.SELECTED: SelectState.BEST,
    SourceState.NONSELECTABLE: SelectState.MISSING_SAMPLES,
    SourceState.FALSETICKER: SelectState.FALSETICKER,
    SourceState.JITTERY: SelectState.JITTERY,
    SourceState.UNSELECTED: SelectState.COMBINED,
    SourceState.SELECTABLE: SelectState.LARGE_DISTANCE,
}


class _Reported(Generic[T]):
    """An attribute with the records of a report, which are checked when they are assigned.

    Those that were not given, or as None, are made to go with the others.
    """

    def __init__(self, record: type[Any], default: Callable[[Daemon], T]) -> None:
        self._record, self._default = record, default

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, daemon: None, _owner: type) -> _Reported[T]: ...
    @overload
    def __get__(self, daemon: Daemon, _owner: type) -> T: ...
    def __get__(self, daemon: Daemon | None, _owner: type) -> _Reported[T] | T:
        if daemon is None:
            return self
        given = daemon._given.get(self._name)
        if given is not None:
            return given
        made = daemon._made  # another thread may replace it
        if self._name not in made:
            made[self._name] = self._default(daemon)
        return made[self._name]

    def __set__(self, daemon: Daemon, records: T | None) -> None:
        if records is None:
            daemon._given.pop(self._name, None)
        else:
            self._check(daemon, records)
            daemon._given[self._name] = records
        daemon._made = {}

    def _check(self, daemon: Daemon, records: Any) -> None:
        if self._name not in LISTS:
            self._check_record(daemon, self._name, records)
            return
        if not isinstance(records, Sequence):
            raise TypeError(f"{self._name} must be a list of records, not {records!r}")
        for index, record in enumerate(records):
            self._check_record(daemon, f"{self._name}[{index}]", record)

    def _check_record(self, daemon: Daemon, place: str, record: object) -> None:
        if not isinstance(record, self._record):
            raise TypeError(f"{place} must be a {self._record.__name__}, not {record!r}")
        try:
            daemon.encode(self._name, record)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{place}: {error}") from None


def _make_sources(daemon: Daemon) -> list[Source]:
    """Return sources for the first other list that was given; three where none was."""
    for attribute in LISTS:
        given = daemon._given.get(attribute)
        if given is not None:
            return [make.make_source(**_about(record)) for record in given]
    return [
        make.make_source(),
        make.make_source(address="192.0.2.2", state=SourceState.UNSELECTED),
        make.make_source(address="2001:db8::1", state=SourceState.SELECTABLE),
    ]


def _make_source_stats(daemon: Daemon) -> list[SourceStats]:
    return [make.make_source_stats(**_about(source)) for source in daemon.sources]


def _make_select_data(daemon: Daemon) -> list[SelectData]:
    return [
        make.make_select_data(
            **_about(source),
            state=_VERDICTS.get(source.state, SelectState("?")),
            last_sample_ago=source.last_sample_ago or 0,
        )
        for source in daemon.sources
    ]


def _make_ntp_data(daemon: Daemon) -> list[NTPData]:
    return [make.make_ntp_data(**_about(source)) for source in _ntp_sources(daemon)]


def _make_auth_data(daemon: Daemon) -> list[AuthData]:
    return [make.make_auth_data(**_about(source)) for source in _ntp_sources(daemon)]


def _make_activity(daemon: Daemon) -> Activity:
    resolved = [source.is_resolved for source in _ntp_sources(daemon)]
    return make.make_activity(online=resolved.count(True), unresolved=resolved.count(False))


def _ntp_sources(daemon: Daemon) -> list[Source]:
    return [source for source in daemon.sources if not source.is_reference_clock]


def _about(record: Any) -> dict[str, Any]:
    return {"address": record.address, "name": record.name}


class _Service(NamedTuple):
    """How one chronyd answers a request."""

    report: Report
    reply: Reply
    open_over_udp: bool


class Daemon:
    """What a chronyd of some version has to report."""

    tracking = _Reported[TrackingStatus](TrackingStatus, lambda _: make.make_tracking())
    """The tracking report. May be replaced at any time, as may all that follow."""
    sources = _Reported[Sequence[Source]](Source, _make_sources)
    """The sources. The other lists have records of the same ones, unless they are given too."""
    source_stats = _Reported[Sequence[SourceStats]](SourceStats, _make_source_stats)
    """Their statistics, in the same order."""
    select_data = _Reported[Sequence[SelectData]](SelectData, _make_select_data)
    """The verdicts on them, in the same order."""
    activity = _Reported[Activity](Activity, _make_activity)
    """The numbers of them."""
    auth_data = _Reported[Sequence[AuthData]](AuthData, _make_auth_data)
    """The authentication of the NTP sources among them."""
    ntp_data = _Reported[Sequence[NTPData]](NTPData, _make_ntp_data)
    """The last responses of the NTP sources among them."""
    server_stats = _Reported[ServerStats](ServerStats, lambda _: make.make_server_stats())
    """What was served. Counts that this version does not know are not reported."""
    rtc_data = _Reported[RTCData | None](RTCData, lambda _: None)
    """The estimate of the real-time clock, None without a driver for one."""
    smoothing = _Reported[Smoothing | None](Smoothing, lambda _: None)
    """How the served time is smoothed, None where that is not enabled."""

    def __init__(self, version: str, open_commands: Collection[str] | None) -> None:
        self._version = _parse_version(version)
        self._services = _services(self._version, open_commands)
        self._given: dict[str, Any] = {}
        self._made: dict[str, Any] = {}

    def listed(self, attribute: str) -> Sequence[Any]:
        """Return the records of a list; before 4.0 without sources that are not resolved."""
        records = getattr(self, attribute)
        if self._version >= (4, 0):
            return records
        return [record for record in records if record.is_resolved]

    def encode(self, attribute: str, record: object) -> bytes:
        """Return a record's payload; nothing where this version does not report it.

        Raises:
            TypeError, ValueError: A value has no place in it.

        """
        for service in self._services.values():
            if service.report.attribute == attribute:
                return encode_record(record, service.reply.layout)
        return b""

    def answer(self, request: Request, *, over_udp: bool) -> bytes:
        """Return the answer to a request."""
        outcome = self._outcome(request, over_udp)
        if isinstance(outcome, Status):
            return build_reply(request, outcome)
        reply, record = outcome
        payload = encode_record(record, reply.layout)
        return build_reply(request, Status.SUCCESS, reply.code, payload)

    def is_dropped(self, request: Request) -> bool:
        """Tell whether a request is too long to be answered."""
        return self._version >= (4, 0) and request.length > _LONGEST_REQUEST

    def _outcome(self, request: Request, over_udp: bool) -> Status | tuple[Reply, object]:
        if request.version != VERSION:
            return Status.BAD_VERSION
        service = self._services.get(request.command)
        if service is None:
            return Status.INVALID
        if request.length < service.reply.length:
            return Status.BAD_LENGTH
        if over_udp and not service.open_over_udp:
            return Status.UNAUTHORIZED
        found = service.report.find(self, service.report.attribute, request.payload)
        return found if isinstance(found, Status) else (service.reply, found)


def _parse_version(text: str) -> Version:
    match = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", text, re.ASCII) if isinstance(text, str) else None
    if match and (int(match[1]), int(match[2])) in _RELEASES:
        return int(match[1]), int(match[2])
    raise ValueError(f"version must be a chrony release from '2.4' to '4.8', not {text!r}")


def _services(version: Version, open_commands: Collection[str] | None) -> dict[int, _Service]:
    """Return how requests are answered, by their commands."""
    opened = None if open_commands is None else _check_open_commands(version, open_commands)
    services = {}
    for report in REPORTS:
        is_open = report.open_over_udp if opened is None else report.is_opened_by(opened)
        reply = report.reply_of(version)
        if reply is not None:
            services[report.command] = _Service(report, reply, is_open)
    return services


def _check_open_commands(version: Version, names: Collection[str]) -> frozenset[str]:
    if version < (4, 7):
        raise ValueError("open_commands needs a version from '4.7' on")
    known = [report.name for report in REPORTS if report.name]
    unknown = sorted(set(names).difference(known))
    if unknown or isinstance(names, str):
        wanted = f"a collection of names out of {', '.join(known)}"
        raise ValueError(f"open_commands must be {wanted}, not {names!r}")
    return frozenset(names)
