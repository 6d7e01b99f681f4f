"""The metrics of chronyd itself: its sources' activity, its server, its clients, its clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..models import Client
from ._family import Family, Kind, Read, Sample, of_one, unit_of
from ._snapshot import Snapshot

_ACTIVITY = ("online", "offline", "burst_online", "burst_offline", "unresolved")


def _activity(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.activity is not None:
        for state in _ACTIVITY:
            yield Sample((state,), float(getattr(snapshot.activity, state)))


def _value(report: str, name: str, text: str, read: Read) -> Family:
    kind = Kind.COUNTER if name.endswith("_total") else Kind.GAUGE
    return Family(name, text, report, of_one(report, read), kind=kind, unit=unit_of(name))


_SERVER_STATS = tuple(
    _value("server_stats", f"chrony_serverstats_{name}", text, read)
    for name, text, read in (
        ("ntp_packets_received_total", "NTP requests received.", lambda r: r.ntp_received),
        ("ntp_packets_dropped_total", "NTP requests dropped.", lambda r: r.ntp_dropped),
        (
            "command_packets_received_total",
            "Monitoring requests received.",
            lambda r: r.commands_received,
        ),
        (
            "command_packets_dropped_total",
            "Monitoring requests dropped.",
            lambda r: r.commands_dropped,
        ),
        (
            "client_log_records_dropped_total",
            "Records of clients dropped for want of memory.",
            lambda r: r.client_log_dropped,
        ),
        (
            "nts_ke_connections_accepted_total",
            "NTS key establishment connections accepted.",
            lambda r: r.nts_ke_accepted,
        ),
        (
            "nts_ke_connections_dropped_total",
            "NTS key establishment connections dropped.",
            lambda r: r.nts_ke_dropped,
        ),
        (
            "authenticated_ntp_packets_total",
            "Authenticated NTP requests received.",
            lambda r: r.ntp_authenticated,
        ),
        (
            "interleaved_ntp_packets_total",
            "NTP requests received in the interleaved mode.",
            lambda r: r.ntp_interleaved,
        ),
        *(
            (
                f"ntp_{short}_{way}_timestamps_total",
                f"Responses with a time of {what} that {who} took.",
                lambda r, field=f"served_{source}_{way}": getattr(r, field),
            )
            for source, short, who in (
                ("daemon", "daemon", "chronyd"),
                ("kernel", "kernel", "the kernel"),
                ("hardware", "hw", "the network card"),
            )
            for way, what in (("rx", "receiving"), ("tx", "sending"))
        ),
        (
            "ntp_timestamps_held",
            "Timestamps held for clients in the interleaved mode.",
            lambda r: r.ntp_timestamps_held,
        ),
        (
            "ntp_timestamp_span_seconds",
            "The time that the held timestamps cover, in seconds.",
            lambda r: r.ntp_timestamp_span,
        ),
    )
)


def _connected(snapshot: Snapshot) -> Iterator[Sample]:
    if snapshot.clients is not None:
        for protocol, count in (
            ("ntp", sum(client.ntp_received > 0 for client in snapshot.clients)),
            ("nts", sum(client.nts_ke_accepted > 0 for client in snapshot.clients)),
        ):
            yield Sample((protocol,), float(count))


def _of_clients(read: Callable[[Client], float | None]) -> Callable[[Snapshot], Iterator[Sample]]:
    """Return what reads a value from each client of the NTP server."""

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        for client in snapshot.clients or ():
            value = read(client)
            if value is not None and client.ntp_received > 0:
                yield Sample((), float(value))

    return samples


_TIMES = (1.0, 5.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 21600.0, 86400.0)
_COUNTS = (0.0, 1.0, 2.0, 5.0, 10.0, 50.0, 100.0)

_CLIENTS = (
    Family(
        "chrony_clients_connected",
        "Clients of chronyd's NTP server, and of its NTS key establishment.",
        "clients",
        _connected,
        ("protocol",),
    ),
    *(
        Family(
            f"chrony_clients_{name}",
            text,
            "clients",
            _of_clients(read),
            kind=Kind.HISTOGRAM,
            unit=unit_of(name),
            buckets=buckets,
        )
        for name, text, read, buckets in (
            (
                "last_ntp_hit_ago_seconds",
                "The time since each client's last NTP request, in seconds.",
                lambda client: client.last_ntp_ago,
                _TIMES,
            ),
            (
                "ntp_interval_seconds",
                "The average interval between each client's NTP requests, in seconds.",
                lambda client: None if client.ntp_interval is None else 2.0**client.ntp_interval,
                _TIMES,
            ),
            (
                "ntp_drops",
                "Each client's NTP requests that were dropped.",
                lambda client: client.ntp_dropped,
                _COUNTS,
            ),
        )
    ),
)

_RTC = tuple(
    _value("rtc_data", f"chrony_rtc_{name}", text, read)
    for name, text, read in (
        ("samples", "How many measurements the estimate rests on.", lambda r: r.samples),
        (
            "offset_seconds",
            "How far the real-time clock was off when it was measured, in seconds. Positive "
            "means that it was fast.",
            lambda r: r.offset,
        ),
        (
            "frequency_ppms",
            "How wrong the real-time clock's rate is, in ppm. Positive means that it gains.",
            lambda r: r.freq_offset,
        ),
        (
            "reference_timestamp_seconds",
            "When the real-time clock was last measured, in seconds since 1970, UTC; 0 for never.",
            lambda r: r.ref_time,
        ),
    )
)

_SMOOTHING = tuple(
    _value("smoothing", f"chrony_smoothing_{name}", text, read)
    for name, text, read in (
        ("active", "Whether the served time is being smoothed: 1 or 0.", lambda r: r.active),
        (
            "offset_seconds",
            "How far the served time is from the true time, in seconds. Positive means that "
            "clients get time ahead of the true time.",
            lambda r: r.offset,
        ),
        (
            "frequency_ppms",
            "The rate of the served time, in ppm. Positive means that it runs fast.",
            lambda r: r.freq_offset,
        ),
        (
            "remaining_time_seconds",
            "The time until the served time is the true one again, in seconds.",
            lambda r: r.remaining_time,
        ),
    )
)

SERVER: tuple[Family, ...] = (
    Family(
        "chrony_activity_sources",
        "How many NTP sources are in this state.",
        "activity",
        _activity,
        ("state",),
    ),
    *_SERVER_STATS,
    *_CLIENTS,
    *_RTC,
    *_SMOOTHING,
)
