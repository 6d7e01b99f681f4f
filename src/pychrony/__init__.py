"""Read a computer's clock discipline: what chronyd reports, as typed Python.

    from pychrony import get_tracking

    status = get_tracking()
    print(status.offset, status.error_bound, status.reference_id_name)

The floor plan: `ChronyConnection` and the `get_*` functions ask; `models` has what they return,
`exceptions` what they raise; `check` judges; `pychrony.testing` simulates a chronyd for tests.
"""

from ._addresses import Address
from ._build import __version__, libchrony_info
from ._check import check
from ._connection import ChronyConnection
from ._functions import (
    get_rtc_data,
    get_server_stats,
    get_smoothing,
    get_tracking,
    report_names,
)
from ._source_functions import (
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
)
from .models import (
    Activity,
    AuthData,
    AuthMode,
    CheckResult,
    KeyType,
    LeapStatus,
    LibchronyInfo,
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
    "AuthData",
    "AuthMode",
    "CheckResult",
    "ChronyConnection",
    "ChronyConnectionError",
    "ChronyDataError",
    "ChronyError",
    "ChronyLibraryError",
    "ChronyPermissionError",
    "ChronyTimeoutError",
    "KeyType",
    "LeapStatus",
    "LibchronyInfo",
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
    "check",
    "get_activity",
    "get_auth_data",
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
