"""The clock and its sources, explained for people who do not know chrony."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import time_ns
from typing import Any, TypeVar

from ..._client.addresses import is_local, parse
from ..._client.search import OneCall
from ..._client.timeouts import deadline_after
from ..._judgment.clock import judge
from ..._judgment.failures import judge_failure
from ..._judgment.inquiry import Facts, follows_nothing
from ..._judgment.limits import make_limits
from ...exceptions import ChronyError, ChronyPermissionError
from ...models import (
    CheckResult,
    Finding,
    SelectOptions,
    SelectState,
    Source,
    SourceState,
    Verdict,
)
from ..showing import TIMEOUT
from ..terminal import colored, has_color, is_terminal, printable, window_size
from ..verdicts import Judgment, document, failed, judgment_of, to_json
from ..words import SOURCE_STATES, shown_name
from .causes import Case
from .clock import describe_clock, sum_up, tell_unlisted
from .findings import find_meaning, hides_sources, tell_verdict
from .numbers import join_words
from .sources import ExplainedSource, Sentence, explain_source, find_explanation, order
from .states import Group

_T = TypeVar("_T")

_COLORS = {Verdict.OK: "good", Verdict.WARNING: "fair"}
_WIDEST = 100  # columns: longer lines are hard to read


@dataclass
class Explained:
    """All that is told, for text and JSON alike."""

    judgment: Judgment
    clock: list[Sentence] = field(default_factory=list)
    sources: list[ExplainedSource] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    summary: str = ""


def show_explanation(options: argparse.Namespace) -> int:
    """Print the explanation; return the verdict as an exit status."""
    try:
        explained = _explain(options)
    except ChronyError as error:
        limits = make_limits(**options.limits)
        explained = Explained(failed(judge_failure(error), error, limits))
    if options.format == "json":
        print(to_json(_to_dict(explained), indent=2))
    else:
        for line in _lines(explained):
            print(line)
    return explained.judgment.verdict.value


class _Reader:
    """Reads what chronyd gives, each report once, and notes what it does not give."""

    def __init__(self) -> None:
        self._refused: list[str] = []
        self._failed: list[str] = []

    def read(self, name: str, ask: Callable[[], _T]) -> _T | None:
        """Return a report that the rest can do without, or None."""
        try:
            return ask()
        except ChronyPermissionError:
            self._refused.append(name)
        except ChronyError as error:
            self._failed.append(f"chronyd did not give {name}: {error}")
        return None

    def find_notes(self) -> list[str]:
        """Return what is left out for want of reports."""
        if not self._refused:
            return self._failed
        names = join_words(self._refused)
        refused = f"chronyd does not give {names} here"
        helps = "over its Unix socket chronyd tells more: run it as root on that computer"
        return [f"{refused}; {helps}.", *self._failed]


def _explain(options: argparse.Namespace) -> Explained:
    limits = make_limits(**options.limits)
    with OneCall(parse(options.host), deadline_after(options.timeout or TIMEOUT)) as connection:
        reader = _Reader()
        tracking = connection.get_tracking()
        now_ns = time_ns()
        sources = _read_sources(connection)
        facts = Facts(now_ns, not is_local(connection.address), tracking, sources)
        facts.activity = reader.read("activity", connection.get_activity)
        if sources:
            facts.select_data = reader.read("selectdata", connection.get_select_data)
        if any(data.authentication for data in facts.select_data or ()):
            facts.auth_data = reader.read("authdata", connection.get_auth_data)
        if any(map(_is_puzzling, sources)):
            facts.ntp_data = reader.read("ntpdata", connection.get_ntp_data)
        result = judge(facts, limits)
        stats = reader.read("sourcestats", connection.get_source_stats) if sources else None
        notes = reader.find_notes()
    return _put_together(facts, result, stats, notes)


def _read_sources(connection: OneCall) -> list[Source]:
    """Return the sources, with their names unless chronyd refuses these."""
    try:
        return connection.get_sources(names=True)
    except ChronyPermissionError:
        return connection.get_sources()


def _is_puzzling(source: Source) -> bool:
    """Return whether only ntpdata says why an NTP source gives nothing."""
    if source.is_reference_clock() or not source.is_resolved():
        return False
    return source.last_sample_ago is None or not source.is_reachable()


def _put_together(facts: Facts, result: CheckResult, stats: Any, notes: list[str]) -> Explained:
    sources = facts.sources
    lists = (
        _align(sources, records)
        for records in (facts.select_data, stats, facts.auth_data, facts.ntp_data)
    )
    required = _find_required(facts)
    followed = not follows_nothing(facts.tracking)
    explained = [
        explain_source(Case(source, *about, facts.activity, followed, required))
        for source, *about in zip(sources, *lists, strict=True)
    ]
    explained = [] if hides_sources(result.findings) else order(explained)
    unlisted = tell_unlisted(explained, facts.activity)
    return Explained(
        judgment_of(result),
        list(describe_clock(facts.tracking, result, facts.activity)),
        explained,
        [*([unlisted] if unlisted else []), *notes],
        sum_up(facts.tracking, result, explained),
    )


def _find_required(facts: Facts) -> tuple[str, ...]:
    """Return the sources of which one must be usable (option `require`), while none is."""
    required = [
        (shown_name(source), find_explanation(Case(source, select)).group)
        for source, select in zip(
            facts.sources, _align(facts.sources, facts.select_data), strict=True
        )
        if select is not None and SelectOptions.REQUIRE in select.effective_options
    ]
    if any(group is not Group.UNUSABLE for _, group in required):
        return ()
    return tuple(name for name, _ in required)


def _align(sources: Sequence[Source], records: Sequence[Any] | None) -> list[Any]:
    """Return for each source its record of another report, None where there is none.

    Two reference clocks may have one name. The lists have them in the same order.
    """
    waiting: dict[str, list[Any]] = {}
    for record in records or ():
        waiting.setdefault(record.address, []).append(record)
    return [
        waiting[source.address].pop(0) if waiting.get(source.address) else None
        for source in sources
    ]


def _to_dict(explained: Explained) -> dict[str, Any]:
    """Return one document: check's, and what is told beside it."""
    return {
        **document(explained.judgment),
        "findings": [
            _finding_to_dict(finding, explained.sources) for finding in explained.judgment.findings
        ],
        "clock": [sentence.to_dict() for sentence in explained.clock],
        "sources": [source.to_dict() for source in explained.sources],
        "notes": explained.notes,
        "summary": explained.summary,
    }


