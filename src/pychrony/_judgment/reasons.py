"""Why sources cannot be used, as far as the reports say. What these do not say is not said."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ..models import (
    AuthData,
    AuthMode,
    NTPData,
    NTPTests,
    SelectOptions,
    SelectState,
    Source,
    SourceState,
)
from .inquiry import Facts
from .sources import is_unreachable_server, is_usable


class Reason(NamedTuple):
    """What holds of a source, as the end of a sentence about one and about several."""

    of_one: str
    of_several: str


UNREACHABLE = Reason("is unreachable", "are unreachable")
SAMPLELESS = Reason("gives no samples", "give no samples")
OFFLINE = Reason("is offline", "are offline")
KEYLESS = Reason("has no NTS keys", "have no NTS keys")
UNSYNCHRONIZED = Reason(
    "last said that it is not synchronized", "last said that they are not synchronized"
)
FALSETICKER = Reason("is a falseticker", "are falsetickers")
_JITTERY = Reason("has a jitter above maxjitter", "have a jitter above maxjitter")
_NOT_SELECTABLE = Reason("cannot be selected", "cannot be selected")
_NOT_SELECTED = Reason("could be selected but is not", "could be selected but are not")
UNRESOLVED = Reason("has a name that is not resolved", "have names that are not resolved")
_NOT_REQUIRED = Reason(
    "waits for a source that require or authselectmode demands",
    "wait for a source that require or authselectmode demands",
)

# What selectdata knows of a source that is reachable.
_BY_STATE = {
    SelectState.IGNORED: Reason("has noselect", "have noselect"),
    SelectState.NOT_SYNCHRONIZED: Reason(
        "is not synchronized itself", "are not synchronized themselves"
    ),
    SelectState.MISSING_SAMPLES: Reason("has too few measurements", "have too few measurements"),
    SelectState.UNACCEPTABLE_DISTANCE: Reason(
        "has a root distance above maxdistance",
        "have a root distance above maxdistance",
    ),
    SelectState.JITTERY: _JITTERY,
    SelectState.WAITING_FOR_OTHERS: Reason("waits for other sources", "wait for other sources"),
    SelectState.STALE: Reason("has only old measurements", "have only old measurements"),
    SelectState.ORPHAN: Reason("is in orphan mode", "are in orphan mode"),
    SelectState.NOT_TRUSTED: Reason(
        "disagrees with the trusted sources", "disagree with the trusted sources"
    ),
    SelectState.FALSETICKER: FALSETICKER,
    SelectState.MISSING_SELECTABLE: Reason(
        "waits for as many selectable sources as minsources demands",
        "wait for as many selectable sources as minsources demands",
    ),
    SelectState.WAITING_FOR_UPDATE: Reason(
        "waits for a new measurement", "wait for a new measurement"
    ),
}

# The same from sources alone.
_BY_SOURCE_STATE = {
    SourceState.FALSETICKER: FALSETICKER,
    SourceState.JITTERY: _JITTERY,
    SourceState.SELECTABLE: _NOT_SELECTED,
}

ALL_REASONS = (
    *(UNRESOLVED, OFFLINE, KEYLESS, UNSYNCHRONIZED, UNREACHABLE, SAMPLELESS),
    *_BY_STATE.values(),
    *(_NOT_REQUIRED, _NOT_SELECTABLE, _NOT_SELECTED),
)


def count_reasons(facts: Facts, *, of_usable: bool = False) -> Counter[Reason]:
    """Return how many sources are not selected, and why.

    Args:
        facts: What is known.
        of_usable: Whether those that are usable and wait count too.

    """
    known = _Known(facts)
    reasons: Counter[Reason] = Counter()
    for source, state in zip(facts.sources, known.states, strict=True):
        if source.is_resolved() and (of_usable or not is_usable(source)):
            reason = known.find_reason(source, state)
            if reason is not None:
                reasons[reason] += 1
    reasons[UNRESOLVED] = count_unresolved(facts)
    _move_offline(facts, reasons)
    return reasons


def _move_offline(facts: Facts, reasons: Counter[Reason]) -> None:
    """Count sources as offline in place of what else they are.

    It is known how many are offline, but not which ones, unless all are. Most are unreachable. One
    whose last answer came late is reachable forever.
    """
    n_offline = facts.activity.offline if facts.activity is not None else 0
    n_servers = sum(source.is_resolved() for source in facts.sources) - reasons[SAMPLELESS]
    movable = (UNREACHABLE, UNSYNCHRONIZED, KEYLESS)
    if n_offline >= n_servers:
        movable = (*reasons.keys() - {UNRESOLVED, SAMPLELESS, OFFLINE},)
    for reason in movable:
        n_moved = min(n_offline - reasons[OFFLINE], reasons[reason])
        reasons[reason] -= n_moved
        reasons[OFFLINE] += n_moved


def count_unresolved(facts: Facts) -> int:
    """Return how many sources have names that are not resolved."""
    listed = sum(not source.is_resolved() for source in facts.sources)
    # The lists of some chronyds do not have those.
    return max(listed, facts.activity.unresolved if facts.activity is not None else 0)


def tell(reasons: Counter[Reason], one: str = "") -> str:
    """Return the reasons in words: "2 are unreachable, 1 has noselect".

    Args:
        reasons: How many sources each is about.
        one: What the source is called, where there is but one: "192.0.2.1 has noselect".

    """
    counts = ((reason, reasons[reason]) for reason in ALL_REASONS if reasons[reason])
    return ", ".join(f"{one or n} {reason[n > 1]}" for reason, n in counts)


def are_offline(facts: Facts) -> bool:
    """Return whether all unreachable servers are offline."""
    unreachable = sum(map(is_unreachable_server, facts.sources))
    return facts.activity is not None and facts.activity.offline >= unreachable > 0


def is_silent(facts: Facts) -> bool:
    """Return whether it is known that no unreachable server has ever answered."""
    n_answers = {data.address: data.rx_messages for data in facts.ntp_data or ()}
    unreachable = filter(is_unreachable_server, facts.sources)
    return all(n_answers.get(source.address) == 0 for source in unreachable)


def lacks_keys(data: AuthData | None) -> bool:
    """Return whether a source is to be authenticated by NTS, and there is no cookie to ask it."""
    return data is not None and data.mode is AuthMode.NTS and not data.cookies and data.attempts > 0


def is_unsynchronized(data: NTPData | None) -> bool:
    """Return whether a server's last valid answer said that its own clock is not synchronized."""
    return data is not None and data.rx_valid > 0 and NTPTests.TEST6 not in data.tests


