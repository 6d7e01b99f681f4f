"""The reports that chronyd answers: by which request, from which version on, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from . import _layouts
from ._layouts import Layout
from ._wire import Status, encode_address, is_address

Version = tuple[int, ...]
Found = object | Status
"""The record to report, or why there is none."""

_ADDRESS_BYTES = 18  # the rest is padding
_IPV4 = b"\0\1"
_SMALLEST_TABLE = 16  # of clients, in chronyd


class Records(Protocol):
    """Where the records to report are."""

    def _listed(self, attribute: str) -> Sequence[Any]:
        """Return the records of a list, without those that this version of chronyd hides."""
        ...

    def _addressed(self, attribute: str) -> Mapping[bytes, Any]:
        """Return the records of a list by the address that requests have for them."""
        ...


class Reply(NamedTuple):
    """How a report is answered by one version of chronyd, and by those up to the next."""

    since: Version
    code: int
    """What tells the layout to the reader."""
    length: int
    """Bytes in the answer. The request must have as many."""
    layout: Layout
    record: Layout | None = None
    """The layout of one record, where the answer has several."""


class Report(NamedTuple):
    """A report, and the request for it."""

    name: str
    """Its name in chronyc and for `opencommands`."""
    command: int
    attribute: str
    """Where its records are; none where it is made of several lists."""
    find: Callable[[Records, str, bytes], Found]
    """Called with the records, `attribute` and what follows the request's header."""
    replies: tuple[Reply, ...]
    """Oldest first."""
    open_over_udp: bool = True

    def reply_of(self, version: Version) -> Reply | None:
        """Return how this version of chronyd answers; `None` if it does not know the report."""
        known = [reply for reply in self.replies if reply.since <= version]
        return known[-1] if known else None

    def is_opened_by(self, open_commands: frozenset[str]) -> bool:
        """Return whether chronyd's `opencommands` let it be asked for over UDP."""
        return not open_commands.isdisjoint((self.name,) if self.name else _WITH_COUNT)


class _SourceCount(NamedTuple):
    sources: int


class _SourceName(NamedTuple):
    name: str


class _ClientsFromIndex(NamedTuple):
    n_indexes: int
    next_index: int
    n_clients: int
    clients: Sequence[Any]


def _only(records: Records, attribute: str, _payload: bytes) -> Found:
    return getattr(records, attribute)


def _smoothing(records: Records, attribute: str, _payload: bytes) -> Found:
    return getattr(records, attribute) or Status.NOT_ENABLED


def _rtc(records: Records, attribute: str, _payload: bytes) -> Found:
    return getattr(records, attribute) or Status.NO_RTC


def _by_index(records: Records, attribute: str, payload: bytes) -> Found:
    listed = records._listed(attribute)
    index = int.from_bytes(payload[:4], "big")
    return listed[index] if index < len(listed) else Status.NO_SUCH_SOURCE


def by_address(listed: Sequence[Any]) -> dict[bytes, Any]:
    """Return the NTP sources of a list by address; of several with the same, the first."""
    return {
        _address_key(encode_address(record.address)): record
        for record in reversed(listed)
        if is_address(record.address)
    }


def _address_key(encoded: bytes) -> bytes:
    if encoded[16:18] == _IPV4:
        return encoded[:4] + _IPV4  # chronyd does not look at what is between
    return encoded[:_ADDRESS_BYTES]


def _by_address(records: Records, attribute: str, payload: bytes) -> Found:
    return records._addressed(attribute).get(_address_key(payload), Status.NO_SUCH_SOURCE)


def _count(records: Records, _attribute: str, _payload: bytes) -> Found:
    return _SourceCount(len(records._listed("sources")))


def _name(records: Records, _attribute: str, payload: bytes) -> Found:
    """Return the name that any of its records has for a source, or else its address."""
    found = [_by_address(records, attribute, payload) for attribute in LISTS]
    about: list[Any] = [record for record in found if not isinstance(record, Status)]
    names = [record.name for record in about if record.name is not None]
    names += [record.address for record in about]
    return _SourceName(names[0]) if names else Status.NO_SUCH_SOURCE


