"""Each source in plain sentences: whether it is used, why, and what usually helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from ...models import (
    AuthMode,
    LeapStatus,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
)
from ...models._enums import to_names
from ..words import shown_name
from .causes import FAILED_TESTS, Case, Cause, find_cause
from .numbers import join_words, tell_age, tell_number, tell_time
from .states import (
    IGNORED_BY_FLAGS,
    OPTIONS,
    SELECT_STATES,
    SELECTABLE_IN_VAIN,
    SOURCE_STATES,
    WAITING_FOR_MINIMUM,
    Explanation,
    Group,
    explain_unknown,
)

_KINDS = {
    SourceMode.CLIENT: "a server",
    SourceMode.PEER: "a peer (each of the two may follow the other)",
    SourceMode.REFCLOCK: "a reference clock (a device of this computer)",
}


@dataclass
class Sentence:
    """A sentence, and the fields of the reports that it comes from."""

    text: str
    fields: dict[str, Any]
    """Each as "report.field"."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"text": self.text, "fields": self.fields}


@dataclass
class ExplainedSource:
    """What is told of a source."""

    name: str
    address: str
    kind: str
    state: str
    """The state's name, of selectdata or of sources."""
    letter: str | None
    """selectdata's letter, where chronyd gave it."""
    cause: str | None
    """The code of why nothing comes from it."""
    group: Group
    sentences: list[Sentence]
    remedy: str
    brief: str
    directive: str | None
    default: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        del values["brief"]
        sentences = [sentence.to_dict() for sentence in self.sentences]
        return values | {"group": self.group.name.lower(), "sentences": sentences}


def explain_source(case: Case) -> ExplainedSource:
    """Return what there is to tell of one source."""
    explanation, cause = find_explanation(case), find_cause(case)
    values = _find_values(case)
    reason = cause or explanation
    tells_state = cause is None or not explanation.is_effect
    told: list[Explanation | Cause] = [explanation] if tells_state else []
    if cause is not None:
        told.append(cause)
    if explanation.group is Group.UNUSABLE and tells_state:
        reason = explanation  # it would stay unusable if the cause went away
    sentences = [_make(case, each.sentence.format_map(values), *each.fields) for each in told]
    state = case.source.state if case.select is None else case.select.state
    return ExplainedSource(
        name=shown_name(case.source),
        address=case.source.address,
        kind=_KINDS.get(case.source.mode, case.source.mode.name),
        state=state.name,
        letter=case.select.state.value if case.select is not None else None,
        cause=cause.code if cause is not None else None,
        group=explanation.group,
        sentences=[*sentences, *_more_sentences(case, explanation, cause)],
        remedy=reason.remedy.format_map(values),
        brief=reason.brief,
        directive=reason.directive or None,
        default=(reason.default or None) if isinstance(reason, Explanation) else None,
    )


def find_explanation(case: Case) -> Explanation:
    """Return what the state of a source means."""
    state = case.source.state
    explanation = SOURCE_STATES.get(state)
    if case.select is not None:
        known = SELECT_STATES.get(case.select.state)
        if known is not None:
            return known
        group = explanation.group if explanation is not None else Group.UNKNOWN
        return explain_unknown(group, ("selectdata.state",))
    if explanation is None:
        return explain_unknown(Group.UNKNOWN, ("sources.state",))
    if state is SourceState.SELECTABLE and not case.is_clock_followed:
        return SELECTABLE_IN_VAIN
    ignored = SelectOptions.NOSELECT.value & case.source.flags
    return IGNORED_BY_FLAGS if ignored and state is SourceState.NONSELECTABLE else explanation


def tie(case: Case, *names: str) -> dict[str, Any]:
    """Return fields with their values, as far as chronyd gave them."""
    records = {
        "sources": case.source,
        "selectdata": case.select,
        "sourcestats": case.stats,
        "authdata": case.auth,
        "ntpdata": case.ntp,
        "activity": case.activity,
    }
    return tie_fields(records, *names)


