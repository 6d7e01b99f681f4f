"""Why sources are not used, in words: each reason, its number, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pychrony import (
    AuthMode,
    KeyType,
    LeapStatus,
    NTPTests,
    SelectData,
    SelectOptions,
    SelectState,
    Source,
    SourceState,
)
from pychrony._judgment.clock import judge
from pychrony._judgment.inquiry import Facts
from pychrony._judgment.limits import make_limits
from pychrony.testing import (
    make_activity,
    make_auth_data,
    make_ntp_data,
    make_select_data,
    make_source,
    make_tracking,
)

UNSYNCHRONIZED = make_tracking(reference_id=0, leap_status=LeapStatus.UNSYNC, ref_time_ns=0)
USABLE = "sources gives a usable answer"
ONE_NAME = "the name of 1 source is not resolved"


def sources_in(state: SourceState, number: int = 2, **values: Any) -> list[Source]:
    return [
        make_source(address=f"192.0.2.{host}", state=state, **values)
        for host in range(1, number + 1)
    ]


def judged_as(state: SelectState, number: int) -> list[SelectData]:
    return [
        make_select_data(address=f"192.0.2.{host}", state=state) for host in range(1, number + 1)
    ]


def message(sources: list[Source], **known: Any) -> str:
    facts = Facts(0, False, UNSYNCHRONIZED, sources, **known)
    limits: dict[str, Any] = dict.fromkeys(
        ("max_error", "max_offset", "max_skew", "max_age", "max_stratum", "min_sources")
    )
    return judge(facts, make_limits(None, **limits)).message


@pytest.mark.parametrize(
    ("state", "of_two", "of_one"),
    [
        ("IGNORED", "2 have noselect", "has noselect"),
        ("NOT_SYNCHRONIZED", "2 are not synchronized themselves", "is not synchronized itself"),
        ("MISSING_SAMPLES", "2 have too few measurements", "has too few measurements"),
        (
            "UNACCEPTABLE_DISTANCE",
            "2 have a root distance above maxdistance",
            "has a root distance above maxdistance",
        ),
        ("JITTERY", "2 have a jitter above maxjitter", "has a jitter above maxjitter"),
        ("WAITING_FOR_OTHERS", "2 wait for other sources", "waits for other sources"),
        ("STALE", "2 have only old measurements", "has only old measurements"),
        ("ORPHAN", "2 are in orphan mode", "is in orphan mode"),
        (
            "NOT_TRUSTED",
            "2 disagree with the trusted sources",
            "disagrees with the trusted sources",
        ),
    ],
)
def test_a_state_of_selectdata_is_told_of_one_and_of_two(
    state: str, of_two: str, of_one: str
) -> None:
    for number, words in ((2, of_two), (1, f"192.0.2.1 {of_one}")):
        sources = sources_in(SourceState.NONSELECTABLE, number)
        known = judged_as(SelectState[state], number)
        assert message(sources, select_data=known) == f"not synchronized ({words})"


def test_each_state_that_is_not_selected_has_its_words() -> None:
    selected = {SelectState.BEST, SelectState.COMBINED}
    of_another = {SelectState.NOT_PREFERRED, SelectState.LARGE_DISTANCE}  # that one is selected
    for state in set(SelectState) - selected - of_another:
        text = message(sources_in(SourceState.NONSELECTABLE, 1), select_data=judged_as(state, 1))
        assert "cannot be selected" not in text


def test_a_state_of_a_newer_chronyd_is_told_by_sources_alone() -> None:
    known = judged_as(SelectState("r"), 2)

    text = message(sources_in(SourceState.NONSELECTABLE), select_data=known)

    assert text == "not synchronized (2 cannot be selected)"


@pytest.mark.parametrize(
    "others",
    [
        judged_as(SelectState.IGNORED, 1),
        judged_as(SelectState.IGNORED, 3),
        judged_as(SelectState.IGNORED, 2)[::-1],
    ],
    ids=["fewer", "more", "another order"],
)
def test_selectdata_of_other_sources_is_left_alone(others: list[SelectData]) -> None:
    text = message(sources_in(SourceState.NONSELECTABLE), select_data=others)

    assert text == "not synchronized (2 cannot be selected)"


def test_one_falseticker_is_no_lack_of_a_majority() -> None:
    sources = [
        *sources_in(SourceState.FALSETICKER, 1),
        make_source(address="192.0.2.9", state=SourceState.JITTERY),
    ]

    assert message(sources) == (
        "not synchronized (1 has a jitter above maxjitter, 1 is a falseticker)"
    )


def test_a_source_that_is_required_is_told_only_where_it_is_not_usable() -> None:
    required = SelectOptions.REQUIRE
    known = judged_as(SelectState.MISSING_SELECTABLE, 2)
    waiting = sources_in(SourceState.SELECTABLE)
    minsources = "2 wait for as many selectable sources as minsources demands"

    assert message(waiting, select_data=known) == f"not synchronized ({minsources})"
    known = [known[0], replace(known[1], effective_options=required)]
    assert message(waiting, select_data=known) == f"not synchronized ({minsources})"
    lost = [waiting[0], replace(waiting[1], reachability=0)]
    assert message(lost, select_data=known) == (
        "not synchronized (1 is unreachable, "
        "1 waits for a source that require or authselectmode demands)"
    )


@pytest.mark.parametrize(
    ("number", "activity", "words"),
    [
        (2, (0, 2, 0), "all 2 sources are offline"),
        (1, (0, 1, 0), "192.0.2.1 is offline"),
        (2, (1, 1, 0), f"none of 2 {USABLE} (1 is offline)"),
        (1, (0, 1, 2), "192.0.2.1 is offline, and the names of 2 sources are not resolved"),
        (1, (1, 0, 1), f"192.0.2.1 gives no usable answer, and {ONE_NAME}"),
        (0, (0, 0, 1), ONE_NAME),
        (0, (0, 0, 3), "the names of 3 sources are not resolved"),
        (0, (0, 0, 0), "no source is configured"),
        (0, None, "no source is configured"),
        (3, None, f"none of 3 {USABLE}"),
    ],
)
def test_what_is_offline_or_not_resolved_is_told_by_activity(
    number: int, activity: tuple[int, int, int] | None, words: str
) -> None:
    sources = sources_in(SourceState.NONSELECTABLE, number, reachability=0)
    online, offline, unresolved = activity or (0, 0, 0)
    report = make_activity(online=online, offline=offline, unresolved=unresolved)

    found = message(sources, activity=report if activity else None)

    assert found == f"not synchronized; {words}"


def test_sources_that_are_not_listed_are_counted_beside_the_only_one_that_is() -> None:
    # chronyd before 4.0 does not list sources whose names are not resolved.
    [source] = sources_in(SourceState.NONSELECTABLE, 1)

    assert message([source], activity=make_activity(online=1, unresolved=2)) == (
        "not synchronized (2 have names that are not resolved, 1 cannot be selected)"
    )


def test_a_source_that_is_offline_may_still_be_reachable() -> None:
    sources = sources_in(SourceState.NONSELECTABLE)
    known = judged_as(SelectState.MISSING_SAMPLES, 2)
    offline = make_activity(online=0, offline=2)

    text = message(sources, select_data=known, activity=offline)

    assert text == "not synchronized; all 2 sources are offline"


def test_reference_clocks_and_servers_are_told_apart() -> None:
    clock = make_source(address="GPS", state=SourceState.NONSELECTABLE, reachability=0)
    [server] = sources_in(SourceState.NONSELECTABLE, 1, reachability=0)

    assert message([clock]) == "not synchronized; GPS gives no samples"
    assert message([clock, replace(clock, address="PPS")]) == (
        "not synchronized; none of 2 sources gives samples"
    )
    assert message([clock, server]) == (
        "not synchronized; none of 2 sources gives a usable answer (1 gives no samples)"
    )


def test_what_unreachable_servers_said_is_told() -> None:
    sources = sources_in(SourceState.NONSELECTABLE, 3, reachability=0)
    keys = [
        make_auth_data(address="192.0.2.1", key_type=KeyType.NONE, cookies=0, attempts=1),
        make_auth_data(address="192.0.2.2", mode=AuthMode.NONE, cookies=0, attempts=1),
    ]
    said = [
        make_ntp_data(address="192.0.2.2", tests=~NTPTests.TEST6),
        make_ntp_data(address="192.0.2.3", rx_messages=0, rx_valid=0),
    ]

    assert message(sources, auth_data=keys, ntp_data=said) == (
        "not synchronized; none of 3 sources gives a usable answer "
        "(1 has no NTS keys, 1 last said that it is not synchronized)"
    )


def test_names_are_told_where_they_were_asked_for_and_cannot_end_a_line() -> None:
    [source] = sources_in(SourceState.NONSELECTABLE, 1, reachability=0, name="a\nb\x1b[2J.example")

    text = message([source])

    assert text == "not synchronized; a?b?[2J.example gives no usable answer"
