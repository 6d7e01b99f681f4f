"""What chronyd reports, as frozen dataclasses, and the enumerations of their fields.

Each field that comes from libchrony says so where it is declared, in its metadata: "libchrony", the
field's name there, and "unit". That declaration is all that decoding goes by.
"""

from ._check import CheckResult, Finding, FindingCode, Limits
from ._clients import Client
from ._daemon import Activity, RTCData, ServerStats, Smoothing
from ._enums import (
    AuthMode,
    KeyType,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
    Transport,
    Verdict,
)
from ._help import document
from ._interval import ClockInterval, ClockStatus
from ._ntp import AuthData, NTPData
from ._record import LOCAL_REFERENCE_ID, Record, record
from ._sources import SelectData, Source, SourceStats
from ._tracking import TrackingStatus

__all__ = [
    "LOCAL_REFERENCE_ID",
    "Activity",
    "AuthData",
    "AuthMode",
    "CheckResult",
    "Client",
    "ClockInterval",
    "ClockStatus",
    "Finding",
    "FindingCode",
    "KeyType",
    "LeapStatus",
    "LibchronyInfo",
    "Limits",
    "NTPData",
    "NTPMode",
    "NTPTests",
    "RTCData",
    "SelectData",
    "SelectOptions",
    "SelectState",
    "ServerStats",
    "Smoothing",
    "Source",
    "SourceMode",
    "SourceState",
    "SourceStats",
    "Timestamping",
    "TrackingStatus",
    "Transport",
    "Verdict",
]


@record
class LibchronyInfo(Record):
    """The libchrony that this package was built with."""

    kind: str
    """"bundled" for pychrony's own, "system" for the one that the system has."""
    version: str
    """The version that pkg-config told, or "0.2", the API level of the bundled one."""


_named = [globals()[name] for name in __all__]
document(*(each for each in _named if isinstance(each, type) and issubclass(each, (Record, tuple))))