def tie_fields(records: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return fields of records with their values, as plain Python."""
    found = {}
    for name in names:
        report, field = name.split(".")
        if records[report] is not None:
            value = getattr(records[report], field)
            found[name] = to_names(value) if isinstance(value, Enum) else value
    return found


def _make(case: Case, text: str, *names: str) -> Sentence:
    return Sentence(text, tie(case, *names))


def _more_sentences(
    case: Case, explanation: Explanation, cause: Cause | None
) -> Iterator[Sentence]:
    """Yield what is told of any source that gives something."""
    source = case.source
    if cause is None:
        polls, last = source.reachability.bit_count(), tell_age(source.last_sample_ago)
        fewer = "" if source.reachability >> 7 else " (chronyd may have made fewer yet)"
        verb = "given the time in" if source.is_reference_clock() else "answered"
        yield _make(
            case,
            f"It has {verb} {polls} of its last 8 polls{fewer}, and its last measurement was "
            f"{last} ago.",
            *("sources.reachability", "sources.last_sample_ago"),
        )
    if cause is None and "{offset}" not in explanation.sentence:
        yield _make(
            case,
            f"{_tell_offset(source.latest_meas)}, and the measurement may be wrong by "
            f"{tell_time(source.latest_meas_err)}.",
            *("sources.latest_meas", "sources.latest_meas_err"),
        )
    if case.select is None:
        return
    options = [
        words for option, words in OPTIONS.items() if option in case.select.effective_options
    ]
    if options:
        noun = "option" if len(options) == 1 else "options"
        text = f"It has the {noun} {'; '.join(options)}."
        yield _make(case, text, "selectdata.effective_options")
    if case.select.leap_status in (LeapStatus.INSERT, LeapStatus.DELETE):
        yield _make(case, "It announces a leap second.", "selectdata.leap_status")


def _tell_offset(offset: float) -> str:
    if offset == 0:
        return "By it this computer's clock was right at the last measurement"
    direction = "fast" if offset > 0 else "slow"
    return f"By it this computer's clock is {tell_time(offset)} {direction}"


def _find_values(case: Case) -> dict[str, str]:
    """Return the values that sentences name."""
    source, select, stats, auth, ntp = case.source, case.select, case.stats, case.auth, case.ntp
    values = {
        "name": shown_name(source),
        "state": select.state.value if select else source.state.name,
        "stratum": str(source.stratum),
        "interval": f"every {tell_time(source.poll_seconds)}",
        "age": tell_age(source.last_sample_ago),
        "samples": tell_number(stats.samples, "measurement") if stats else "too few measurements",
        "deviation": f", by {tell_time(stats.std_dev)} (standard deviation)" if stats else "",
        "distance": tell_time((select.high_limit - select.low_limit) / 2) if select else "",
        "offset": _tell_interval(case),
        "attempts": tell_number(auth.attempts, "attempt") if auth else "",
        "key": str(auth.key_id) if auth else "",
        "port": str(ntp.port) if ntp else "123 (unless chrony.conf has the option `port`)",
        "sent": tell_number(ntp.tx_messages, "request") if ntp else "",
        "received": tell_number(ntp.rx_messages, "answer") if ntp else "",
        "offline": _tell_offline(case),
        "key_differs": _tell_key_differs(case),
    }
    values |= _tell_waiting(case) | _tell_noselect(case)
    return values | _tell_tests(ntp.tests if ntp else None)


def _tell_interval(case: Case) -> str:
    select = case.select
    if select is None:
        return f"{_tell_offset(case.source.latest_meas)}."
    if select.low_limit <= 0 <= select.high_limit:
        return (
            f"By it this computer's clock is between {tell_time(select.low_limit)} slow and "
            f"{tell_time(select.high_limit)} fast."
        )
    ends = sorted((abs(select.low_limit), abs(select.high_limit)))
    least, most = map(tell_time, ends)
    direction = "fast" if select.low_limit > 0 else "slow"
    by = least if least == most else f"between {least} and {most}"
    return f"By it this computer's clock is {by} {direction}."


def _tell_offline(case: Case) -> str:
    """Return what the counts of all sources say of this one: it may be offline, or cannot be."""
    n_offline = case.activity.offline if case.activity is not None else 0
    if not n_offline:
        return ""
    return (
        f" chronyd was told that {tell_number(n_offline, 'source')} cannot be reached, and it asks "
        f"none of these, but does not report which they are. If this is one: `chronyc online "
        f"{case.source.address}`."
    )


def _tell_key_differs(case: Case) -> str:
    """Return what else may be wrong with a source that has a key, and does not answer."""
    if case.auth is None or case.auth.mode is not AuthMode.SYMMETRIC_KEY:
        return ""
    return (
        f" Check that key {case.auth.key_id} is the same on both sides: a server may give no "
        "answer where it is not."
    )


def _tell_waiting(case: Case) -> dict[str, str]:
    if not case.required:
        fewer = "If these are all there are, make `minsources` smaller in chrony.conf."
        return {"waiting": WAITING_FOR_MINIMUM, "fewer": fewer}
    names = join_words(case.required)
    waiting = f"A source with the option `require` must be one of these, and is not: {names}."
    fewer = (
        "Sources may get that option by themselves where others are authenticated, see "
        "`authselectmode` in chrony.conf."
    )
    return {"waiting": waiting, "fewer": fewer}


def _tell_noselect(case: Case) -> dict[str, str]:
    select, noselect = case.select, SelectOptions.NOSELECT
    if select is None or (
        noselect in select.configured_options or noselect not in select.effective_options
    ):
        reason = "The configuration has the option `noselect` for it"
        return {"noselect": reason, "allow": "take `noselect` out of its line"}
    reason = "It is not authenticated, and `authselectmode` in chrony.conf wants that"
    return {"noselect": reason, "allow": "authenticate it, or see to `authselectmode`"}


def _tell_tests(passed: NTPTests | None) -> dict[str, str]:
    """Return what the last answer lacked."""
    failed = (
        [] if passed is None else [FAILED_TESTS[test] for test in NTPTests if test not in passed]
    )
    reasons = [reason for reason, _ in failed]
    options = [f"`{option}`" for _, option in failed if option]
    return {
        "tests": f": of the last, {join_words(reasons)}" if reasons else "",
        "options": f"The limit is {join_words(options)} in chrony.conf." if options else "",
    }


def order(sources: list[ExplainedSource]) -> list[ExplainedSource]:
    """Return them with those first that are used, and of these the one that is followed."""
    best = (SelectState.BEST.name, SourceState.SELECTED.name)
    groups = list(Group)
    return sorted(sources, key=lambda each: (groups.index(each.group), each.state not in best))