def _clients(records: Records, attribute: str, payload: bytes) -> Found:
    """Return some clients, as if each had the index of its place in the list.

    The counters are not reset, whatever the request says.
    """
    clients = getattr(records, attribute)
    first, most = (int.from_bytes(payload[at : at + 4], "big") for at in (0, 4))
    n_indexes = max(_SMALLEST_TABLE, 1 << (len(clients) - 1).bit_length())
    most = min(most, _layouts.CLIENTS_AT_A_TIME)
    found = clients[first : first + most]
    next_index = first + most if len(found) == most else max(first, n_indexes)
    return _ClientsFromIndex(n_indexes, next_index, len(found), found)


def _since(*replies: tuple[Version, int, int, Layout]) -> tuple[Reply, ...]:
    return tuple(Reply(*reply) for reply in replies)


def _always(code: int, length: int, layout: Layout) -> tuple[Reply, ...]:
    return (Reply((0,), code, length, layout),)


_SOURCES = _since(
    ((0,), 3, 76, _layouts.SOURCE_BEFORE_4_0),
    ((4, 0), 3, 76, _layouts.SOURCE),
)
_NTP_DATA = _since(
    ((3, 0), 16, 152, _layouts.NTP_DATA_BEFORE_4_3),
    ((4, 3), 16, 152, _layouts.NTP_DATA_BEFORE_4_6),
    ((4, 6), 26, 172, _layouts.NTP_DATA),
)
_SERVER_STATS = _since(
    ((0,), 14, 48, _layouts.SERVER_STATS_BEFORE_4_0),
    ((4, 0), 22, 60, _layouts.SERVER_STATS_BEFORE_4_2),
    ((4, 2), 24, 72, _layouts.SERVER_STATS_BEFORE_4_4),
    ((4, 4), 25, 196, _layouts.SERVER_STATS),
)
_SELECT_DATA = _since(((4, 0), 23, 76, _layouts.SELECT_DATA))
_AUTH_DATA = _since(((4, 0), 20, 52, _layouts.AUTH_DATA))
_CLIENTS = (Reply((4, 0), 21, 520, _layouts.CLIENTS, _layouts.CLIENT),)
_SOURCE_NAME = _since(((4, 0), 19, 284, _layouts.SOURCE_NAME))

REPORTS = (
    Report("", 14, "", _count, _always(2, 32, _layouts.SOURCE_COUNT)),
    Report("tracking", 33, "tracking", _only, _always(5, 104, _layouts.TRACKING)),
    Report("sources", 15, "sources", _by_index, _SOURCES),
    Report("sourcestats", 34, "source_stats", _by_index, _always(6, 84, _layouts.SOURCE_STATS)),
    Report("selectdata", 69, "select_data", _by_index, _SELECT_DATA, open_over_udp=False),
    Report("activity", 44, "activity", _only, _always(12, 48, _layouts.ACTIVITY)),
    Report("authdata", 67, "auth_data", _by_address, _AUTH_DATA, open_over_udp=False),
    Report("ntpdata", 57, "ntp_data", _by_address, _NTP_DATA, open_over_udp=False),
    Report("serverstats", 54, "server_stats", _only, _SERVER_STATS, open_over_udp=False),
    Report("clients", 68, "clients", _clients, _CLIENTS, open_over_udp=False),
    Report("rtcdata", 35, "rtc_data", _rtc, _always(7, 56, _layouts.RTC_DATA)),
    Report("smoothing", 51, "smoothing", _smoothing, _always(13, 52, _layouts.SMOOTHING)),
    Report("sourcename", 65, "", _name, _SOURCE_NAME),
)
LISTS = ("sources", "source_stats", "select_data", "ntp_data", "auth_data")
_WITH_COUNT = ("sources", "sourcestats", "selectdata", "ntpdata", "authdata")
