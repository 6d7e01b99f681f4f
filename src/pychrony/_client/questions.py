"""What chronyd can be asked: one question for each report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

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

AnswerT = TypeVar("AnswerT")
RecordT = TypeVar("RecordT")

# The kinds of question: one record of a report, all its records, those with the names that
# chronyd's configuration has for their sources, and the clients of chronyd's NTP server.
RECORD, LIST, NAMED_LIST, CLIENTS = "record", "list", "named list", "clients"


# Not frozen: that would take four times as long to import.
@dataclass(slots=True, eq=False, repr=False)
class Question(Generic[AnswerT]):
    """One question to chronyd, which it answers by a record or by a list of records.

    Args:
        report: libchrony's name of the report.
        record_class: What each record becomes. A dict has libchrony's own names for the fields.
        kind: One of the kinds above.
        index: Which record, where one is asked for.
        optional: Whether the answer is None where chronyd has turned off what it is about.
        is_extra: Whether whoever asks can do without an answer, whatever is in the way.

    """

    report: str
    record_class: type[Any]
    kind: str = RECORD
    index: int = 0
    optional: bool = False
    is_extra: bool = False


def one(report: str, record_class: type[RecordT]) -> Question[RecordT]:
    """Return the question for a report that has one record."""
    return Question(report, record_class)


def one_or_none(report: str, record_class: type[RecordT]) -> Question[RecordT | None]:
    """Return the same for a report that chronyd may not have."""
    return Question(report, record_class, optional=True)


def every(
    report: str, record_class: type[RecordT], *, names: bool = False
) -> Question[list[RecordT]]:
    """Return the question for all records of a report."""
    return Question(report, record_class, NAMED_LIST if names else LIST)


def extra(question: Question[Any]) -> Question[Any]:
    """Return the same question for whoever can do without an answer: then it is None."""
    return replace(question, is_extra=True)


TRACKING = one("tracking", TrackingStatus)
SERVER_STATS = one("serverstats", ServerStats)
ACTIVITY = one("activity", Activity)
RTC_DATA = one_or_none("rtcdata", RTCData)
SMOOTHING = one_or_none("smoothing", Smoothing)
FIRST_SELECT_DATA = one("selectdata", SelectData)
ALL_CLIENTS: Question[list[Client]] = Question("clients", Client, CLIENTS)


def sources(*, names: bool = False) -> Question[list[Source]]:
    """Return the question for the sources."""
    return every("sources", Source, names=names)


def source_stats(*, names: bool = False) -> Question[list[SourceStats]]:
    """Return the question for the regression over each source's measurements."""
    return every("sourcestats", SourceStats, names=names)


def select_data(*, names: bool = False) -> Question[list[SelectData]]:
    """Return the question for how the selection judged each source."""
    return every("selectdata", SelectData, names=names)


def auth_data(*, names: bool = False) -> Question[list[AuthData]]:
    """Return the question for how each NTP source is authenticated."""
    return every("authdata", AuthData, names=names)


def ntp_data(*, names: bool = False) -> Question[list[NTPData]]:
    """Return the question for each NTP source's last valid response."""
    return every("ntpdata", NTPData, names=names)
