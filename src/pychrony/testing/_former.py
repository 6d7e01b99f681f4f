"""What `pychrony.testing` had in 2.0.3 and has no more: its names, and what to use instead."""

from __future__ import annotations

import sys
from typing import NoReturn

_DICTIONARY = "use {0}(), or dataclasses.asdict({0}()) for a dictionary"
_FIXTURE = "it is a fixture that pytest finds by itself: name it as an argument of the test"
_CLASS = "import it from pychrony"

_INSTEAD = {
    "TRACKING_DEFAULTS": _DICTIONARY.format("make_tracking"),
    "SOURCE_DEFAULTS": _DICTIONARY.format("make_source"),
    "SOURCESTATS_DEFAULTS": _DICTIONARY.format("make_source_stats"),
    "RTCDATA_DEFAULTS": _DICTIONARY.format("make_rtc_data"),
    **dict.fromkeys(("tracking_status", "source", "source_stats", "rtc_data"), _FIXTURE),
    **dict.fromkeys(("TrackingStatus", "Source", "SourceStats", "RTCData"), _CLASS),
    **dict.fromkeys(("LeapStatus", "SourceMode", "SourceState"), _CLASS),
}


def refuse(name: str) -> NoReturn:
    """Say what to use instead of a name. This is the module's `__getattr__`.

    Raises:
        AttributeError: Whatever the name.
        ImportError: The same for `from pychrony.testing import …`, which would replace the text of
            an AttributeError.

    """
    message = f"module 'pychrony.testing' has no attribute {name!r}"
    if name not in _INSTEAD:
        raise AttributeError(message)
    importing = sys._getframe(1).f_globals.get("__name__") in (
        "importlib._bootstrap",
        "_frozen_importlib",  # its name until importlib is imported
    )
    kind = ImportError if importing else AttributeError
    raise kind(f"{message} since 4.0.0: {_INSTEAD[name]}")
