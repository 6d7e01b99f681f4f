"""Judge a clock, and act on what is found."""

from __future__ import annotations

from pychrony import Finding, FindingCode, Limits, Verdict, check

URGENT = {FindingCode.NOT_SYNCHRONIZED, FindingCode.UPDATE_IN_FUTURE}


def describe(finding: Finding) -> str:
    if finding.value is None or finding.limit is None:
        return finding.message
    return f"{finding.code.value}: {finding.value:g}{finding.unit} of {finding.limit:g}"


def critical_bound(limits: Limits) -> float:
    warning, critical = limits.max_error
    return critical or warning or float("inf")


def main() -> None:
    result = check(max_error=(0.01, 0.1), min_sources=(2, 1), source=["192.0.2.1", "GPS"])
    urgent = [each for each in result.findings if each.code in URGENT]
    for finding in result.findings:
        print(finding.severity.name, describe(finding), finding.source or "-")
    assert bool(result.findings) == (result.verdict is not Verdict.OK)
    print(len(urgent), critical_bound(result.limits), result.limits.sources)


if __name__ == "__main__":
    main()
