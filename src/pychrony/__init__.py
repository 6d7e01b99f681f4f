"""Read a computer's clock discipline: what chronyd reports, as typed Python.

    from pychrony import get_tracking

    status = get_tracking()
    print(status.offset, status.max_error, status.reference_id_name)

The floor plan: `ChronyConnection` and the `get_*` functions ask; `models` has what they return,
`exceptions` what they raise; `pychrony.testing` simulates a chronyd for tests.
"""

from ._build import __version__, libchrony_info
from ._connection import ChronyConnection, get_tracking
from ._enums import LeapStatus, Transport
from .exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    ChronyTimeoutError,
)
from .models import LibchronyInfo, TrackingStatus

__all__ = [
    "ChronyConnection",
    "ChronyConnectionError",
    "ChronyDataError",
    "ChronyError",
    "ChronyLibraryError",
    "ChronyPermissionError",
    "ChronyTimeoutError",
    "LeapStatus",
    "LibchronyInfo",
    "TrackingStatus",
    "Transport",
    "__version__",
    "get_tracking",
    "libchrony_info",
]

for _name in ("ChronyConnection", "LeapStatus", "Transport", "get_tracking", "libchrony_info"):
    globals()[_name].__module__ = __name__  # as users import it: tracebacks and pickles show it
del _name
