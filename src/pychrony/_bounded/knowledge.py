"""What is known of the true time after several reports, of which one may contradict another."""

from __future__ import annotations

from typing import NamedTuple

from ..models import ClockStatus
from .estimate import Estimate, Rules

# After a step of the clock that chronyd has not seen, nothing narrower is known.
_WIDEST = 1_000_000_000
_MOST_DOUBTS = 16

_LEAP_SECOND = 1_000_000_000

_SET = "the clock was set, and chronyd has not measured since"
_LEAP = "a leap second is due, and chronyd has not measured since"
_CONFUSED = "chronyd contradicts itself again and again"


class Knowledge(NamedTuple):
    """What chronyd said last, and what it said before that contradicts it.

    chronyd does not see when somebody else sets the clock: its reports go on as before until it
    measures again, and the first of these measurements are mixed with older ones. So the bound is
    the largest that any of these gives. That ends when chronyd agrees with the first of them again,
    or when it has measured since and has not contradicted itself for `max_age`.
    """

    report: Estimate
    first: Estimate
    """The first report since chronyd measured last. From it on, chronyd takes the true time to run
    at a known rate: what the later ones differ from that is a movement it has not seen."""
    doubted: tuple[Estimate, ...] = ()
    since: int = 0
    """When the last contradiction was, by CLOCK_MONOTONIC_RAW."""
    updated: int = 0
    """When chronyd had measured last at that time."""
    carried: int = 0
    """What chronyd had not seen of movements when it measured. It may have measured a part of them:
    with each measurement that follows, half of it is dropped."""
    problem: str = ""
    """Why nothing is known all the same."""

    @property
    def estimate(self) -> Estimate:
        """Return what is in force."""
        latest = self.latest
        if not self.doubted:
            return latest
        bound = max(latest.bound, *(each.grown(latest.reading) for each in self.doubted))
        return latest._replace(bound=bound, status=ClockStatus.FREE_RUNNING)

    @property
    def latest(self) -> Estimate:
        """Return the last report, with what it differs from the first."""
        unseen = self.carried + self.first.differs(self.report)
        return self.report._replace(bound=self.report.bound + unseen)


def learn(known: Knowledge | None, new: Estimate, rules: Rules) -> Knowledge:
    """Return what is known after a report."""
    if known is None:
        return Knowledge(new, new)
    last = known.report
    if new.reading.raw < last.reading.raw:
        return known  # another thread asked later, and was faster
    if new.reading.real + new.bound >= last.until:
        is_over = new.updated > last.until + _LEAP_SECOND
        return Knowledge(new, new) if is_over else known._replace(problem=_LEAP)
    first, carried = known.first, known.carried
    if new.updated != last.updated:
        first, carried = new, max(first.differs(last), carried // 2)
    doubted, since, updated = known.doubted, known.since, known.updated
    if not last.agrees(new):
        doubted, since, updated = (*doubted, known.latest), new.reading.raw, new.updated
    is_over = new.reading.raw - since > rules.max_age and new.updated != updated
    if not doubted:
        return Knowledge(new, first, carried=carried)
    if is_over:
        return Knowledge(new, first)
    if doubted[0].agrees(new):
        return Knowledge(new, first, carried=doubted[0].differs(new))
    made = Knowledge(new, first, doubted[:_MOST_DOUBTS], since, updated)
    if len(doubted) > _MOST_DOUBTS:
        return made._replace(problem=_CONFUSED)
    return made if made.estimate.bound <= _WIDEST else made._replace(problem=_SET)
