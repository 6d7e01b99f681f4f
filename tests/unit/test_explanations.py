"""What `explain` tells: each state has its sentence, and each finding its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pychrony import FindingCode, NTPTests, SelectOptions, SelectState, SourceState, Verdict
from pychrony._cli.explain.causes import CAUSES, FAILED_TESTS, Case
from pychrony._cli.explain.findings import MEANINGS, VERDICTS
from pychrony._cli.explain.numbers import join_words, tell_number, tell_time
from pychrony._cli.explain.sources import ExplainedSource, explain_source
from pychrony._cli.explain.states import OPTIONS, SELECT_STATES, SOURCE_STATES, Explanation, Group
from pychrony.testing import (
    make_activity,
    make_auth_data,
    make_ntp_data,
    make_select_data,
    make_source,
    make_source_stats,
)

# The chronyc manual, "selectdata", column S, in its three groups.
NOT_SELECTABLE, SELECTABLE, USED = "NsMd~wSOTx", "WPUD", "+*"
GROUPS = {
    **dict.fromkeys(NOT_SELECTABLE, Group.UNUSABLE),
    **dict.fromkeys(SELECTABLE, Group.USABLE),
    **dict.fromkeys(USED, Group.USED),
}

# The chrony.conf manual: what these are "by default".
DEFAULTS = {
    SelectState.UNACCEPTABLE_DISTANCE: ("maxdistance", "3 s"),
    SelectState.JITTERY: ("maxjitter", "1 s"),
    SelectState.MISSING_SELECTABLE: ("minsources", "1"),
    SelectState.LARGE_DISTANCE: ("combinelimit", "3"),
}

FULL: dict[str, Any] = {
    "stats": make_source_stats(),
    "auth": make_auth_data(),
    "ntp": make_ntp_data(),
    "activity": make_activity(),
}
TABLES = [*SELECT_STATES.values(), *SOURCE_STATES.values(), *CAUSES]


def all_explained() -> Iterator[ExplainedSource]:
    """Yield what is told of a source in each state, with all reports and with as few as can be."""
    for state in SelectState:
        for reports in (FULL, dict[str, Any]()):
            select = make_select_data(state=state)
            yield explain_source(Case(make_source(), select, **reports))
    for source_state in SourceState:
        for followed in (True, False):
            source = make_source(state=source_state)
            yield explain_source(Case(source, is_clock_followed=followed))


def test_each_state_of_selectdata_has_a_sentence_and_the_manuals_group() -> None:
    assert {state.value: SELECT_STATES[state].group for state in SelectState} == GROUPS


def test_each_state_of_sources_has_a_sentence() -> None:
    assert set(SOURCE_STATES) == set(SourceState)


def test_the_limits_are_the_manuals() -> None:
    found = {
        state: (each.directive, each.default)
        for state, each in SELECT_STATES.items()
        if each.default
    }
    assert found == DEFAULTS


def test_each_finding_verdict_option_and_failed_test_has_its_words() -> None:
    assert set(MEANINGS) == set(FindingCode)
    assert set(VERDICTS) == set(Verdict)
    assert set(FAILED_TESTS) == set(NTPTests)
    assert set(OPTIONS) | {SelectOptions.NOSELECT} == set(SelectOptions)


def test_what_is_told_is_whole_sentences() -> None:
    texts = [text for each in TABLES for text in (each.sentence, each.remedy)]
    texts += [text for each in MEANINGS.values() for text in (each.sentence, each.remedy)]
    texts += [sentence.text for each in all_explained() for sentence in each.sentences]
    for text in texts:
        assert re.fullmatch(r"(?s)([A-Z{]|chronyd).*[.}]", text), text
        assert "  " not in text


def test_no_value_is_left_out() -> None:
    for each in all_explained():
        told = " ".join([*(sentence.text for sentence in each.sentences), each.remedy])
        assert not re.search(r"[{}]|None", told), told


def test_each_sentence_has_the_fields_that_it_comes_from() -> None:
    for each in all_explained():
        assert all(sentence.fields for sentence in each.sentences)


@pytest.mark.parametrize("letter", ["r", "L", "?", "{", "\x1b"])
def test_an_unknown_letter_is_told_as_it_is(letter: str) -> None:
    select = make_select_data(state=SelectState(letter))

    explained = explain_source(Case(make_source(state=SourceState.SELECTABLE), select))

    assert explained.group is Group.USABLE
    assert explained.letter == letter
    assert f"`{letter}`" in explained.sentences[0].text


def test_an_unknown_state_of_sources_is_told_as_it_is() -> None:
    explained = explain_source(Case(make_source(state=SourceState(9))))

    assert explained.group is Group.UNKNOWN
    assert "`UNKNOWN_9`" in explained.sentences[0].text


def test_a_cause_hides_the_state_that_follows_from_it() -> None:
    source = make_source(state=SourceState.NONSELECTABLE, reachability=0, last_sample_ago=None)
    select = make_select_data(state=SelectState.MISSING_SAMPLES)

    explained = explain_source(Case(source, select))

    assert explained.cause == "never_measured"
    assert len(explained.sentences) == 1


def test_a_state_that_follows_from_no_cause_is_told_beside_it() -> None:
    source = make_source(state=SourceState.NONSELECTABLE, reachability=0, last_sample_ago=90)
    select = make_select_data(state=SelectState.IGNORED)

    explained = explain_source(Case(source, select))

    assert explained.cause == "answered_before"
    assert ["noselect" in each.text for each in explained.sentences] == [True, False]
    assert "90 seconds ago" in explained.sentences[1].text


def test_polls_that_may_not_have_been_made_are_not_called_lost() -> None:
    few = explain_source(Case(make_source(reachability=0b111)))
    many = explain_source(Case(make_source(reachability=0b10111101)))

    assert "3 of its last 8 polls (chronyd may have made fewer yet)" in few.sentences[1].text
    assert "6 of its last 8 polls, and" in many.sentences[1].text


def test_an_option_of_chronyd_before_4_0_is_known_by_its_flag() -> None:
    source = make_source(state=SourceState.NONSELECTABLE, flags=1)  # 1: noselect

    assert "`noselect`" in explain_source(Case(source)).sentences[0].text


def test_a_source_that_authselectmode_keeps_out_is_told_so() -> None:
    select = make_select_data(state=SelectState.IGNORED, effective_options=SelectOptions.NOSELECT)

    assert "`authselectmode`" in explain_source(Case(make_source(), select)).sentences[0].text


def test_the_sign_of_an_offset_is_told_in_words() -> None:
    # A positive value of sources and selectdata: the local clock is ahead (the chronyc manual).
    ahead = explain_source(Case(make_source(latest_meas=0.25))).sentences
    assert "this computer's clock is 250 milliseconds fast" in ahead[-1].text
    select = make_select_data(state=SelectState.FALSETICKER, low_limit=-0.5, high_limit=-0.25)
    behind = explain_source(Case(make_source(), select)).sentences
    assert "clock is between 250 milliseconds and 500 milliseconds slow" in behind[0].text


def test_sources_that_are_required_are_named() -> None:
    select = make_select_data(state=SelectState.MISSING_SELECTABLE)
    case = Case(make_source(), select)

    assert "`minsources`" in explain_source(case).sentences[0].text
    waiting = explain_source(replace(case, required=("GPS", "b.example"))).sentences[0].text
    assert "`require`" in waiting
    assert "GPS and b.example" in waiting


def test_every_explanation_has_words_for_the_summary() -> None:
    explained: list[Explanation] = [*SELECT_STATES.values(), *SOURCE_STATES.values()]
    assert all(each.brief for each in [*explained, *CAUSES])
    assert len({cause.code for cause in CAUSES}) == len(CAUSES)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 nanoseconds"),
        (1e-9, "1 nanosecond"),
        (-2.5e-6, "2.5 microseconds"),
        (0.00999, "10 milliseconds"),
        (0.5, "500 milliseconds"),
        (1.0, "1 second"),
        (59.9, "60 seconds"),
        (90.0, "90 seconds"),
        (150.0, "2.5 minutes"),
        (3600.0, "60 minutes"),
        (172800.0, "2 days"),
    ],
)
def test_times_are_told_in_words(seconds: float, text: str) -> None:
    assert tell_time(seconds) == text


def test_numbers_and_lists_are_told_in_words() -> None:
    assert tell_number(0, "source") == "no source"
    assert tell_number(1, "source") == "one source"
    assert tell_number(10, "source") == "ten sources"
    assert tell_number(11, "source") == "11 sources"
    assert join_words(["one"]) == "one"
    assert join_words(["one", "two", "three"]) == "one, two and three"
