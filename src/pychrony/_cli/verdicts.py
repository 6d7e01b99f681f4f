"""A judgment as text for monitoring systems, and as JSON for programs.

A monitoring system reads the first line of stdout and the exit status (Monitoring Plugins
Development Guidelines): NAME STATUS - text | label=value;warning;critical;minimum.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from ..models import CheckResult, Finding, FindingCode, Limits, Verdict
from ..models._check import Levels
from .terminal import printable

# NRPE cuts off what is more than 1024 bytes of the first line. Measures take up to 400 of them.
_LONGEST_TEXT = 500

# Where there is that much text, further findings are only counted.
_ENOUGH = 300


# Not frozen: that would take four times as long to import.
@dataclass(slots=True, eq=False, repr=False)
class Judgment:
    """What was found: a clock's state by `result`, or the one reason why there is none."""

    verdict: Verdict
    findings: Sequence[Finding]
    message: str
    result: CheckResult | None = None
    limits: Limits | None = None
    error: str | None = None
    """The name of the exception, where there is no result."""


def judgment_of(result: CheckResult) -> Judgment:
    """Return what was found of a clock."""
    return Judgment(result.verdict, result.findings, result.message, result, result.limits)


def failed(finding: Finding, error: BaseException, limits: Limits | None = None) -> Judgment:
    """Return that there is nothing to judge."""
    name = type(error).__name__
    return Judgment(finding.severity, (finding,), finding.message, None, limits, name)


class _Measure(NamedTuple):
    """A number of a clock: how it is written, and the range outside which there is an alert."""

    label: str
    read: Callable[[CheckResult], float | None]
    limit: str
    format: str = ".9f"
    unit: str = ""
    range: str = "{}"
    least: str = "0"


_WITHOUT_BOUND = {FindingCode.NOT_SYNCHRONIZED, FindingCode.LOCAL_REFERENCE}


def _bound(result: CheckResult) -> float | None:
    """Return the bound on the clock's error, where it means something."""
    is_unknown = any(finding.code in _WITHOUT_BOUND for finding in result.findings)
    return None if is_unknown else result.error_bound


_MEASURES = (
    _Measure("error_bound", _bound, "max_error", unit="s"),
    _Measure(
        "offset",
        lambda result: result.offset,
        "max_offset",
        unit="s",
        range="-{0}:{0}",
        least="",
    ),
    _Measure("skew", lambda result: result.skew, "max_skew", unit="ppm"),
    _Measure("age", lambda result: result.age, "max_age", ".3f", "s", "~:{}", ""),
    _Measure("stratum", lambda result: result.stratum, "max_stratum", "d"),
    _Measure("sources", lambda result: result.usable_sources, "min_sources", "d", range="{}:"),
)


def first_line(judgment: Judgment) -> str:
    """Return the line that monitoring systems read."""
    line = f"CHRONY {judgment.verdict.name} - {short_text(judgment)}"
    if judgment.result is None:
        return line
    return f"{line} | {' '.join(_list_performance_data(judgment.result))}"


def short_text(judgment: Judgment) -> str:
    """Return what is wrong, the worst first, as far as it is not too long; or the good state."""
    messages = [plain(finding.message) for finding in judgment.findings]
    if not messages:
        return _cut(plain(judgment.message))
    kept = [_cut(messages[0])]
    for message in messages[1:]:
        if _length("; ".join((*kept, message))) > _ENOUGH:
            break
        kept.append(message)
    left = len(messages) - len(kept)
    return "; ".join(kept) + (f"; and {left} more (-v)" if left else "")


def more_lines(judgment: Judgment) -> Iterator[str]:
    """Yield a line for each finding, and one for each measure with its limits."""
    for finding in judgment.findings:
        yield f"{finding.severity.name} {finding.code.name}: {plain(finding.message)}"
    if judgment.result is None:
        return
    for measure in _MEASURES:
        value = measure.read(judgment.result)
        shown = "unknown" if value is None else f"{value:{measure.format}}{measure.unit}"
        levels = getattr(judgment.result.limits, measure.limit)
        names = ("WARNING", "CRITICAL")
        ranges = [
            f"{name} outside {each}"
            for name, each in zip(names, _list_ranges(measure, levels), strict=True)
            if each
        ]
        yield f"{measure.label} {shown} ({', '.join(ranges) or 'no limit'})"


def document(judgment: Judgment) -> dict[str, Any]:
    """Return all of it, in plain Python: what is not known is None."""
    if judgment.result is not None:
        known = judgment.result.to_dict()
    else:
        known = {
            "verdict": judgment.verdict.name,
            "findings": [finding.to_dict() for finding in judgment.findings],
            "message": judgment.message,
            "limits": None if judgment.limits is None else judgment.limits.to_dict(),
        }
    names = [field.name for field in fields(CheckResult)]
    return {**{name: known.get(name) for name in names}, "error": judgment.error}


def to_json(document: dict[str, Any], indent: int | None = None) -> str:
    """Return a document as JSON, which has no infinity and no NaN."""
    return json.dumps(document, indent=indent, allow_nan=False)


def plain(text: str) -> str:
    """Return a text for a line in which "|" begins the measures."""
    return printable(text).replace("|", "/")


def _list_performance_data(result: CheckResult) -> Iterator[str]:
    for measure in _MEASURES:
        value = measure.read(result)
        if value is None:
            continue
        ranges = ";".join(_list_ranges(measure, getattr(result.limits, measure.limit)))
        unit = measure.unit if measure.unit == "s" else ""  # the guidelines have no ppm
        number = f"{value:{measure.format}}{unit}"
        yield f"{measure.label}={number};{ranges};{measure.least}".removesuffix(";")


def _list_ranges(measure: _Measure, levels: Levels) -> list[str]:
    return ["" if level is None else measure.range.format(_number(level)) for level in levels]


def _number(value: float) -> str:
    """Return a number without an exponent, which not everybody reads."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _cut(text: str) -> str:
    if _length(text) <= _LONGEST_TEXT:
        return text
    return f"{text.encode()[: _LONGEST_TEXT - 3].decode(errors='ignore')}..."


def _length(text: str) -> int:
    return len(text.encode(errors="backslashreplace"))
