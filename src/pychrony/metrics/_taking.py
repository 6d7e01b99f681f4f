"""Which reports a snapshot is made of, and the snapshot of their answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import replace
from time import monotonic_ns, time_ns
from typing import Any

from .._client import questions
from .._client.compiled import NOT_GIVEN
from .._client.questions import LIST, NAMED_LIST, Question
from .._judgment.clock import judge
from .._judgment.failures import judge_failure
from .._judgment.inquiry import Facts
from ..exceptions import ChronyConnectionError, ChronyError
from ..models import Limits
from ._snapshot import Snapshot

# By the attribute of `Snapshot`, in the order in which they are asked for.
_QUESTIONS: dict[str, Question[Any]] = {
    "tracking": questions.TRACKING,
    "sources": questions.sources(names=True),
    "select_data": questions.select_data(names=True),
    "activity": questions.ACTIVITY,
    "source_stats": questions.source_stats(names=True),
    "auth_data": questions.auth_data(names=True),
    "ntp_data": questions.ntp_data(names=True),
    "server_stats": questions.SERVER_STATS,
    "rtc_data": questions.RTC_DATA,
    "smoothing": questions.SMOOTHING,
    "clients": questions.ALL_CLIENTS,
}
REPORTS = {question.report: name for name, question in _QUESTIONS.items()}
"""The attribute of `Snapshot` for each report, by chronyc's name."""

_ALWAYS = ("tracking", "sources")
ABOUT_SOURCES = ("sources", "source_stats", "select_data", "auth_data", "ntp_data")
_ONLY_IF_ASKED = ("clients",)  # there may be very many


class Taking:
    """Says what chronyd is asked for a snapshot, and makes it of the answers. It asks nobody.

    Args:
        limits: What is good enough, for the judgment.
        is_remote: Whether chronyd is on another computer.
        reports: The reports that are wanted, by chronyc's names; tracking and sources always are.
            None: all that chronyd gives but the clients.

    """

    def __init__(
        self, limits: Limits, is_remote: bool, reports: Collection[str] | None = None
    ) -> None:
        self._limits = limits
        self._is_remote = is_remote
        self._wanted = reports
        asked = [name for name in REPORTS if name in _ALWAYS or self._is_asked(name)]
        self._left = deque(_QUESTIONS[REPORTS[name]] for name in asked)
        self._snapshot = Snapshot(outcomes={})
        self._failure: ChronyError | None = None
        self._asked_at = self._tracked_at = 0

    def _is_asked(self, report: str) -> bool:
        return report not in _ONLY_IF_ASKED if self._wanted is None else report in self._wanted

    def next_question(self) -> Question[Any] | None:
        """Return what is to be asked next; None if nothing."""
        if isinstance(self._failure, ChronyConnectionError):
            return None
        self._asked_at = monotonic_ns()
        return self._left.popleft() if self._left else None

    def take(self, question: Question[Any], answer: Any) -> None:
        """Note an answer."""
        self._tracked_at = self._tracked_at or time_ns()
        setattr(self._snapshot, REPORTS[question.report], answer)
        self._note(question, True)

    def fail(self, question: Question[Any], error: ChronyError) -> None:
        """Note that there was none."""
        if question is _QUESTIONS["sources"] and error.error_code in NOT_GIVEN:
            # It may refuse the names alone (the chrony.conf manual, `opencommands`).
            self._left = deque(map(_without_names, (question, *self._left)))
            return
        if question.report in _ALWAYS and self._failure is None:
            self._failure = error
        is_expected = self._wanted is not None or question.report in _ALWAYS
        if is_expected or error.error_code not in NOT_GIVEN:
            self._note(question, False)

    def _note(self, question: Question[Any], given: bool) -> None:
        seconds = (monotonic_ns() - self._asked_at) / 1e9
        self._snapshot.outcomes[question.report] = (given, seconds)

    def conclude(self) -> Snapshot:
        """Return the snapshot, with the judgment of the clock."""
        made = self._snapshot
        if self._failure is not None:
            made.failure = judge_failure(self._failure)
        elif made.tracking is not None and made.sources is not None:
            facts = Facts(
                self._tracked_at,
                self._is_remote,
                made.tracking,
                made.sources,
                made.select_data,
                made.auth_data,
                made.activity,
                made.ntp_data,
            )
            made.check = judge(facts, self._limits)
        return replace(made, **{name: _resolved(made, name) for name in ABOUT_SOURCES})


def _without_names(question: Question[Any]) -> Question[Any]:
    return replace(question, kind=LIST) if question.kind == NAMED_LIST else question


def _resolved(snapshot: Snapshot, name: str) -> list[Any] | None:
    records = getattr(snapshot, name)
    return None if records is None else [each for each in records if each.is_resolved()]


def check_reports(reports: Iterable[str]) -> None:
    """Check the names of reports.

    Raises:
        ValueError: There is no such report.

    """
    for report in reports:
        if report not in REPORTS:
            raise ValueError(f"there is no report {report!r}; there are {', '.join(REPORTS)}")
