"""What is to be found of a clock: the table of the judgment, written again in another way.

Nothing here is taken from the judgment. Where both agree, both read the table alike.
"""

from __future__ import annotations

from pychrony import AuthMode, KeyType, LeapStatus, Source, SourceMode, SourceState
from tests.support.generated_clocks import Clock

Found = tuple[str, str, str | None]  # code, severity, the address of a source

# Which of the two levels a single number is.
ONE_NUMBER = {
    **dict.fromkeys(("max_error", "max_offset", "max_skew", "max_stratum"), "CRITICAL"),
    **dict.fromkeys(("max_age", "min_sources"), "WARNING"),
}
CODES = {
    "max_error": "error_bound",
    "max_offset": "offset",
    "max_skew": "skew",
    "max_age": "update_too_old",
    "max_stratum": "stratum",
    "min_sources": "too_few_sources",
}
GOOD_STATES = {SourceState.SELECTED, SourceState.UNSELECTED, SourceState.SELECTABLE}


def is_local(clock: Clock) -> bool:
    return clock.tracking.reference_id == 0x7F7F0101 and clock.tracking.reference_ip == ""


def is_synchronized(clock: Clock) -> bool:
    tracking = clock.tracking
    return not (
        tracking.leap_status == LeapStatus.UNSYNC
        or tracking.reference_id == 0
        or tracking.stratum >= 16
    )


def usable(clock: Clock) -> list[Source]:
    return [each for each in clock.sources if each.reachability and each.state in GOOD_STATES]


def expect(clock: Clock) -> list[Found]:
    """Return all that is to be found, in any order."""
    if is_local(clock) or not is_synchronized(clock):
        what = "not_synchronized" if not is_synchronized(clock) else "local_reference"
        found: list[Found] = [(what, "CRITICAL", None), *_cause(clock)]
    else:
        found = [*_limits(clock), *_future(clock), *_silent(clock), *_unexpected(clock)]
    return found + (_authentication(clock) if clock.gives_all else [])


def _levels(clock: Clock, name: str) -> dict[str, float]:
    given = clock.limits[name]
    pair = given if isinstance(given, tuple) else None
    levels = dict(zip(("WARNING", "CRITICAL"), pair, strict=True)) if pair else {}
    if pair is None:
        levels = {ONE_NUMBER[name]: given}
    return {severity: limit for severity, limit in levels.items() if limit is not None}


def value_of(clock: Clock, name: str) -> float | None:
    tracking = clock.tracking
    return {
        "max_error": abs(tracking.offset) + tracking.root_dispersion + tracking.root_delay / 2,
        "max_offset": abs(tracking.offset),
        "max_skew": tracking.skew,
        "max_age": clock.age,
        "max_stratum": tracking.stratum,
        "min_sources": len(usable(clock)),
    }[name]


def limit_of(clock: Clock, name: str, severity: str) -> float:
    limit = _levels(clock, name)[severity]
    return max(limit, _three_polls(clock)) if name == "max_age" else limit


def _three_polls(clock: Clock) -> float:
    """Return three polling intervals of what is followed, by sources or by tracking."""
    names = {clock.tracking.reference_ip or clock.tracking.reference_id_name}
    names |= {each.address for each in clock.sources if each.state == SourceState.SELECTED}
    return max((3 * 2.0**each.poll for each in clock.sources if each.address in names), default=0)


def _limits(clock: Clock) -> list[Found]:
    found: list[Found] = []
    for name, code in CODES.items():
        value = value_of(clock, name)
        for severity in ("CRITICAL", "WARNING"):
            if value is None or severity not in _levels(clock, name):
                continue
            limit = limit_of(clock, name, severity)
            if value < limit if name == "min_sources" else value > limit:
                found.append((code, severity, None))
                break
    return found


def _future(clock: Clock) -> list[Found]:
    if clock.age is None or clock.age >= 0:
        return []
    return [("update_in_future", "WARNING" if clock.is_remote else "CRITICAL", None)]


def _followed(clock: Clock) -> Source | None:
    selected = [each for each in clock.sources if each.state == SourceState.SELECTED]
    return (selected or [*_last_updated_from(clock), None])[0]


def _last_updated_from(clock: Clock) -> list[Source]:
    name = clock.tracking.reference_ip or clock.tracking.reference_id_name
    return [each for each in clock.sources if each.address == name]


def _silent(clock: Clock) -> list[Found]:
    source = _followed(clock)
    if source is None or source.reachability:
        return []
    if clock.n_offline and source.mode != SourceMode.REFCLOCK:
        return []  # it was told not to ask
    return [("selected_source_silent", "WARNING", source.address)]


def _unexpected(clock: Clock) -> list[Found]:
    expected, tracking = clock.limits["source"], clock.tracking
    if expected is None:
        return []
    sources = _last_updated_from(clock)
    names = {tracking.reference_ip, tracking.reference_id_name, *(each.name for each in sources)}
    # The name of what was followed and has gone is not known any more, its address is.
    was_replaced = tracking.reference_ip and not sources
    if expected in names or (was_replaced and not expected.startswith("192.")):
        return []
    return [("unexpected_source", "WARNING", tracking.reference_ip or tracking.reference_id_name)]


def _cause(clock: Clock) -> list[Found]:
    resolved = [each for each in clock.sources if not each.address.startswith("ID#")]
    only = resolved[0].address if len(resolved) == 1 else None
    if not clock.sources:
        return [("no_sources", "CRITICAL", None)]
    if not resolved:
        return [("names_not_resolved", "CRITICAL", None)]
    if clock.n_offline == len(resolved):
        return [("all_offline", "CRITICAL", only)]
    if not any(each.reachability for each in resolved):
        return [("all_silent", "CRITICAL", only)]
    false = [
        each for each in resolved if each.reachability and each.state == SourceState.FALSETICKER
    ]
    if len(false) > 1 and not usable(clock):
        return [("no_majority", "CRITICAL", None)]
    return []


def _authentication(clock: Clock) -> list[Found]:
    answers = {each.address: (each.rx_messages, each.rx_valid) for each in clock.ntp_data}
    reach = {each.address: each.reachability for each in clock.sources}
    others_had_time = (is_synchronized(clock) and not is_local(clock)) or bool(usable(clock))
    found: list[Found] = []
    for each in clock.auth_data:
        n_answers, n_valid = answers[each.address]
        if each.mode == AuthMode.SYMMETRIC_KEY:
            # Messages are asked for where a source with a key is unreachable.
            fails = each.key_type == KeyType.NONE or (n_answers > 0 and n_valid == 0)
        elif each.mode == AuthMode.NTS and each.cookies == 0:
            is_first = each.attempts == 1 and others_had_time and not reach[each.address]
            fails = each.attempts > 1 or is_first
        else:
            fails = False
        if fails:
            found.append(("authentication_failing", "WARNING", each.address))
    return found
