"""A thousand generated clocks: what is found is what the table says, and agrees with itself."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from pychrony import CheckResult, Finding, FindingCode, Verdict
from pychrony._judgment.judge import Judge
from tests.support.generated_clocks import Clock, draw_clock
from tests.support.oracle import CODES, Found, expect, limit_of, value_of

NOW_NS = 1_795_377_600_000_000_000
WORST_FIRST = ("CRITICAL", "WARNING", "OK")


def answer(clock: Clock, question: Any) -> Any:
    """Answer as a chronyd with this clock would."""
    if not clock.gives_all and question.report in ("selectdata", "authdata", "ntpdata"):
        assert question.is_extra
        return None
    if question.report == "selectdata" and question.kind == "record":
        return clock.select_data[0] if clock.select_data else None
    return {
        "tracking": clock.tracking,
        "sources": clock.sources,
        "selectdata": clock.select_data,
        "authdata": clock.auth_data,
        "activity": clock.activity,
        "ntpdata": clock.ntp_data,
    }[question.report]


def judged(clock: Clock) -> CheckResult:
    judge = Judge(True, **clock.limits)
    answers: tuple[Any, ...] = ()
    while (question := judge.next_question(answers)) is not None:
        answers = *answers, answer(clock, question)
    return judge.conclude(answers, clock.now_ns, remote=clock.is_remote)


def brief(finding: Finding) -> Found:
    return finding.code.value, finding.severity.name, finding.source


CLOCKS = [draw_clock(random.Random(seed), NOW_NS) for seed in range(1000)]
RESULTS = [judged(clock) for clock in CLOCKS]


@pytest.mark.parametrize("first", range(0, len(CLOCKS), 100))
def test_what_is_found_is_what_the_table_says(first: int) -> None:
    for seed in range(first, first + 100):
        found = sorted(map(brief, RESULTS[seed].findings), key=str)
        assert found == sorted(expect(CLOCKS[seed]), key=str), seed


@pytest.mark.parametrize("first", range(0, len(CLOCKS), 100))
def test_a_judgment_agrees_with_itself(first: int) -> None:
    for result in RESULTS[first : first + 100]:
        severities = [finding.severity.name for finding in result.findings]
        messages = [finding.message for finding in result.findings]
        assert result.verdict.name == (severities or ["OK"])[0]
        assert severities == sorted(severities, key=WORST_FIRST.index)
        assert result.message == "; ".join(messages) or not messages
        assert all(message.isprintable() and message for message in (*messages, result.message))


@pytest.mark.parametrize("limit", CODES)
def test_what_is_beyond_a_limit_has_the_value_and_the_limit(limit: str) -> None:
    for clock, result in zip(CLOCKS, RESULTS, strict=True):
        for finding in result.findings:
            if finding.code.value == CODES[limit]:
                assert finding.value is not None
                assert abs(finding.value) == pytest.approx(value_of(clock, limit), abs=1e-6)
                assert finding.limit == limit_of(clock, limit, finding.severity.name)


@pytest.mark.parametrize("first", range(0, len(CLOCKS), 100))
def test_a_judgment_is_a_document(first: int) -> None:
    for result in RESULTS[first : first + 100]:
        document = json.loads(json.dumps(result.to_dict(), allow_nan=False))
        assert document["verdict"] == result.verdict.name
        assert document["message"] == result.message
        assert document["findings"] == [
            {
                "code": finding.code.name,
                "severity": finding.severity.name,
                "message": finding.message,
                "value": finding.value,
                "limit": finding.limit,
                "unit": finding.unit,
                "source": finding.source,
            }
            for finding in result.findings
        ]


def test_the_clocks_have_everything_that_may_be_found() -> None:
    found = Counter(finding.code for result in RESULTS for finding in result.findings)
    members = list(FindingCode)
    of_no_clock = members[members.index(FindingCode.NOT_RUNNING) :]

    assert found.keys() == set(members) - set(of_no_clock)
    assert min(found.values()) >= 3
    verdicts = Counter(result.verdict for result in RESULTS)
    assert min(verdicts[each] for each in (Verdict.OK, Verdict.WARNING, Verdict.CRITICAL)) >= 20
