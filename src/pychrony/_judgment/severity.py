"""Which of several verdicts is the worst."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import Finding, Verdict

WORST_FIRST = (Verdict.CRITICAL, Verdict.UNKNOWN, Verdict.WARNING, Verdict.OK)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of them; `OK` if there is none."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.OK)


def sort_by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the worst first, in their order otherwise."""
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.severity)))
