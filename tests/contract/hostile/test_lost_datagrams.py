"""Datagrams that are lost, late, out of order, twice or far too many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

import pytest

from pychrony import ChronyConnection, ChronyTimeoutError
from tests.support.hostile import COMMANDS, attempt, read_typed, seeded_random, spoiling, within
from tests.support.many_sources import (
    LISTS,
    ManySources,
    command_of,
    read_list,
    right_list,
    templates,
)
from tests.support.reply_servers import BatchServer, Reply, ReplyServer, with_sequence_of

PATIENT = 60.0  # seconds: each loss costs some, and the more on a slow machine


# Order, duplicates and loss, with requests asked ahead.


@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("order", ["reversed", "rotated", "shuffled", "twice", "all twice"])
def test_answers_out_of_order_and_twice_make_the_same_list(report: str, order: str) -> None:
    chance = seeded_random(order)
    orders: dict[str, Callable[[list[Any]], list[Any]]] = {
        "reversed": lambda answers: answers[::-1],
        "rotated": lambda answers: answers[1:] + answers[:1],
        "shuffled": lambda answers: chance.sample(answers, len(answers)),
        "twice": lambda answers: [answer for answer in answers for _ in range(2)],
        "all twice": lambda answers: answers + answers,
    }
    with (
        BatchServer(ManySources(20), orders[order]) as server,
        ChronyConnection(server.address, timeout=PATIENT) as connection,
    ):
        for _ in range(2):
            assert read_list(report, connection) == right_list(report, 20)


@pytest.mark.slow
@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("what", ["request", "answer"])
def test_whichever_datagram_is_lost_the_list_is_whole(
    report: str, what: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 7
    for number in range(1, 20):
        server.reply = losing(daemon, what, {number})
        got = read_list(report, connection)
        assert got == right_list(report, 7), f"without {what} {number}"


@pytest.mark.parametrize("report", LISTS)
def test_whenever_a_stray_comes_the_list_is_whole(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 7
    for number in range(1, 20):
        answers = count(1)
        server.reply = spoiling(
            daemon,
            None,
            lambda answer, n=number, nth=answers: (
                [with_sequence_of(bytes(12), answer), answer] if next(nth) == n else [answer]
            ),
        )
        got = read_list(report, connection)
        assert got == right_list(report, 7), f"with a stray before answer {number}"


def losing(daemon: ManySources, what: str, numbers: Iterable[int]) -> Reply:
    """Return a server's function that loses these of the requests or answers, from 1."""
    lost, requests = set(numbers), count(1)

    def reply(request: bytes) -> list[bytes]:
        is_lost = next(requests) in lost
        if is_lost and what == "request":
            return []
        answers = daemon(request)
        return [] if is_lost else answers

    return reply


@pytest.mark.slow
@pytest.mark.parametrize("report", LISTS)
def test_one_lost_answer_in_three_costs_no_list(
    report: str, daemon: ManySources, server: ReplyServer
) -> None:
    daemon.count = 60
    server.reply = losing(daemon, "answer", range(3, 10_000, 3))

    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        assert read_list(report, connection) == right_list(report, 60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_losing_a_third_at_random_costs_no_report(
    seed: int, daemon: ManySources, server: ReplyServer
) -> None:
    chance = seeded_random(seed)
    daemon.count = 4
    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        right = {report: read_typed(report, connection) for report in COMMANDS}
        server.reply = spoiling(
            daemon, None, lambda answer: [] if chance.random() < 1 / 3 else [answer]
        )
        assert {report: read_typed(report, connection) for report in COMMANDS} == right


@pytest.mark.parametrize("report", LISTS)
def test_a_server_that_is_slow_is_waited_for(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 2
    pause = threading.Event()

    def late(answer: bytes) -> list[bytes]:
        pause.wait(0.07)  # longer than the first request is given
        return [answer]

    server.reply = spoiling(daemon, None, late)

    assert read_list(report, connection) == right_list(report, 2)


@pytest.mark.slow
@pytest.mark.parametrize("report", LISTS)
def test_a_server_that_falls_silent_amid_a_list_is_a_timeout_and_may_come_back(
    report: str, daemon: ManySources, server: ReplyServer
) -> None:
    daemon.count = 30
    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        for last in (1, 2, 5, 17, 31):
            server.reply = losing(daemon, "request", range(last + 1, 1000))
            with within(0.2):
                error = attempt(lambda: read_list(report, connection, timeout=0.2), connection)
            assert isinstance(error, ChronyTimeoutError)
            server.reply = daemon
            assert read_list(report, connection) == right_list(report, 30)


# Too much.


@pytest.mark.slow
@pytest.mark.parametrize("report", ["tracking", "sources", "ntpdata"])
def test_a_flood_does_not_move_the_deadline(report: str, server: ReplyServer) -> None:
    stop = threading.Event()

    def flood(request: bytes) -> Iterator[bytes]:
        stray = with_sequence_of(b"\0" * 8 + bytes(4), templates()[command_of(request)])
        while not stop.is_set():
            yield stray

    server.reply = flood
    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        for _ in range(2):  # also with what is left of the first one
            with within(0.3):
                error = attempt(lambda: read_typed(report, connection, timeout=0.3), connection)
            assert isinstance(error, ChronyTimeoutError)
        stop.set()
        server.reply = ManySources(1)
        assert read_typed(report, connection)


def test_strays_now_and_then_do_not_move_the_deadline(server: ReplyServer) -> None:
    pause = threading.Event()

    def dribble(request: bytes) -> Iterator[bytes]:
        while not pause.wait(0.005):
            yield with_sequence_of(bytes(12), templates()[command_of(request)])

    server.reply = dribble
    with ChronyConnection(server.address, timeout=0.2) as connection, within(0.2):
        error = attempt(connection.get_sources, connection)

    assert isinstance(error, ChronyTimeoutError)
