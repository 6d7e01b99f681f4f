"""The metrics of each source: where it is, what was measured, and what chronyd makes of it."""

from __future__ import annotations

from ..models import SourceMode, SourceState
from ._family import Family
from ._of_selection import AUTH_DATA, NTP_DATA, SELECT_DATA
from ._per_source import info_of, or_infinite, value_of

_STATES = {
    SourceState.SELECTED: "sync",
    SourceState.NONSELECTABLE: "unreach",
    SourceState.FALSETICKER: "falseticker",
    SourceState.JITTERY: "jittery",
    SourceState.UNSELECTED: "candidate",
    SourceState.SELECTABLE: "outlier",
}
_MODES = {
    SourceMode.CLIENT: "client",
    SourceMode.PEER: "peer",
    SourceMode.REFCLOCK: "reference clock",
}


_OF_SOURCES = tuple(
    value_of("sources", f"chrony_sources_{name}", text, read)
    for name, text, read in (
        (
            "last_sample_age_seconds",
            "The time since the last good measurement, in seconds; +Inf before the first.",
            lambda r: or_infinite(r.last_sample_ago),
        ),
        (
            "reachability_ratio",
            "How much of the last eight polls was answered, from 0 to 1.",
            lambda r: (r.reachability & 0xFF).bit_count() / 8,
        ),
        (
            "reachability_success",
            "Whether the last poll was answered: 1 or 0.",
            lambda r: r.reachability & 1,
        ),
        (
            "last_sample_offset_seconds",
            "The offset of the last measurement in seconds, less the corrections since. "
            "Positive means that the local clock is ahead of the source.",
            lambda r: r.latest_meas,
        ),
        (
            "last_sample_error_margin_seconds",
            "The error bound of the last measurement, in seconds.",
            lambda r: r.latest_meas_err,
        ),
        ("polling_interval_seconds", "The polling interval, in seconds.", lambda r: r.poll_seconds),
        ("stratum", "The source's stratum; 0 before the first measurement.", lambda r: r.stratum),
    )
)

_OF_SOURCE_STATS = tuple(
    value_of("source_stats", f"chrony_sourcestats_{name}", text, read)
    for name, text, read in (
        ("samples", "How many measurements are kept.", lambda r: r.samples),
        ("runs", "Runs of residuals with the same sign.", lambda r: r.runs),
        (
            "span_seconds",
            "The time from the oldest measurement to the newest, in seconds.",
            lambda r: r.span,
        ),
        (
            "stddev",
            "The standard deviation of the measurements in seconds; 4 with none.",
            lambda r: r.std_dev,
        ),
        (
            "frequency_ppms",
            "The rate by which the local clock still differs from the source, in ppm. Positive "
            "means that it gains on the source.",
            lambda r: r.resid_freq,
        ),
        (
            "frequency_skew_ppms",
            "The estimated error bound of that rate, in ppm.",
            lambda r: r.skew,
        ),
        (
            "offset",
            "The estimated offset in seconds. Positive means that the local clock is ahead of the "
            "source.",
            lambda r: r.offset,
        ),
        (
            "offset_error_seconds",
            "The estimated error of the offset, in seconds.",
            lambda r: r.offset_err,
        ),
    )
)

SOURCES: tuple[Family, ...] = (
    info_of(
        "sources",
        "chrony_sources_state_info",
        "What the selection of sources makes of it, and what kind of source it is. The value is 1.",
        ("source_state", "source_mode"),
        lambda r: (
            _STATES.get(r.state, r.state.name.lower()),
            _MODES.get(r.mode, r.mode.name.lower()),
        ),
    ),
    *_OF_SOURCES,
    *_OF_SOURCE_STATS,
    *SELECT_DATA,
    *AUTH_DATA,
    *NTP_DATA,
)
