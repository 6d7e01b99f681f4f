"""Why a clock follows no source, as far as the reports say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ..models import Finding, FindingCode, Source, SourceState, Verdict
from .inquiry import Facts

_USABLE = (SourceState.SELECTED, SourceState.UNSELECTED, SourceState.SELECTABLE)


def is_usable(source: Source) -> bool:
    """Return whether the clock could follow this source now."""
    return source.state in _USABLE and source.is_reachable()


# The first that holds of a source is why it cannot be used.
_WHY_UNUSABLE: tuple[tuple[str, Callable[[Source], bool]], ...] = (
    ("whose names are not resolved", lambda source: not source.is_resolved()),
    ("silent", lambda source: not source.is_reachable()),
    ("falsetickers", lambda source: source.state is SourceState.FALSETICKER),
    ("too jittery", lambda source: source.state is SourceState.JITTERY),
    ("not selectable", lambda source: not is_usable(source)),
)


def count_sources(number: int, kind: str = "") -> str:
    """Return a number of sources in words."""
    return f"{number} {kind}source{'' if number == 1 else 's'}"


def count_unusable(sources: Iterable[Source]) -> str:
    """Return how many sources cannot be used, and why: "2 silent, 1 falsetickers"."""
    reasons = Counter(
        reason
        for source in sources
        for reason in [next((words for words, holds in _WHY_UNUSABLE if holds(source)), None)]
        if reason is not None
    )
    return ", ".join(f"{reasons[words]} {words}" for words, _ in _WHY_UNUSABLE if reasons[words])


def find_cause(facts: Facts) -> Finding | None:
    """Return why the clock follows no source; None where the reports do not say."""
    resolved = [source for source in facts.sources if source.is_resolved()]
    n_unresolved = len(facts.sources) - len(resolved)
    if facts.activity is not None:  # the lists of some chronyds do not have those
        n_unresolved = max(n_unresolved, facts.activity.unresolved)
    n_offline = facts.activity.offline if facts.activity is not None else 0
    if not resolved and not n_unresolved:
        return _finding(FindingCode.NO_SOURCES, "no source is configured")
    unresolved = f"the names of {count_sources(n_unresolved)} are not resolved"
    if not resolved:
        return _finding(FindingCode.NAMES_NOT_RESOLVED, unresolved)
    rest = f", and {unresolved}" if n_unresolved else ""
    if not any(source.is_reachable() for source in resolved):
        if n_offline >= len(resolved):
            text = f"all of {count_sources(len(resolved))} are offline"
            return _finding(FindingCode.ALL_OFFLINE, f"{text}{rest}")
        text = f"none of {count_sources(len(resolved))} answers"
        return _finding(FindingCode.ALL_SILENT, f"{text}{rest}")
    n_false = sum(source.state is SourceState.FALSETICKER for source in resolved)
    if n_false and not any(map(is_usable, resolved)):
        text = f"{count_sources(n_false)} disagree, and there is no majority"
        return _finding(FindingCode.NO_MAJORITY, text)
    return None


def _finding(code: FindingCode, message: str) -> Finding:
    return Finding(code, Verdict.CRITICAL, message)
