"""Read a computer's clock discipline: what chronyd reports, as typed Python.

Each `get_*` function asks chronyd once. A `ChronyConnection` stays open for many calls, and an
`AsyncChronyConnection` is the same for asyncio. A `Fleet` asks many chronyds at once.

    >>> from pychrony import ChronyConnection, get_tracking
    >>> status = get_tracking()
    >>> print(f"{status.offset:.6f} s slow of {status.reference_id_name}")
    0.000012 s slow of 192.0.2.1
    >>> with ChronyConnection() as connection:
    ...     print([source.address for source in connection.get_sources()])
    ['192.0.2.1', '192.0.2.2', '2001:db8::1']

Where to look:

- `help(get_tracking)` and the like tell the arguments, and the errors that may be raised.
- `help(TrackingStatus)` and the like tell each field with its type and unit, and what its sign
  means. Records are frozen dataclasses. Times are in seconds, rates in ppm (parts per million).
- `help(ChronyError)` tells what all errors have; `pychrony.exceptions` lists them.
- `help(check)` tells how the clock is judged.
- `help(Fleet)` tells how to ask many chronyds at once, and `help(Answers)` how to take what they
  answer.
- `help(BoundedClock)` tells how to get the time with its error.
- `help("pychrony.testing")` shows a simulated chronyd for tests.
- `pychrony --help` in a shell shows the command line.
"""

from ._bounded.clock import BoundedClock
from ._bounded.single import bounded_now
from ._client.addresses import Address
from ._client.answer import Answer
from ._client.answers import Answers
from ._client.asynchronous import AsyncChronyConnection
from ._client.blocking import ChronyConnection
from ._client.fleet import Fleet
from ._client.functions import (
    check,
    get_clients,
    get_rtc_data,
    get_server_stats,
    get_smoothing,
    get_tracking,
)
from ._client.library import __version__, libchrony_info, report_names
from ._client.source_functions import (
    get_activity,
    get_auth_data,
    get_ntp_data,
    get_select_data,
    get_source_stats,
    get_sources,
)
from .exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    ChronyTimeoutError,
    ClockUnknownError,
)
from .models import (
    Activity,
    AuthData,
    AuthMode,
    CheckResult,
    Client,
    ClockInterval,
    ClockStatus,
    Finding,
    FindingCode,
    KeyType,
    LeapStatus,
    LibchronyInfo,
    Limits,
    NTPData,
    NTPMode,
    NTPTests,
    RTCData,
    SelectData,
    SelectOptions,
    SelectState,
    ServerStats,
    Smoothing,
    Source,
    SourceMode,
    SourceState,
    SourceStats,
    Timestamping,
    TrackingStatus,
    Transport,
    Verdict,
)

__all__ = [
    "Activity",
    "Address",
    "Answer",
    "Answers",
    "AsyncChronyConnection",
    "AuthData",
    "AuthMode",
    "BoundedClock",
    "CheckResult",
    "ChronyConnection",
    "ChronyConnectionError",
    "ChronyDataError",
    "ChronyError",
    "ChronyLibraryError",
    "ChronyPermissionError",
    "ChronyTimeoutError",
    "Client",
    "ClockInterval",
    "ClockStatus",
    "ClockUnknownError",
    "Finding",
    "FindingCode",
    "Fleet",
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
    "__version__",
    "bounded_now",
    "check",
    "get_activity",
    "get_auth_data",
    "get_clients",
    "get_ntp_data",
    "get_rtc_data",
    "get_select_data",
    "get_server_stats",
    "get_smoothing",
    "get_source_stats",
    "get_sources",
    "get_tracking",
    "libchrony_info",
    "report_names",
]
