"""A chronyd without its sockets: what it has to report, and what it answers a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

from ..models import (
    Activity,
    AuthData,
    Client,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)
from ._defaults import DEFAULTS
from ._layouts import encode_record
from ._reports import LISTS, REPORTS, Reply, Report, Version, by_address
from ._wire import VERSION, Request, Status, build_reply

T = TypeVar("T")

_RELEASES = {(2, 4), *((3, n) for n in range(6)), *((4, n) for n in range(9))}
_LONGEST_REQUEST = 860  # since 4.0


class Reported(Generic[T]):
    """An attribute with the records of a report, which are checked when they are assigned.

    Those that were not given, or as None, are made to go with the others. Lists are kept as tuples:
    a change of the list that was given would go unchecked, and unseen by the others.
    """

    if not TYPE_CHECKING:  # documentation tools read annotations, and shall show what is read here

        def __class_getitem__(cls, read: Any) -> Any:
            return read

    def __init__(self, record: type[Any]) -> None:
        self._record = record

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name
        self._is_list = name in (*LISTS, "clients")

    @overload
    def __get__(self, daemon: None, _owner: type) -> Reported[T]: ...
    @overload
    def __get__(self, daemon: Daemon, _owner: type) -> T: ...
    def __get__(self, daemon: Daemon | None, _owner: type) -> Reported[T] | T:
        if daemon is None:
            return self
        records = daemon._given.get(self._name)
        if records is None:
            records = daemon._derive(self._name, DEFAULTS[self._name])
        return records

    def __set__(self, daemon: Daemon, records: T | None) -> None:
        if records is None:
            daemon._given.pop(self._name, None)
        else:
            daemon._given[self._name] = self._checked(daemon, records)
        daemon._derived = {}

    def _checked(self, daemon: Daemon, records: Any) -> Any:
        if not self._is_list:
            return self._checked_record(daemon, self._name, records)
        if not isinstance(records, Sequence):
            raise TypeError(f"{self._name} must be a list of records, not {records!r}")
        return tuple(
            self._checked_record(daemon, f"{self._name}[{index}]", record)
            for index, record in enumerate(records)
        )

    def _checked_record(self, daemon: Daemon, place: str, record: Any) -> Any:
        if not isinstance(record, self._record):
            raise TypeError(f"{place} must be a {self._record.__name__}, not {record!r}")
        try:
            daemon._encode(self._name, record)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{place}: {error}") from None
        return record


class _Service(NamedTuple):
    """How one chronyd answers a request."""

    report: Report
    reply: Reply
    open_over_udp: bool


class Daemon:
    """What a chronyd of some version has to report."""

    tracking: Reported[TrackingStatus] = Reported(TrackingStatus)
    """The tracking report. It may be replaced at any time, as may all that follow."""
    sources: Reported[Sequence[Source]] = Reported(Source)
    """The sources. The other lists have records of the same ones, unless they are given too."""
    source_stats: Reported[Sequence[SourceStats]] = Reported(SourceStats)
    """The sources' statistics, in the same order."""
    select_data: Reported[Sequence[SelectData]] = Reported(SelectData)
    """The verdicts on the sources, in the same order."""
    activity: Reported[Activity] = Reported(Activity)
    """How many NTP sources are in which state."""
    auth_data: Reported[Sequence[AuthData]] = Reported(AuthData)
    """The authentication of the NTP sources."""
    ntp_data: Reported[Sequence[NTPData]] = Reported(NTPData)
    """The last responses of the NTP sources."""
    server_stats: Reported[ServerStats] = Reported(ServerStats)
    """What was served. Counts that this version does not know are not reported."""
    clients: Reported[Sequence[Client]] = Reported(Client)
    """The clients of the server."""
    rtc_data: Reported[RTCData | None] = Reported(RTCData)
    """The estimate of the real-time clock, None without a driver for one."""
    smoothing: Reported[Smoothing | None] = Reported(Smoothing)
    """How the served time is smoothed, None where that is not enabled."""

    def __init__(self, version: str, open_commands: Collection[str] | None) -> None:
        self._version = _parse_version(version)
        self._services = _services(self._version, open_commands)
        self._given = dict[str, Any]()
        self._derived = dict[object, Any]()

    def _listed(self, attribute: str) -> Sequence[Any]:
        """Return the records of a list; before 4.0 without sources that are not resolved."""
        if self._version >= (4, 0):
            return getattr(self, attribute)
        return self._derive(
            ("resolved", attribute),
            lambda _: tuple(record for record in getattr(self, attribute) if record.is_resolved()),
        )

    def _addressed(self, attribute: str) -> Mapping[bytes, Any]:
        """Return the first records of a list of each address, by what requests have for it."""
        return self._derive(("addressed", attribute), lambda _: by_address(self._listed(attribute)))

    def _derive(self, key: object, make: Callable[[Daemon], Any]) -> Any:
        """Return what follows from the records; made once, until one is assigned."""
        derived = self._derived  # another thread may replace it
        if key not in derived:
            derived[key] = make(self)
        return derived[key]

    def _encode(self, attribute: str, record: object) -> bytes:
        """Return a record's payload; nothing where this version does not report it.

        Raises:
            TypeError, ValueError: A value has no place in it.

        """
        for service in self._services.values():
            if service.report.attribute == attribute:
                return encode_record(record, service.reply.record or service.reply.layout)
        return b""

    def _answer(self, request: Request, *, over_udp: bool) -> bytes:
        """Return the answer to a request."""
        outcome = self._outcome(request, over_udp)
        if isinstance(outcome, Status):
            return build_reply(request, outcome)
        reply, record = outcome
        payload = encode_record(record, reply.layout)
        return build_reply(request, Status.SUCCESS, reply.code, payload)

    def _is_dropped(self, request: Request) -> bool:
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
