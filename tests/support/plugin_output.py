"""What a plugin printed, read as the Monitoring Plugins Development Guidelines say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# "Plugin Output for Nagios": SERVICE STATUS: text | performance data, and then more lines. A "|"
# in those would begin performance data again.
_LINE = re.compile(r"CHRONY (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+)(?: \| ([^|\n]+))?")

# "Performance data": 'label'=value[UOM];[warn];[crit];[min];[max]
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = rf"(?:(?:{_NUMBER}|~)?:)?(?:{_NUMBER})?"
_MEASURE = re.compile(
    rf"([a-z_]+)=({_NUMBER})(s?)(?:;({_RANGE}))?(?:;({_RANGE}))?(?:;({_NUMBER})?)?(?:;({_NUMBER})?)?"
)


@dataclass(frozen=True)
class Measure:
    """A number with its ranges; "" is no range."""

    value: float
    unit: str
    warning: str
    critical: str
    least: str

    def level(self) -> str:
        """Return the status that the ranges give this number."""
        if is_alert(self.critical, self.value):
            return "CRITICAL"
        return "WARNING" if is_alert(self.warning, self.value) else "OK"


@dataclass(frozen=True)
class Output:
    status: str
    text: str
    measures: dict[str, Measure] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)


def is_alert(range_: str, value: float) -> bool:
    """Return whether a range gives an alert: "Threshold and Ranges", the table of examples."""
    if not range_:
        return False
    start, colon, end = range_.partition(":")
    if not colon:
        start, end = "0", start
    low = float("-inf") if start == "~" else float(start or 0)
    high = float(end) if end else float("inf")
    return not low <= value <= high


def read_output(stdout: str) -> Output:
    """Return what a plugin printed. It fails where a monitoring system would misunderstand it."""
    first, *more = stdout.removesuffix("\n").split("\n")
    match = _LINE.fullmatch(first)
    assert match is not None, stdout
    assert not any("|" in line for line in more), stdout
    measures = {}
    for pair in (match[3] or "").split():
        found = _MEASURE.fullmatch(pair)
        assert found is not None, pair
        label, value, unit, warning, critical, least, _ = found.groups(default="")
        measures[label] = Measure(float(value), unit, warning, critical, least)
    return Output(match[1], match[2], measures, more)
