"""Why a clock follows no source, as far as the reports say."""

from __future__ import annotations

from ..models import Finding, FindingCode, Source, Verdict
from .inquiry import Facts
from .reasons import (
    FALSETICKER,
    KEYLESS,
    OFFLINE,
    SAMPLELESS,
    UNREACHABLE,
    UNRESOLVED,
    count_reasons,
    count_unresolved,
    is_silent,
    tell,
)
from .sources import call, is_usable


def count_sources(number: int, kind: str = "") -> str:
    """Return a number of sources in words."""
    return f"{number} {kind}source{'' if number == 1 else 's'}"


def tell_unusable(facts: Facts) -> str:
    """Return why sources cannot be used, "" where all can: "2 are unreachable, 1 has noselect"."""
    return tell(count_reasons(facts), _find_only_name(facts))


def tell_unselected(facts: Facts) -> str:
    """Return why sources are not selected by a clock that follows nothing."""
    return tell(count_reasons(facts, of_usable=True), _find_only_name(facts))


def find_cause(facts: Facts) -> Finding | None:
    """Return why the clock follows no source; None where that differs from source to source."""
    resolved = [source for source in facts.sources if source.is_resolved()]
    n_unresolved = count_unresolved(facts)
    if not resolved and not n_unresolved:
        return _finding(FindingCode.NO_SOURCES, "no source is configured")
    if not resolved:
        return _finding(FindingCode.NAMES_NOT_RESOLVED, _describe_unresolved(n_unresolved))
    reasons = count_reasons(facts)
    if reasons[OFFLINE] == len(resolved) or not any(map(Source.is_reachable, resolved)):
        return _find_why_unreachable(facts, resolved, n_unresolved)
    if reasons[FALSETICKER] > 1 and not any(map(is_usable, resolved)):
        text = f"no majority of the sources agrees ({tell(reasons)})"
        return _finding(FindingCode.NO_MAJORITY, text)
    return None


def _find_why_unreachable(facts: Facts, sources: list[Source], n_unresolved: int) -> Finding:
    reasons = count_reasons(facts)
    rest = f", and {_describe_unresolved(n_unresolved)}" if n_unresolved else ""
    one = sources[0] if len(sources) == 1 else None
    if reasons[OFFLINE] == len(sources):
        who = f"all {count_sources(len(sources))} are" if one is None else f"{call(one)} is"
        return _finding(FindingCode.ALL_OFFLINE, f"{who} offline{rest}", one)
    if reasons[SAMPLELESS] == len(sources):
        del reasons[SAMPLELESS]
        verb, what = "give", "samples"
    elif is_silent(facts) and not reasons[KEYLESS]:
        verb, what = "answer", ""
    else:
        verb, what = "give", "usable answer"
    del reasons[UNREACHABLE], reasons[UNRESOLVED]
    told = tell(reasons, "it" if one else "")
    more = f" ({told})" if told else ""
    text = _deny(one, len(sources), verb, what)
    return _finding(FindingCode.ALL_SILENT, f"{text}{more}{rest}", one)


def _deny(one: Source | None, number: int, verb: str, what: str) -> str:
    """Return that no source does something: "none of 2 sources gives samples"."""
    if one is None:
        article = "a " if what.endswith("answer") else ""
        return f"none of {count_sources(number)} {verb}s {article}{what}".rstrip()
    return f"{call(one)} {verb}s no {what}" if what else f"{call(one)} does not {verb}"


def _find_only_name(facts: Facts) -> str:
    """Return what the only source is called; "" where there are more, or it is not resolved."""
    is_only = len(facts.sources) == 1 and not count_unresolved(facts)
    return call(facts.sources[0]) if is_only else ""


def _describe_unresolved(number: int) -> str:
    if number == 1:
        return "the name of 1 source is not resolved"
    return f"the names of {number} sources are not resolved"


def _finding(code: FindingCode, message: str, source: Source | None = None) -> Finding:
    address = None if source is None else source.address
    return Finding(code, Verdict.CRITICAL, message, source=address)