def _finding_to_dict(finding: Finding, sources: list[ExplainedSource]) -> dict[str, Any]:
    meaning = find_meaning(finding, sources)
    return finding.to_dict() | {"meaning": meaning.sentence, "remedy": meaning.remedy or None}


def _lines(explained: Explained) -> Iterator[str]:
    width = min(window_size(sys.stdout)[0] - 1, _WIDEST) if is_terminal(sys.stdout) else 80
    color = has_color(sys.stdout)

    def fill(text: str, indent: int = 0) -> list[str]:
        first, rest = " " * indent, " " * (indent + 2 if indent else 0)
        return textwrap.wrap(
            printable(text),
            max(width, 20),
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )

    verdict = tell_verdict(explained.judgment.verdict, explained.judgment.findings)
    yield colored(verdict, _COLORS.get(explained.judgment.verdict, "bad") if color else "")
    for finding in explained.judgment.findings:
        meaning = find_meaning(finding, explained.sources)
        yield from fill(f"{finding.severity.name}: {finding.message}. {meaning.sentence}", 2)
        if meaning.remedy:
            yield from fill(_remedy(meaning.remedy), 4)
    if explained.clock:
        yield ""
        yield from fill(
            "The clock, which chronyd keeps right (in parentheses: its report that says so)"
        )
        for sentence in explained.clock:
            yield from fill(_with_fields(sentence), 2)
    if explained.sources:
        yield ""
        yield from fill("The sources, which chronyd asks for the time again and again (polls)")
    for source, n_more in _merge_unresolved(explained.sources):
        yield ""
        yield from fill(_heading(source, n_more))
        for sentence in source.sentences:
            yield from fill(_with_fields(sentence), 2)
        yield from fill(_remedy(source.remedy), 2)
    for note in explained.notes:
        yield ""
        yield from fill(note)
    if explained.summary:
        yield ""
        yield from fill(explained.summary)


def _merge_unresolved(sources: list[ExplainedSource]) -> list[tuple[ExplainedSource, int]]:
    """Return each source, and how many more there are of which the same is told.

    chronyd lists the name of a pool several times while it is not resolved.
    """
    of_a_name = Counter(each.name for each in sources if each.cause == "name_not_resolved")
    found = []
    for source in sources:
        if source.cause != "name_not_resolved":
            found.append((source, 0))
        elif number := of_a_name.pop(source.name, 0):
            found.append((source, number - 1))
    return found


def _heading(source: ExplainedSource, n_more: int) -> str:
    more = f" and {n_more} more of that name" if n_more else ""
    address = "" if source.name == source.address else f" ({source.address}{more})"
    return f"{source.name}{address}, {source.kind}, {source.group.value}"


def _remedy(remedy: str) -> str:
    if remedy.startswith(("Nothing to do", "See below")):
        return remedy
    return f"What helps: {remedy}"


def _with_fields(sentence: Sentence) -> str:
    """Return a sentence, and in parentheses the fields that it comes from."""
    by_report: dict[str, list[str]] = {}
    for name, value in sentence.fields.items():
        report, field_name = name.split(".")
        by_report.setdefault(report, []).append(f"{field_name} {_tell_value(name, value)}")
    told = "; ".join(f"{report}: {', '.join(values)}" for report, values in by_report.items())
    return f"{sentence.text} ({told})" if told else sentence.text


def _tell_value(name: str, value: Any) -> str:
    """Return a value as chronyc has it: a reference ID in hexadecimal, a state with its letter."""
    if name == "tracking.reference_id":
        return f"{value:08X}"
    if name == "selectdata.state" and value in SelectState.__members__:
        return f"{value} {SelectState[value].value}"
    if name == "sources.state" and value in SourceState.__members__:
        return f"{value} {SOURCE_STATES[SourceState[value]]}"
    if isinstance(value, list):
        return "|".join(value) or "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "none" if value in (None, "") else str(value)
