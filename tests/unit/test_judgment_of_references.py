"""Whether the clock follows what it may follow: each spelling, and what must do no harm."""

from __future__ import annotations

from typing import Any

import pytest

from pychrony import CheckResult, Source, SourceMode, SourceState, TrackingStatus
from pychrony._judgment.clock import judge
from pychrony._judgment.inquiry import Facts
from pychrony._judgment.limits import make_limits
from pychrony.testing import make_source, make_tracking

NS = 10**9
IPV6 = "2001:db8::1"
SERVER = make_source(address="192.0.2.1", name="time.example.net")
OTHER = make_source(address="192.0.2.2", name="other.example.net", state=SourceState.UNSELECTED)
CLOCK = make_source(address="GPS")


def judged(tracking: TrackingStatus, sources: list[Source], *expected: str) -> CheckResult:
    limits: dict[str, Any] = dict.fromkeys(
        ("max_error", "max_offset", "max_skew", "max_age", "max_stratum", "min_sources")
    )
    facts = Facts(tracking.ref_time_ns + NS, False, tracking, sources)
    return judge(facts, make_limits(expected or None, **limits))


def findings(result: CheckResult) -> list[tuple[str, str | None]]:
    return [(finding.code.value, finding.source) for finding in result.findings]


@pytest.mark.parametrize(
    ("address", "spelling"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", " 192.0.2.1 "),
        ("192.0.2.1", "C0000201"),
        ("192.0.2.1", "c0000201"),
        ("192.0.2.1", "time.example.net"),
        ("192.0.2.1", "Time.Example.NET."),
        (IPV6, IPV6),
        (IPV6, "2001:0DB8:0:0::0001"),
        (IPV6, "[2001:db8::1]"),
    ],
)
def test_an_address_and_a_name_have_several_spellings(address: str, spelling: str) -> None:
    source = make_source(address=address, name="time.example.net")
    tracking = make_tracking(reference_ip=address)

    assert findings(judged(tracking, [source, OTHER], "192.0.2.99", spelling)) == []


@pytest.mark.parametrize("spelling", ["GPS", "gps", "47505300"])
def test_a_reference_clock_is_expected_by_its_reference_id(spelling: str) -> None:
    tracking = make_tracking(reference_id=0x47505300)

    assert findings(judged(tracking, [CLOCK], spelling)) == []


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (("192.0.2.2",), "192.0.2.2"),
        (("192.0.2.2", "GPS"), "192.0.2.2 or GPS"),
        (("time.example",), "time.example"),
        (("192.0.2",), "192.0.2"),
        (("0",), "0"),
    ],
)
def test_another_source_is_a_warning_that_names_both(expected: tuple[str, ...], words: str) -> None:
    result = judged(make_tracking(), [SERVER, OTHER], *expected)

    assert findings(result) == [("unexpected_source", "192.0.2.1")]
    assert result.message == f"follows time.example.net, not {words}"


def test_at_the_moment_of_switching_it_is_the_source_of_the_last_update_that_counts() -> None:
    now_selected = make_source(address="192.0.2.2", name="other.example.net")
    before = make_source(name="time.example.net", state=SourceState.SELECTABLE)
    sources = [before, now_selected]

    assert findings(judged(make_tracking(), sources, "time.example.net")) == []
    assert findings(judged(make_tracking(), sources, "192.0.2.2")) == [
        ("unexpected_source", "192.0.2.1")
    ]


def test_of_a_source_that_was_replaced_the_name_is_not_known_but_the_address_is() -> None:
    replaced = [make_source(address="192.0.2.3", name="time.example.net")]

    assert findings(judged(make_tracking(), replaced, "time.example.net")) == []
    assert findings(judged(make_tracking(), replaced, "192.0.2.3")) == [
        ("unexpected_source", "192.0.2.1")
    ]


def test_the_local_reference_is_critical_whatever_is_expected() -> None:
    tracking = make_tracking(reference_id=0x7F7F0101)

    for expected in ("LOCAL", "7F7F0101", "192.0.2.1"):
        assert ("local_reference", None) in findings(judged(tracking, [SERVER], expected))
        assert judged(tracking, [SERVER], expected).verdict.name == "CRITICAL"


@pytest.mark.parametrize(
    "name",
    ["", "\0", "a\nb", "\x1b[31mred", "192.0.2.2\n", "\ud800", "%s{0}", "x" * 10_000, "1" * 5000],
)
def test_a_hostile_name_matches_nothing_but_itself(name: str) -> None:
    sources = [make_source(name=name), OTHER]

    assert findings(judged(make_tracking(), sources, "192.0.2.1")) == []
    assert findings(judged(make_tracking(), sources, "other.example.net")) == [
        ("unexpected_source", "192.0.2.1")
    ]
    if name.strip():
        assert findings(judged(make_tracking(), sources, name)) == []


def test_a_reference_clock_with_the_name_of_a_host_is_not_that_host() -> None:
    clock = make_source(address="GPS", mode=SourceMode.REFCLOCK)
    host = make_source(address="192.0.2.2", name="gps.example.net", state=SourceState.SELECTABLE)

    assert findings(judged(make_tracking(reference_id=0x47505300), [clock, host], "192.0.2.2")) == [
        ("unexpected_source", "GPS")
    ]
