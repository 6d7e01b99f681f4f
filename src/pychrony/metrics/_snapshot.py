"""What is read from chronyd at one time. All metrics are made from that."""

from __future__ import annotations

from dataclasses import dataclass

from ..models import (
    Activity,
    AuthData,
    CheckResult,
    Client,
    Finding,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """The reports of one chronyd at one time. None is a report that was not given or asked for.

    Sources whose names are not resolved are in no list. Names were asked for.
    """

    tracking: TrackingStatus | None = None
    sources: list[Source] | None = None
    source_stats: list[SourceStats] | None = None
    select_data: list[SelectData] | None = None
    activity: Activity | None = None
    auth_data: list[AuthData] | None = None
    ntp_data: list[NTPData] | None = None
    server_stats: ServerStats | None = None
    clients: list[Client] | None = None
    rtc_data: RTCData | None = None
    smoothing: Smoothing | None = None
    check: CheckResult | None = None
    """The judgment; None where chronyd gave nothing to judge by."""
    failure: Finding | None = None
    """Why there is no judgment."""
    outcomes: dict[str, tuple[bool, float]]
    """Whether each report that was asked for was given, and how many seconds that took."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong with the clock, or why nobody can tell."""
        if self.check is not None:
            return self.check.findings
        return () if self.failure is None else (self.failure,)
