"""What is read from chronyd at one time. All metrics are made from that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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
    _labeled: dict[str, list[tuple[tuple[str, str], Any]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def each(self, report: str) -> list[tuple[tuple[str, str], Any]]:
        """Return each record of a report about sources, with its source's address and name.

        Args:
            report: The name of an attribute here.

        """
        labeled = self._labeled.get(report)
        if labeled is None:
            labeled = self._labeled[report] = _label(getattr(self, report) or ())
        return labeled

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong with the clock, or why nobody can tell."""
        if self.check is not None:
            return self.check.findings
        return () if self.failure is None else (self.failure,)


def _label(records: Iterable[Any]) -> list[tuple[tuple[str, str], Any]]:
    """Return each record with its source's address and name.

    Two reference clocks may have one reference ID. The second is told as "GPS#2".
    """
    labeled = []
    taken: set[str] = set()
    last: dict[str, int] = {}  # each address's last number: looking for it from 2 on takes long
    for record in records:
        address, number = record.address, last.get(record.address, 1)
        while address in taken:
            number += 1
            address = f"{record.address}#{number}"
        last[record.address] = number
        taken.add(address)
        labeled.append(((address, record.name or address), record))
    return labeled
