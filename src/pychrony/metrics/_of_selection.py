"""The metrics of each source that most chronyds give over their Unix socket alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..models import AuthMode, NTPTests, SelectOptions
from ._family import Family, Read, Sample
from ._per_source import SOURCE, info_of, or_infinite, value_of
from ._snapshot import Snapshot

_ALL_TESTS = len(NTPTests)


_OPTIONS = tuple((str(option.name).lower(), option.value) for option in SelectOptions)


def _options(snapshot: Snapshot) -> Iterator[Sample]:
    for source, record in snapshot.each("select_data"):
        set_ones = record.effective_options.value
        for name, bit in _OPTIONS:
            yield Sample((*source, name), float(set_ones & bit > 0))


def _failed_tests(record: Any) -> int | None:
    return _ALL_TESTS - sum(1 for _ in record.tests) if record.rx_valid else None


def _with_nts(read: Read) -> Read:
    """Return what reads a value where there is NTS. Elsewhere the fields mean something else."""
    return lambda record: read(record) if record.mode is AuthMode.NTS else None


SELECT_DATA = (
    info_of(
        "select_data",
        "chrony_selectdata_state_info",
        "How the selection of sources judged it. The value is 1.",
        ("select_state",),
        lambda r: (r.state.name.lower(),),
    ),
    *(
        value_of("select_data", f"chrony_selectdata_{name}", text, read)
        for name, text, read in (
            (
                "score",
                "The score against the selected source, which has 1; above 10 it takes its place.",
                lambda r: r.score,
            ),
            (
                "low_limit_seconds",
                "The lower end of the interval that the true offset is expected in, in seconds. "
                "Positive means that the local clock is ahead of the source.",
                lambda r: r.low_limit,
            ),
            (
                "high_limit_seconds",
                "The upper end of the interval that the true offset is expected in, in seconds. "
                "Positive means that the local clock is ahead of the source.",
                lambda r: r.high_limit,
            ),
            (
                "authenticated",
                "Whether it is authenticated, by a key or NTS: 1 or 0.",
                lambda r: r.authentication,
            ),
        )
    ),
    Family(
        "chrony_selectdata_option",
        "Whether this option of its selection is in force: 1 or 0.",
        "select_data",
        _options,
        (*SOURCE, "option"),
    ),
)

AUTH_DATA = (
    info_of(
        "auth_data",
        "chrony_authdata_info",
        "How it is authenticated. The value is 1.",
        ("auth_mode", "key_type"),
        lambda r: (r.mode.name.lower(), r.key_type.name.lower()),
    ),
    *(
        value_of("auth_data", f"chrony_authdata_{name}", text, _with_nts(read))
        for name, text, read in (
            (
                "key_establishments",
                "How many NTS key establishments there were.",
                lambda r: r.key_id,
            ),
            (
                "key_establishment_attempts",
                "Attempts at an NTS key establishment since the last one that succeeded.",
                lambda r: r.attempts,
            ),
            (
                "last_key_establishment_age_seconds",
                "The time since the last NTS key establishment, in seconds; +Inf for never.",
                lambda r: or_infinite(r.last_established_ago),
            ),
            ("cookies", "How many NTS cookies are held.", lambda r: r.cookies),
            (
                "cookie_length_bytes",
                "The length of the next NTS cookie, in bytes; 0 with none.",
                lambda r: r.cookie_length,
            ),
            (
                "nak",
                "Whether the server refused an NTS cookie since the last key establishment: 1 or "
                "0.",
                lambda r: r.nak,
            ),
        )
    ),
)

NTP_DATA = (
    *(
        value_of("ntp_data", name, text, read)
        for name, text, read in (
            (
                "chrony_sources_peer_offset_seconds",
                "The measured offset, in seconds. Positive means that the local clock is slow "
                "of the source.",
                lambda r: r.offset,
            ),
            (
                "chrony_sources_peer_delay_seconds",
                "The round-trip delay to the source, in seconds.",
                lambda r: r.peer_delay,
            ),
            (
                "chrony_sources_peer_dispersion_seconds",
                "The dispersion of the measurement, in seconds.",
                lambda r: r.peer_dispersion,
            ),
            (
                "chrony_sources_peer_response_time_seconds",
                "How long the source took to answer, in seconds.",
                lambda r: r.response_time,
            ),
            (
                "chrony_sources_peer_jitter_asymmetry_seconds",
                "On which way the network's delay varies more, a number from -0.5 to 0.5 in spite "
                "of the name. Negative means on the way to the source.",
                lambda r: r.jitter_asymmetry,
            ),
            (
                "chrony_ntpdata_jitter_asymmetry_ratio",
                "On which way the network's delay varies more, from -0.5 to 0.5. Negative means on "
                "the way to the source.",
                lambda r: r.jitter_asymmetry,
            ),
            (
                "chrony_ntpdata_packets_sent_total",
                "Messages sent to the source.",
                lambda r: r.tx_messages,
            ),
            (
                "chrony_ntpdata_packets_received_total",
                "Messages received from the source.",
                lambda r: r.rx_messages,
            ),
            (
                "chrony_ntpdata_packets_valid_total",
                "Received messages that passed tests 1 to 7.",
                lambda r: r.rx_valid,
            ),
            (
                "chrony_ntpdata_packets_good_total",
                "Received messages that passed all tests.",
                lambda r: r.rx_good,
            ),
            (
                "chrony_ntpdata_root_delay_seconds",
                "The source's own root delay, in seconds.",
                lambda r: r.root_delay,
            ),
            (
                "chrony_ntpdata_root_dispersion_seconds",
                "The source's own root dispersion, in seconds.",
                lambda r: r.root_dispersion,
            ),
            (
                "chrony_ntpdata_tests_failed",
                "How many of the ten tests the last valid response failed.",
                _failed_tests,
            ),
            (
                "chrony_ntpdata_interleaved",
                "Whether the last valid response was in the interleaved mode: 1 or 0.",
                lambda r: r.interleaved,
            ),
            (
                "chrony_ntpdata_authenticated",
                "Whether responses are authenticated: 1 or 0.",
                lambda r: r.authenticated,
            ),
        )
    ),
    info_of(
        "ntp_data",
        "chrony_ntpdata_timestamping_info",
        "What took the times of sending and receiving. The value is 1.",
        ("tx", "rx"),
        lambda r: (r.tx_timestamping.name.lower(), r.rx_timestamping.name.lower()),
    ),
)