class _Known:
    """What is known of each source beside `sources` itself."""

    def __init__(self, facts: Facts) -> None:
        self._auth_data = {data.address: data for data in facts.auth_data or ()}
        self._ntp_data = {data.address: data for data in facts.ntp_data or ()}
        select_data = facts.select_data or []
        # Only if both lists have the same sources.
        if [data.address for data in select_data] != [each.address for each in facts.sources]:
            select_data = []
        self.states = [data.state for data in select_data] or [None] * len(facts.sources)
        required = [
            source
            for source, data in zip(facts.sources, select_data, strict=False)
            if SelectOptions.REQUIRE in data.effective_options
        ]
        self._is_required = bool(required) and not any(map(is_usable, required))

    def find_reason(self, source: Source, state: SelectState | None) -> Reason | None:
        """Return why a source is not selected; None where it is."""
        if not source.is_reachable():
            return self._find_why_unreachable(source)
        if state is SelectState.MISSING_SELECTABLE and self._is_required:
            return _NOT_REQUIRED
        if state in _BY_STATE:
            return _BY_STATE[state]
        if source.state in (SourceState.SELECTED, SourceState.UNSELECTED):
            return None
        return _BY_SOURCE_STATE.get(source.state, _NOT_SELECTABLE)

    def _find_why_unreachable(self, source: Source) -> Reason:
        if source.is_reference_clock():
            return SAMPLELESS
        if lacks_keys(self._auth_data.get(source.address)):
            return KEYLESS
        if is_unsynchronized(self._ntp_data.get(source.address)):
            return UNSYNCHRONIZED
        return UNREACHABLE
