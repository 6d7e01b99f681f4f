"""Clocks with something wrong, and what is alerted of each after which time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from pychrony import AuthMode, LeapStatus, SourceState, TrackingStatus
from pychrony.testing import (
    Faults,
    SimulatedChronyd,
    make_auth_data,
    make_select_data,
    make_source,
    make_tracking,
)
from tests.support.promtool import Series, name_of, series_of

HOST = {"instance": "ntp1:9123", "job": "chrony", "site": "Bern"}
FIRST, SECOND = "192.0.2.1", "192.0.2.2"
NAME = "ntp2.example.net"
OPEN = ("tracking", "sources", "sourcestats", "selectdata", "authdata", "ntpdata", "serverstats")
OPEN += ("sourcename", "activity", "rtcdata", "smoothing")

SILENT: dict[str, Any] = {"state": SourceState.NONSELECTABLE, "reachability": 0}
NO_SOURCE = [make_source(address=FIRST, **SILENT), make_source(address=SECOND, **SILENT)]
SELECTED = make_source(address=FIRST)


@dataclass
class Case:
    """A clock with something wrong, and what is alerted of it after so many minutes."""

    alert: str
    severity: str
    minutes: int
    summary: str
    description: str
    clock: dict[str, Any] = field(default_factory=dict)
    records: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    timeout: float = 60.0
    changes: Series = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def series(self) -> Series:
        """Return the series of that clock."""
        tracking = tracking_of(**self.clock)
        chronyd = SimulatedChronyd(tracking, open_commands=OPEN, **self.records)
        made = series_of(chronyd, HOST, 60, timeout=self.timeout, **self.limits)
        return made | self.changes

    def expected(self) -> dict[str, Any]:
        """Return the alert in full."""
        return {
            "exp_labels": {**HOST, **self.labels, "severity": self.severity},
            "exp_annotations": {"summary": self.summary, "description": self.description},
        }


def of_host(name: str, **labels: str) -> str:
    return name_of(name, {**HOST, **labels})


def of_source(address: str, **labels: str) -> dict[str, str]:
    return {"source_address": address, "source_name": address, **labels}


def tracking_of(*, age: float | None = 23.0, **changes: Any) -> TrackingStatus:
    """Return the tracking report of a clock that was updated so many seconds ago; None is never."""
    return make_tracking(ref_time=0.0 if age is None else time.time() - age, **changes)


UNSYNCHRONIZED: dict[str, Any] = {
    "leap_status": LeapStatus.UNSYNC,
    "reference_id": 0,
    "reference_ip": "",
    "stratum": 0,
    "age": None,
}
LOCAL: dict[str, Any] = {
    "reference_id": 0x7F7F0101,
    "reference_ip": "",
    "stratum": 8,
    "root_delay": 0.0,
    "root_dispersion": 0.0,
}


def bound(seconds: float) -> dict[str, Any]:
    """Return what makes the error bound so large."""
    return {"offset": 0.0, "root_delay": 0.0, "root_dispersion": seconds}


CASES = [
    Case(
        "ChronyDown",
        "critical",
        2,
        "chronyd does not answer on ntp1:9123.",
        "chronyd is not there, or it is silent, so that nobody knows whether the clock is right. "
        "`pychrony check` says which it is.",
        records={"faults": Faults(silent=True)},
        timeout=0.3,
    ),
    Case(
        "ChronyExporterDown",
        "critical",
        16,
        "The exporter for the clock of ntp1:9123 does not answer.",
        "Prometheus has had no metrics of this clock for 5 minutes, so that nobody knows whether "
        "it is right. See whether pychrony exporter runs there.",
        changes={of_host("up"): "1+0x10 0+0x50", of_host("chrony_up"): "1+0x10 stale"},
    ),
    Case(
        "ChronyNotSynchronized",
        "critical",
        5,
        "The clock of ntp1:9123 is not synchronized.",
        "chronyd follows no source, and the clock's error is not known. `pychrony check` says why.",
        UNSYNCHRONIZED,
        records={"sources": NO_SOURCE},
    ),
    Case(
        "ChronyLocalReference",
        "critical",
        5,
        "The clock of ntp1:9123 follows only itself.",
        "No source can be used, and chronyd serves its own time, as the directive local has it. "
        "The clock's error is not known.",
        LOCAL,
        records={"sources": NO_SOURCE},
    ),
    Case(
        "ChronyErrorBound",
        "critical",
        5,
        "The clock of ntp1:9123 may be wrong by 2s.",
        "The error bound is beyond the critical limit. It grows while there is no new measurement, "
        "and with the network's delay.",
        bound(2.0),
        others=("ChronyErrorBoundWarning",),
    ),
    Case(
        "ChronyErrorBoundWarning",
        "warning",
        5,
        "The clock of ntp1:9123 may be wrong by 750ms.",
        "The error bound is beyond the limit for a warning. It grows while there is no new "
        "measurement, and with the network's delay.",
        bound(0.75),
    ),
    Case(
        "ChronyUpdateStale",
        "warning",
        5,
        "The clock of ntp1:9123 was last updated 2h 0m 0s ago.",
        "chronyd has no new measurement that it can use, and the clock drifts. `pychrony sources` "
        "shows which sources answer.",
        {"age": 7200.25, "offset": 0.0},
        # The text has each second, and a while passes until the clock is asked.
        changes={of_host("chrony_clock_last_update_age_seconds"): "7200.25+0x60"},
    ),
    Case(
        "ChronyTooFewSources",
        "warning",
        10,
        "The clock of ntp1:9123 has 1 usable sources.",
        "That is fewer than there should be. `pychrony sources` shows which cannot be used.",
        records={"sources": [SELECTED]},
        limits={"min_sources": 2},
    ),
    Case(
        "ChronyFalseticker",
        "warning",
        15,
        f"The time of {NAME} disagrees with that of most sources of ntp1:9123.",
        f"chronyd takes {SECOND} for a falseticker and does not use it. Its clock is wrong, or the "
        "way to it is slower in one direction.",
        records={
            "sources": [
                SELECTED,
                make_source(address=SECOND, name=NAME, state=SourceState.FALSETICKER),
            ]
        },
        labels=of_source(
            SECOND, source_name=NAME, source_state="falseticker", source_mode="client"
        ),
    ),
    *(
        Case(
            "ChronyNTSFailing",
            "warning",
            15,
            f"NTS with {SECOND} fails on ntp1:9123.",
            f"There are no cookies for {SECOND}, or the key establishment is tried over and over. "
            "See whether TCP port 4460 is open on the way there and whether the server's "
            "certificate is valid: `pychrony authdata` and chronyd's log tell more.",
            records={
                "sources": [SELECTED, make_source(address=SECOND, state=SourceState.UNSELECTED)],
                "auth_data": [
                    make_auth_data(address=FIRST),
                    make_auth_data(
                        address=SECOND, mode=AuthMode.NTS, cookies=cookies, attempts=attempts
                    ),
                ],
            },
            labels=of_source(SECOND),
        )
        for cookies, attempts in ((0, 1), (3, 7))
    ),
    Case(
        "ChronySelectedSourceNotAuthenticated",
        "warning",
        15,
        "The clock of ntp1:9123 follows a source without authentication.",
        f"NTS is configured, and yet the selected source, {FIRST}, is not authenticated. The "
        "directive authselectmode require would not let chronyd use it.",
        records={
            "sources": [SELECTED, make_source(address=SECOND, state=SourceState.UNSELECTED)],
            "select_data": [
                make_select_data(address=FIRST, authentication=False),
                make_select_data(address=SECOND, authentication=True),
            ],
            "auth_data": [
                make_auth_data(address=FIRST, mode=AuthMode.NONE),
                make_auth_data(address=SECOND, mode=AuthMode.NTS),
            ],
        },
        labels=of_source(FIRST),
    ),
    Case(
        "ChronyProblem",
        "warning",
        15,
        "pychrony check finds on ntp1:9123: selected_source_silent.",
        "`pychrony check` says more, with the numbers and the limits.",
        records={
            "sources": [make_source(address=FIRST, reachability=0), make_source(address=SECOND)]
        },
        labels={"problem": "selected_source_silent"},
    ),
    Case(
        "ChronyLeapSecondPending",
        "info",
        15,
        "ntp1:9123 expects a leap second at the end of the UTC day.",
        "The leap status is insert_second. Where no leap second was announced by the IERS, a "
        "source is wrong.",
        {"leap_status": LeapStatus.INSERT},
        labels={"leap_status": "insert_second"},
    ),
    Case(
        "ChronyPartialScrape",
        "warning",
        10,
        "The report serverstats of ntp1:9123 is missing.",
        "chronyd answers, but does not give this report, so that its metrics are missing. "
        "`pychrony serverstats` says why.",
        labels={"report": "serverstats"},
        changes={of_host("chrony_scrape_success", report="serverstats"): "0+0x60"},
    ),
    Case(
        "ChronyServerDropping",
        "warning",
        16,  # it takes two scrapes to see a rate
        "The NTP server on ntp1:9123 drops 10% of the requests.",
        "Clients ask more often than the directive ratelimit allows. `pychrony clients` shows who "
        "they are.",
        changes={
            of_host("chrony_serverstats_ntp_packets_received_total"): "0+6000x60",
            of_host("chrony_serverstats_ntp_packets_dropped_total"): "0+600x60",
        },
    ),
]
