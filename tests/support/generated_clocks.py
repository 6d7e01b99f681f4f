"""Clocks made by chance, with anything right or wrong, and the limits that they are judged by.

All that a clock reports is consistent, as chronyd's own reports are.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pychrony import (
    Activity,
    AuthData,
    AuthMode,
    KeyType,
    LeapStatus,
    NTPData,
    NTPTests,
    SelectData,
    SelectState,
    Source,
    SourceState,
    TrackingStatus,
)
from pychrony.testing import (
    make_activity,
    make_auth_data,
    make_ntp_data,
    make_select_data,
    make_source,
    make_tracking,
)

NS = 10**9

# What selectdata and sources show of the same source, by chronyc's letters.
SELECTED, COMBINED = ("*", SourceState.SELECTED), ("+", SourceState.UNSELECTED)
OTHERS = (
    *((letter, SourceState.SELECTABLE) for letter in "PDUW"),
    *((letter, SourceState.NONSELECTABLE) for letter in "NMdsSwO"),
    ("~", SourceState.JITTERY),
    ("x", SourceState.FALSETICKER),
    ("x", SourceState.FALSETICKER),
)

# The values that `check` takes for each limit. No clock comes near one of them.
LIMITS: dict[str, tuple[Any, ...]] = {
    "max_error": (None, 0.01, (0.001, 0.1), (0.01, None), (0.5, 1.0)),
    "max_offset": (None, None, 0.05, (0.001, 0.05), (0.001, None)),
    "max_skew": (None, None, 5.0, (5.0, 500.0)),
    "max_age": (None, 600, (100, 3000), (None, 600)),
    "max_stratum": (None, None, 4, (4, 8), (4, None)),
    "min_sources": (None, 0, 1, 1, 3, (3, 1)),
}
OFFSETS = (2**-16, -(2**-16), 2**-8, -(2**-8), 0.25)
DISPERSIONS = (2**-14, 2**-14, 2**-8, 2**-5, 0.75, 16.0)
SKEWS = (0.25, 64.0, 2.0**20)
AGES = (1, 300, 1500, 10_000)
POLLS = (-2, 6, 6, 10)


@dataclass
class Clock:
    """One clock: its reports, how old its last update is, and what it is asked for."""

    tracking: TrackingStatus
    age: int | None
    sources: list[Source]
    select_data: list[SelectData]
    auth_data: list[AuthData]
    ntp_data: list[NTPData]
    activity: Activity
    limits: dict[str, Any]
    is_remote: bool
    gives_all: bool
    """Whether chronyd gives all reports, as it does over its Unix socket."""
    now_ns: int
    n_offline: int


class _Drawn(NamedTuple):
    """All that is reported of one source."""

    source: Source
    select_data: SelectData
    auth_data: AuthData | None
    ntp_data: NTPData | None


def draw_clock(chance: random.Random, now_ns: int) -> Clock:
    """Return a clock of this moment."""
    kind = chance.choice(("follows", "follows", "follows", "nothing", "local", "contradiction"))
    drawn = [_draw_source(chance, number) for number in range(chance.randint(0, 5))]
    if kind == "contradiction":
        drawn = [_select(each, "x", SourceState.FALSETICKER) for each in drawn]
    resolved = [number for number, each in enumerate(drawn) if each.source.is_resolved()]
    if kind == "follows" and resolved and chance.random() < 0.9:
        chosen = chance.choice(resolved)
        drawn[chosen] = _select(drawn[chosen], *SELECTED)
        for number in resolved:
            if number != chosen and chance.random() < 0.3:
                drawn[number] = _select(drawn[number], *COMBINED)
    servers = [each for each in drawn if each.auth_data is not None and each.source.is_resolved()]
    unreachable = [each for each in servers if not each.source.is_reachable()]
    n_offline = chance.choice((0, 0, len(unreachable)))
    sources = [each.source for each in drawn]
    tracking, age = _draw_tracking(chance, kind, sources, now_ns)
    limits = _draw_limits(chance, sources)
    if kind == "follows" and chance.random() < 0.4:
        good = {"root_dispersion": DISPERSIONS[0], "skew": SKEWS[0], "stratum": 1}
        tracking = replace(tracking, **good)
        limits |= {"max_age": None, "source": None, "min_sources": 0}
    return Clock(
        tracking=tracking,
        age=age,
        sources=sources,
        select_data=[each.select_data for each in drawn],
        auth_data=[each.auth_data for each in drawn if each.auth_data is not None],
        ntp_data=[each.ntp_data for each in drawn if each.ntp_data is not None],
        activity=make_activity(
            online=len(servers) - n_offline,
            offline=n_offline,
            unresolved=len(drawn) - len(resolved),
        ),
        limits=limits,
        is_remote=chance.random() < 0.3,
        gives_all=chance.random() < 0.6,
        now_ns=now_ns,
        n_offline=n_offline,
    )


def _draw_source(chance: random.Random, number: int) -> _Drawn:
    kind = chance.choice(("server", "server", "server", "server", "clock", "unresolved"))
    if kind == "unresolved":
        address = f"ID#{number + 1:010}"
        source = make_source(address=address, name=f"name{number}.example")
        return _Drawn(
            source,
            make_select_data(address=address, state=SelectState("M"), authentication=False),
            make_auth_data(address=address, mode=AuthMode.NONE, cookies=0),
            make_ntp_data(address=address, rx_messages=0, rx_valid=0, tests=NTPTests(0)),
        )
    letter, state = chance.choice(OTHERS)
    address = f"PPS{number}" if kind == "clock" else f"192.0.2.{number + 1}"
    source = make_source(
        address=address,
        state=state,
        poll=chance.choice(POLLS),
        reachability=chance.choice((0, 0, 1, 0o377, 0o377)),
        name=None if kind == "clock" else f"name{number}.example",
    )
    auth_data = None if kind == "clock" else _draw_auth_data(chance, address, source)
    is_authenticated = auth_data is not None and auth_data.mode is not AuthMode.NONE
    select_data = make_select_data(
        address=address, state=SelectState(letter), authentication=is_authenticated
    )
    ntp_data = None if kind == "clock" else _draw_ntp_data(chance, address, source)
    return _Drawn(source, select_data, auth_data, ntp_data)


def _draw_auth_data(chance: random.Random, address: str, source: Source) -> AuthData:
    mode = chance.choice((AuthMode.NONE, AuthMode.NONE, AuthMode.SYMMETRIC_KEY, AuthMode.NTS))
    if mode is AuthMode.NONE:
        return make_auth_data(address=address, mode=mode, key_type=KeyType.NONE, cookies=0)
    if mode is AuthMode.SYMMETRIC_KEY:
        known = source.is_reachable() or chance.random() < 0.5
        key_type = KeyType.SHA256 if known else KeyType.NONE
        return make_auth_data(address=address, mode=mode, key_type=key_type, key_id=7, cookies=0)
    cookies = chance.choice((0, 8))
    attempts = 0 if cookies else chance.choice((0, 1, 1, 2))
    return make_auth_data(address=address, cookies=cookies, attempts=attempts)


def _draw_ntp_data(chance: random.Random, address: str, source: Source) -> NTPData:
    if source.is_reachable():
        return make_ntp_data(address=address)
    answers, valid = chance.choice(((0, 0), (6, 0), (6, 6)))
    return make_ntp_data(address=address, rx_messages=answers, rx_valid=valid)


def _select(drawn: _Drawn, letter: str, state: SourceState) -> _Drawn:
    if not drawn.source.is_resolved():
        return drawn
    return drawn._replace(
        source=replace(drawn.source, state=state),
        select_data=replace(drawn.select_data, state=SelectState(letter)),
    )


def _draw_tracking(
    chance: random.Random, kind: str, sources: list[Source], now_ns: int
) -> tuple[TrackingStatus, int | None]:
    """Return the report, and the age of the last update in whole seconds."""
    if kind in ("nothing", "contradiction") and chance.random() < 0.5:
        return make_tracking(reference_id=0, leap_status=LeapStatus.UNSYNC, ref_time_ns=0), None
    age = chance.choice((*AGES, *AGES, -100))
    offset = chance.choice(OFFSETS)
    values: dict[str, Any] = {
        "offset": offset,
        "root_delay": 2**-12,
        "root_dispersion": chance.choice(DISPERSIONS),
        "skew": chance.choice(SKEWS),
        "stratum": chance.choice((1, 3, 6, 12)),
        "ref_time_ns": now_ns - age * NS + int(offset * NS),
    }
    if kind == "local":
        return make_tracking(reference_id=0x7F7F0101, **values), age
    if kind in ("nothing", "contradiction"):
        values |= chance.choice(({"leap_status": LeapStatus.UNSYNC}, {"stratum": 16}))
    resolved = [source for source in sources if source.is_resolved()]
    selected = [source for source in resolved if source.is_selected()]
    followed = (selected or resolved or [make_source(address="192.0.2.99")])[0]
    if resolved and chance.random() < 0.15:  # at the moment of switching
        followed = chance.choice(resolved)
    if followed.is_reference_clock():
        reference_id = int.from_bytes(followed.address.encode(), "big")
        return make_tracking(reference_id=reference_id, **values), age
    return make_tracking(reference_ip=followed.address, **values), age


def _draw_limits(chance: random.Random, sources: list[Source]) -> dict[str, Any]:
    limits = {name: chance.choice(values) for name, values in LIMITS.items()}
    texts = [source.address for source in sources if source.is_resolved()]
    texts += [source.name for source in sources if source.name]
    source = chance.choice((None, None, "192.0.2.77", chance.choice(texts or ["GPS"])))
    return {**limits, "source": source}
