"""Judge: what a connection of any kind needs for a judgment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .._client.questions import Question
from ..models import CheckResult
from .clock import judge
from .defaults import Threshold
from .inquiry import make_facts, next_question
from .limits import make_limits


class Judge:
    """Says what chronyd is asked, and judges the answers. It asks nobody itself.

    Args:
        names: Whether the sources' names are asked for.
        source: What the clock may follow.
        thresholds: The other limits.

    Raises:
        ValueError: A limit is malformed.

    """

    def __init__(
        self, names: bool, source: str | Collection[str] | None, **thresholds: Threshold
    ) -> None:
        self._limits = make_limits(source, **thresholds)
        self._names = names or bool(self._limits.sources)

    def next_question(self, answers: tuple[Any, ...]) -> Question[Any] | None:
        """Return what is to be asked after these answers; None if nothing.

        An answer to a question that is extra may be None.
        """
        return next_question(answers, self._names)

    def conclude(self, answers: tuple[Any, ...], now_ns: int, *, remote: bool) -> CheckResult:
        """Return the judgment. `now_ns` is the system's clock at the first of the answers."""
        return judge(make_facts(now_ns, remote, answers), self._limits)
