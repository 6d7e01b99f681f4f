"""Values without a name: a few are kept, and a server cannot make a program keep more."""

from __future__ import annotations

import copy
import gc
import pickle
import struct
import subprocess
import sys
import tracemalloc
from enum import Enum
from itertools import count
from typing import Any

import pytest

from pychrony import (
    AuthMode,
    ChronyConnection,
    KeyType,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
)
from tests.support.many_sources import (
    AUTHDATA,
    HEADER,
    NTPDATA,
    SELECTDATA,
    SOURCES,
    ManySources,
    command_of,
    patched,
)
from tests.support.reply_servers import ReplyServer

NUMBERS = (LeapStatus, SourceState, SourceMode, AuthMode, KeyType, NTPMode)
FLAGS = (SelectOptions, NTPTests)
CHARACTERS = (SelectState, Timestamping)
MOST = 100  # of each enumeration, with those that have a name

# Where replies have the values of enumerations, each of 16 bits, and of fewer.
PLACES = {
    SOURCES: [(HEADER + 24, ">H"), (HEADER + 26, ">H")],
    SELECTDATA: [(HEADER + 24, "B"), (HEADER + 28, ">H"), (HEADER + 30, ">H")],
    AUTHDATA: [(HEADER, ">H"), (HEADER + 2, ">H")],
    NTPDATA: [(HEADER + 42, "B"), (HEADER + 44, "B"), (HEADER + 92, ">H"), (HEADER + 94, "B")],
}


def values(enumeration: type[Enum]) -> list[Any]:
    """Return values that a datagram could hold, many more than are kept."""
    return [chr(n) for n in range(256)] if enumeration in CHARACTERS else list(range(2**13))


def hostile(daemon: ManySources) -> Any:
    """Return a server's function that invents other enumerators for each record."""
    invented = count()

    def reply(request: bytes) -> list[bytes]:
        [answer] = daemon(request)
        number = next(invented) * 7919  # a prime: all values come before one comes again
        for at, format_ in PLACES.get(command_of(request), []):
            size = struct.calcsize(format_)
            answer = patched(answer, at, struct.pack(format_, number % 256**size))
        return [answer]

    return reply


def n_living(enumeration: type[Enum]) -> int:
    return sum(type(living) is enumeration for living in gc.get_objects())


def test_a_hostile_server_cannot_make_a_program_keep_what_it_invents() -> None:
    with (
        ReplyServer(hostile(ManySources(500))) as server,
        ChronyConnection(server.address, timeout=60) as connection,
    ):
        for _ in range(2):
            connection.get_sources()
            connection.get_select_data()
            connection.get_auth_data()
            connection.get_ntp_data()
        gc.collect()
        living = {kind.__name__: n_living(kind) for kind in (*NUMBERS, *FLAGS, *CHARACTERS)}

    assert {kind: n for kind, n in living.items() if n > MOST} == {}


@pytest.mark.parametrize("enumeration", [*NUMBERS, *FLAGS, *CHARACTERS])
def test_the_memory_that_values_without_a_name_take_is_bounded(enumeration: type[Enum]) -> None:
    met = values(enumeration)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for value in met:
            enumeration(value)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert taken < 2**17


def test_what_is_asked_of_flags_takes_no_memory_forever() -> None:
    before = {kind: n_living(kind) for kind in FLAGS}  # other tests may hold some
    for number in range(2**12):
        flags = ~NTPTests(number) | NTPTests.TEST1 & NTPTests(number)
        assert NTPTests.TESTD in flags | NTPTests.TESTD
    gc.collect()

    assert all(n_living(kind) - before[kind] <= MOST for kind in FLAGS)


@pytest.mark.parametrize("enumeration", [*NUMBERS, *FLAGS, *CHARACTERS])
def test_a_value_that_is_not_kept_is_as_good_as_one_that_is(enumeration: Any) -> None:
    for value in values(enumeration):
        enumeration(value)
    last = values(enumeration)[-2]
    value, other = enumeration(last), enumeration(last)

    assert value is not other
    assert value == other
    assert (value != other) is False
    assert value.value == last
    assert hash(value) == hash(other)
    assert {value: 1}[other] == 1
    assert isinstance(value, enumeration)
    assert enumeration in FLAGS or value.name == other.name == f"UNKNOWN_{last}"
    assert enumeration in FLAGS or not value.is_known()
    assert str(value) == str(other)
    assert repr(value) == repr(other)
    for carried in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert type(carried) is enumeration
        assert carried == value
    assert all(enumeration(member.value) is member for member in enumeration)


# In a process of its own, where nothing has been met yet.
FIRST = """if True:
    import copy, pickle, sys, threading
    from pychrony import KeyType, NTPTests, SelectState, SelectOptions

    def meet_at_once(enumeration, values):
        start, met = threading.Barrier(8), []
        def meet():
            start.wait()
            met.append([enumeration(value) for value in values])
        threads = [threading.Thread(target=meet) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(met) == 8
        assert all(a is b for each in met for a, b in zip(each, met[0], strict=True))
        for member in met[0]:
            assert enumeration(member.value) is member
            assert pickle.loads(pickle.dumps(member)) is member
            assert copy.copy(member) is copy.deepcopy(member) is member

    sys.setswitchinterval(1e-6)
    meet_at_once(KeyType, range(1000, 1030))
    meet_at_once(SelectState, [chr(number) for number in range(200, 230)])
    meet_at_once(SelectOptions, range(16))
    meet_at_once(NTPTests, range(1000, 1020))
"""


def test_the_first_values_without_a_name_are_the_same_object_each_time_also_among_threads() -> None:
    subprocess.run([sys.executable, "-c", FIRST], check=True)


@pytest.mark.parametrize("enumeration", CHARACTERS)
@pytest.mark.parametrize(
    ("character", "name"),
    [("\n", r"UNKNOWN_\n"), ("\x1b", r"UNKNOWN_\x1b"), ("\x9b", r"UNKNOWN_\x9b")],
)
def test_a_server_cannot_put_control_characters_into_a_name(
    enumeration: type[Enum], character: str, name: str
) -> None:
    """A program prints names, and a record's repr() has them."""
    unknown = enumeration(character)

    assert unknown.value == character
    assert unknown.name == name
    assert f"{unknown} {unknown!r}".isprintable()
    assert pickle.loads(pickle.dumps(unknown)) == unknown
