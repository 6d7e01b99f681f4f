"""What chronyd is asked for a judgment. Which question is next depends on the answers so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._client.questions import (
    ACTIVITY,
    FIRST_SELECT_DATA,
    TRACKING,
    Question,
    auth_data,
    extra,
    ntp_data,
    select_data,
    sources,
)
from ..models import (
    Activity,
    AuthData,
    AuthMode,
    NTPData,
    SelectData,
    Source,
    TrackingStatus,
)
from .sources import find_followed, is_unreachable_server, is_usable

Known = dict[str, Any]


# Not frozen: that would take four times as long to import.
@dataclass(slots=True, eq=False, repr=False)
class Facts:
    """What a clock is judged by. None is what this chronyd does not give, or need not be asked."""

    now_ns: int
    """The system's clock when chronyd gave `tracking`."""
    is_remote: bool
    tracking: TrackingStatus
    sources: list[Source]
    select_data: list[SelectData] | None = None
    auth_data: list[AuthData] | None = None
    activity: Activity | None = None
    ntp_data: list[NTPData] | None = None


def follows_nothing(tracking: TrackingStatus) -> bool:
    """Return whether the clock follows no source at all."""
    return not tracking.is_synchronized() or tracking.is_local_reference()


class _Step(NamedTuple):
    """A question, and whether it is asked where so much is known."""

    name: str
    question: Question[Any]
    is_wanted: Callable[[Known], bool] = lambda _known: True


_PROBE = "probe"


def _is_authenticated(known: Known) -> bool:
    return any(data.authentication for data in known.get("select_data") or ())


def _is_lost(known: Known) -> bool:
    """Return whether the clock follows nothing, or has nothing to follow any more."""
    return follows_nothing(known["tracking"]) or not any(map(is_usable, known["sources"]))


def _may_be_offline(known: Known) -> bool:
    followed = find_followed(known["tracking"], known["sources"])
    return _is_lost(known) or (followed is not None and not followed.is_reachable())


def _may_have_answered_in_vain(known: Known) -> bool:
    """Return whether it matters if unreachable servers have answered at all."""
    unreachable = {each.address for each in known["sources"] if is_unreachable_server(each)}
    keyed = {
        data.address for data in known.get("auth_data") or () if data.mode is AuthMode.SYMMETRIC_KEY
    }
    if known[_PROBE] is None:
        return False
    return bool(unreachable) if _is_lost(known) else not unreachable.isdisjoint(keyed)


# Each with the sources' names or without. Most chronyds give selectdata, authdata and ntpdata over
# their Unix socket alone. Where the first record is refused, no others are asked for.
_STEPS = {
    names: (
        _Step("tracking", TRACKING),
        _Step("sources", sources(names=names)),
        _Step(_PROBE, extra(FIRST_SELECT_DATA)),
        _Step("select_data", extra(select_data()), lambda known: known[_PROBE] is not None),
        _Step("auth_data", extra(auth_data()), _is_authenticated),
        _Step("activity", extra(ACTIVITY), _may_be_offline),
        _Step("ntp_data", extra(ntp_data()), _may_have_answered_in_vain),
    )
    for names in (False, True)
}


def next_question(answers: tuple[Any, ...], names: bool) -> Question[Any] | None:
    """Return what is to be asked after these answers; None if nothing.

    Args:
        answers: All answers so far. One to a question that is extra may be None.
        names: Whether the sources' names are asked for.

    """
    return _go_through(answers, names)[1]


def make_facts(now_ns: int, is_remote: bool, answers: tuple[Any, ...]) -> Facts:
    """Return what all answers say."""
    known, _ = _go_through(answers, False)
    del known[_PROBE]
    return Facts(now_ns, is_remote, **known)


def _go_through(answers: tuple[Any, ...], names: bool) -> tuple[Known, Question[Any] | None]:
    """Return what is known by these answers, and the question that comes next."""
    known: Known = {}
    left = list(answers)
    for name, question, is_wanted in _STEPS[names]:
        if not is_wanted(known):
            continue
        if not left:
            return known, question
        known[name] = left.pop(0)
    return known, None
