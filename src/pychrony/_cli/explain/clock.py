"""The state of the clock in plain sentences, and all of it in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timezone

from ...models import Activity, CheckResult, LeapStatus, TrackingStatus
from .numbers import join_words, tell_age, tell_number, tell_time
from .sources import ExplainedSource, Sentence, tie_fields
from .states import Group

_BOUND = ("tracking.offset", "tracking.root_dispersion", "tracking.root_delay")
_LEAP = {LeapStatus.INSERT: "inserted", LeapStatus.DELETE: "left out"}


def describe_clock(
    tracking: TrackingStatus, result: CheckResult, activity: Activity | None
) -> Iterator[Sentence]:
    """Yield what there is to tell of the clock."""

    def tell(text: str, *names: str) -> Sentence:
        return Sentence(text, tie_fields({"tracking": tracking, "activity": activity}, *names))

    if not tracking.is_synchronized():
        text = "It is not synchronized: it follows no source."
        yield tell(text, "tracking.leap_status", "tracking.reference_id")
    elif tracking.is_local_reference():
        yield tell("It follows only itself.", "tracking.reference_id", "tracking.reference_ip")
    else:
        text = f"It follows {_name(tracking, result)}: chronyd takes the time from there."
        yield tell(text, "tracking.reference_id_name")
        bound = tell_time(tracking.error_bound)
        text = (
            f"As far as chronyd can tell, it is within {bound} of the true time (its error bound)."
        )
        yield tell(text, *_BOUND)
        yield tell(_tell_offset(tracking.offset), "tracking.offset")
        yield tell(_tell_stratum(tracking.stratum), "tracking.stratum")
    updated = _tell_update(tracking, result.age)
    if updated:
        yield tell(updated, "tracking.ref_time_ns")
    leap = _LEAP.get(tracking.leap_status)
    if leap is not None:
        text = f"A leap second is announced: a second will be {leap}, by UTC. That is no fault."
        yield tell(text, "tracking.leap_status")


def _name(tracking: TrackingStatus, result: CheckResult) -> str:
    if not tracking.reference_ip:
        return f"{result.reference}, a reference clock of this computer"
    known = result.reference == tracking.reference_ip
    return result.reference if known else f"{result.reference} ({tracking.reference_ip})"


def _tell_offset(offset: float) -> str:
    if offset == 0:
        return "chronyd has nothing to correct now."
    direction = "slow" if offset > 0 else "fast"
    return f"chronyd takes it to be {tell_time(offset)} {direction}, and is correcting that."


def _tell_stratum(stratum: int) -> str:
    if stratum == 1:
        return "It has a reference clock of its own (stratum 1)."
    steps = tell_number(stratum, "step")
    return f"It is {steps} from a reference clock, such as a GPS receiver (stratum {stratum})."


def _tell_update(tracking: TrackingStatus, age: float | None) -> str:
    time = tracking.ref_datetime
    if age is None:
        return "It has not been corrected by any source since chronyd started."
    if tracking.is_local_reference():
        return ""  # chronyd says "now" then, whenever it is asked
    when = f", at {time.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC" if time else ""
    if age < 0:
        return f"It was last updated {tell_time(age)} in the future{when}."
    return f"It was last updated {tell_age(int(age))} ago{when}."


def sum_up(tracking: TrackingStatus, result: CheckResult, sources: list[ExplainedSource]) -> str:
    """Return all of it in a sentence."""
    if not tracking.is_synchronized():
        clock = "the clock is not synchronized"
    elif tracking.is_local_reference():
        clock = "the clock follows only itself"
    else:
        bound = tell_time(tracking.error_bound)
        clock = f"the clock is synchronized to {result.reference}, to within {bound}"
    return f"In short: {clock}; {_sum_up_sources(sources)}."


def _sum_up_sources(sources: list[ExplainedSource]) -> str:
    if not sources:
        return "there is no source"
    n_used = sum(each.group is Group.USED for each in sources)
    total = f"{len(sources)} source{'' if len(sources) == 1 else 's'}"
    text = f"{n_used} of {total} {'is' if 1 in (n_used, len(sources)) else 'are'} used"
    lost = _count_briefs(each for each in sources if each.group is Group.USED and each.cause)
    rest = _count_briefs(each for each in sources if each.group is not Group.USED)
    text += f", of which {lost}" if lost else ""
    if not rest:
        return text
    return f"{text}; of the others {rest}" if n_used else f"{text}: {rest}"


def _count_briefs(sources: Iterable[ExplainedSource]) -> str:
    """Return how many of these are in which situation: "2 silent and 1 offline"; "" for none."""
    reasons = Counter(each.brief for each in sources)
    return (
        join_words([f"{number} {reason}" for reason, number in reasons.items()]) if reasons else ""
    )


def tell_unlisted(sources: list[ExplainedSource], activity: Activity | None) -> str:
    """Return what the list of sources lacks, as that of chronyd before 4.0 does; "" for nothing."""
    n_listed = sum(each.cause == "name_not_resolved" for each in sources)
    n_more = activity.unresolved - n_listed if activity is not None else 0
    if activity is None or n_more <= 0:
        return ""
    return (
        f"chronyd has {tell_number(n_more, 'more source')} that it does not list here, as the name "
        f"is not resolved. (activity: unresolved {activity.unresolved})"
    )
