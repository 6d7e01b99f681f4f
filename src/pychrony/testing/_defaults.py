"""The records that are not given to a simulated chronyd, made to go with those that are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..models import LeapStatus, NTPMode, NTPTests, SelectState, SourceState, Timestamping
from . import _factories as make
from ._references import reference_id_of
from ._reports import LISTS

if TYPE_CHECKING:
    from ..models import (
        Activity,
        AuthData,
        NTPData,
        SelectData,
        Source,
        SourceStats,
        TrackingStatus,
    )
    from ._daemon import Daemon

_WORST_STRATUM = 16
_VERDICTS = {
    SourceState.SELECTED: SelectState.BEST,
    SourceState.NONSELECTABLE: SelectState.MISSING_SAMPLES,
    SourceState.FALSETICKER: SelectState.FALSETICKER,
    SourceState.JITTERY: SelectState.JITTERY,
    SourceState.UNSELECTED: SelectState.COMBINED,
    SourceState.SELECTABLE: SelectState.LARGE_DISTANCE,
}

# What chronyd reports while it follows no source, and of a source that it has no samples of.
_NOT_SYNCHRONIZED: dict[str, Any] = {
    "reference_ip": "",
    "stratum": 0,
    "leap_status": LeapStatus.UNSYNC,
    "ref_time_ns": 0,
    **dict.fromkeys(("offset", "last_offset", "rms_offset"), 0.0),
    **dict.fromkeys(("frequency", "residual_freq", "skew", "update_interval"), 0.0),
    **dict.fromkeys(("root_delay", "root_dispersion"), 1.0),
}
_NO_STATS: dict[str, Any] = {
    **dict.fromkeys(("samples", "runs", "span"), 0),
    "std_dev": 4.0,
    "skew": 2000.0,
    **dict.fromkeys(("resid_freq", "offset", "offset_err"), 0.0),
}
_NO_LIMITS: dict[str, Any] = {
    "leap_status": LeapStatus.UNSYNC,
    "last_sample_ago": 0,
    **dict.fromkeys(("low_limit", "high_limit"), 0.0),
}
_NO_RESPONSE: dict[str, Any] = {
    "local_address": None,
    "mode": NTPMode.NONE,
    **dict.fromkeys(("version", "stratum", "poll", "precision", "reference_id"), 0),
    **dict.fromkeys(("root_delay", "root_dispersion", "offset", "peer_delay"), 0.0),
    **dict.fromkeys(("peer_dispersion", "response_time", "jitter_asymmetry"), 0.0),
    "ref_time_ns": None,
    "tests": NTPTests(0),
    "authenticated": False,
    **dict.fromkeys(("tx_timestamping", "rx_timestamping"), Timestamping.NONE),
    **dict.fromkeys(("rx_messages", "rx_valid", "rx_good", "kernel_rx_timestamps"), 0),
}


def _make_tracking(daemon: Daemon) -> TrackingStatus:
    """Return that the selected source is followed, updated with its last sample."""
    for source in daemon.sources:
        if source.is_selected():
            updated = time.time_ns() // 10**9 - (source.last_sample_ago or 0)
            return make.make_tracking(
                reference_ip="" if source.is_reference_clock() else source.address,
                reference_id=reference_id_of(source.address),
                stratum=min(source.stratum + 1, _WORST_STRATUM),
                ref_time_ns=updated * 10**9,
            )
    return make.make_tracking(**_NOT_SYNCHRONIZED)


def _make_sources(daemon: Daemon) -> Sequence[Source]:
    """Return sources for the first other list that was given; three where none was."""
    for attribute in LISTS:
        given = daemon._given.get(attribute)
        if given is not None:
            return tuple(make.make_source(**_about(record)) for record in given)
    return (
        make.make_source(),
        make.make_source(address="192.0.2.2", state=SourceState.UNSELECTED),
        make.make_source(address="2001:db8::1", state=SourceState.SELECTABLE),
    )


def _make_source_stats(daemon: Daemon) -> Sequence[SourceStats]:
    return tuple(
        make.make_source_stats(**_about(source), **({} if _has_sample(source) else _NO_STATS))
        for source in daemon.sources
    )


def _make_select_data(daemon: Daemon) -> Sequence[SelectData]:
    return tuple(
        make.make_select_data(
            **_about(source),
            state=_VERDICTS.get(source.state, SelectState("?")),
            **(_age(source) if _has_sample(source) else _NO_LIMITS),
        )
        for source in daemon.sources
    )


def _make_ntp_data(daemon: Daemon) -> Sequence[NTPData]:
    return tuple(
        make.make_ntp_data(
            **_about(source), **(_response(source) if _has_sample(source) else _NO_RESPONSE)
        )
        for source in _ntp_sources(daemon)
    )


def _make_auth_data(daemon: Daemon) -> Sequence[AuthData]:
    return tuple(make.make_auth_data(**_about(source)) for source in _ntp_sources(daemon))


def _make_activity(daemon: Daemon) -> Activity:
    resolved = [source.is_resolved() for source in _ntp_sources(daemon)]
    return make.make_activity(online=resolved.count(True), unresolved=resolved.count(False))


def _ntp_sources(daemon: Daemon) -> list[Source]:
    return [source for source in daemon.sources if not source.is_reference_clock()]


def _about(record: Any) -> dict[str, Any]:
    return {"address": record.address, "name": record.name}


def _has_sample(source: Source) -> bool:
    return source.last_sample_ago is not None


def _age(source: Source) -> dict[str, Any]:
    return {"last_sample_ago": source.last_sample_ago}


def _response(source: Source) -> dict[str, Any]:
    # In 8 bits, where the list of the sources has 16.
    return {"stratum": min(source.stratum, 0xFF), "poll": min(max(source.poll, -0x80), 0x7F)}


DEFAULTS: dict[str, Callable[[Daemon], Any]] = {
    "tracking": _make_tracking,
    "sources": _make_sources,
    "source_stats": _make_source_stats,
    "select_data": _make_select_data,
    "activity": _make_activity,
    "auth_data": _make_auth_data,
    "ntp_data": _make_ntp_data,
    "server_stats": lambda _daemon: make.make_server_stats(),
    "clients": lambda _daemon: (make.make_client(),),
    "rtc_data": lambda _daemon: None,
    "smoothing": lambda _daemon: None,
}
"""What makes the records of each attribute."""
