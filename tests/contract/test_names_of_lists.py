"""The names of a list's sources, which are asked for four at a time once the list is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pychrony import ChronyConnection, ChronyDataError, ChronyPermissionError, ChronyTimeoutError
from tests.support.counting import undisturbed
from tests.support.many_sources import (
    LISTS,
    SOURCE_NAME,
    ManySources,
    address_bytes,
    command_of,
    patched,
    read_list,
    refusal,
    right_list,
)
from tests.support.reply_servers import BatchServer, Reply, ReplyServer

MANY = 60
IN_FLIGHT = 4

Change = Callable[[int, bytes, bytes], Iterable[bytes]]
"""From the number of a request for a name, from 1, with its answer, to what is sent."""


def right_name(index: int) -> str:
    return f"source-{index}.example"


RIGHT = [right_name(index) for index in range(MANY)]


def changing_names(daemon: ManySources, change: Change) -> Reply:
    """Return a server's function that changes the answers about names."""

    def reply(request: bytes) -> Iterable[bytes]:
        answers = daemon(request)
        if command_of(request) != SOURCE_NAME:
            return answers
        return change(daemon.requests.count(SOURCE_NAME), request, *answers)

    return reply


def read_names(server: ReplyServer, timeout: float = 10.0) -> list[str | None]:
    with ChronyConnection(server.address, timeout=timeout) as connection:
        return [source.name for source in connection.get_sources(names=True)]


@pytest.mark.parametrize("report", LISTS)
def test_four_requests_are_in_flight_at_a_time(report: str) -> None:
    batches: list[int] = []

    def look(answers: list[tuple[bytes, object]]) -> list[tuple[bytes, object]]:
        batches.append([command_of(answer) for answer, _ in answers].count(SOURCE_NAME))
        return answers

    with (
        BatchServer(ManySources(MANY), look) as server,
        ChronyConnection(server.address, timeout=10.0) as connection,
    ):

        def read() -> tuple[list[Any], int]:
            batches.clear()
            return read_list(report, connection, names=True), max(batches)

        records, most = undisturbed(read)
        without = read_list(report, connection)

    assert [record.name for record in records] == RIGHT
    assert most == IN_FLIGHT
    assert without == right_list(report, MANY)


def test_each_source_is_asked_about_once_after_the_list_was_read() -> None:
    daemon = ManySources(MANY)

    def read() -> list[int]:
        daemon.requests.clear()
        assert read_names(server) == RIGHT
        return [*daemon.requests]

    with ReplyServer(daemon) as server:
        requests = undisturbed(read)

    assert requests[-MANY:] == [SOURCE_NAME] * MANY
    assert SOURCE_NAME not in requests[:-MANY]


def test_answers_in_another_order_give_each_source_its_own_name() -> None:
    with BatchServer(ManySources(8), lambda answers: answers[::-1]) as server:
        assert read_names(server) == RIGHT[:8]


def test_a_chronyd_that_knows_no_names_is_not_asked_on() -> None:
    """chronyd before 4.0 answers with status 3."""
    daemon = ManySources(MANY)
    with ReplyServer(
        changing_names(daemon, lambda _, request, answer: [refusal(request, 3)])
    ) as server:

        def read() -> int:
            daemon.requests.clear()
            assert read_names(server) == [None] * MANY
            return daemon.requests.count(SOURCE_NAME)

        assert undisturbed(read) <= IN_FLIGHT


@pytest.mark.parametrize("status", [3, 4, 15])
def test_the_next_answer_is_right_after_a_refusal(status: int) -> None:
    daemon = ManySources(8)
    with (
        ReplyServer(
            changing_names(daemon, lambda _, request, answer: [refusal(request, status)])
        ) as server,
        ChronyConnection(server.address, timeout=10.0) as connection,
    ):
        for _ in range(3):
            assert {source.name for source in connection.get_sources(names=True)} == {None}
            assert connection.get_sources() == right_list("sources", 8)


@pytest.mark.parametrize("gone", [1, 2, 4, 5, MANY])
def test_a_source_that_has_gone_meanwhile_costs_no_other_name(gone: int) -> None:
    def refuse(_: int, request: bytes, answer: bytes) -> list[bytes]:
        is_gone = request[20:40] == address_bytes(gone - 1)
        return [refusal(request, 4) if is_gone else answer]

    with ReplyServer(changing_names(ManySources(MANY), refuse)) as server:
        names = read_names(server)

    assert names == [*RIGHT[: gone - 1], None, *RIGHT[gone:]]


def test_lost_names_are_asked_for_again_more_often_than_a_list_may_be_begun() -> None:
    daemon, lost = ManySources(MANY), range(1, MANY, 7)

    def lose(number: int, request: bytes, answer: bytes) -> list[bytes]:
        return [] if number in lost else [answer]

    with ReplyServer(changing_names(daemon, lose)) as server:
        assert read_names(server, timeout=60.0) == RIGHT

    assert len(lost) > 5
    about_names = daemon.requests[daemon.requests.index(SOURCE_NAME) :]
    assert {*about_names} == {SOURCE_NAME}  # the list is not begun again
    assert len(about_names) >= MANY + len(lost)


def test_an_answer_of_another_sequence_number_is_nobodys_name() -> None:
    def precede(number: int, request: bytes, answer: bytes) -> list[bytes]:
        other = bytes(byte ^ 0xFF for byte in answer[16:20])
        return [patched(answer, 16, other), answer]

    with ReplyServer(changing_names(ManySources(8), precede)) as server:
        assert read_names(server) == RIGHT[:8]


@pytest.mark.parametrize(
    ("status", "error"), [(2, ChronyPermissionError), (0, ChronyDataError)], ids=["no", "short"]
)
def test_another_refusal_or_an_answer_that_makes_no_sense_fails_the_call(
    status: int, error: type[Exception]
) -> None:
    def refuse(number: int, request: bytes, answer: bytes) -> list[bytes]:
        return [refusal(request, status) if number == 6 else answer]

    with (
        ReplyServer(changing_names(ManySources(8), refuse)) as server,
        ChronyConnection(server.address, timeout=10.0) as connection,
    ):
        with pytest.raises(error):
            connection.get_sources(names=True)

        assert connection.get_sources() == right_list("sources", 8)


def test_names_that_do_not_come_in_time_are_a_timeout() -> None:
    def lose(number: int, request: bytes, answer: bytes) -> list[bytes]:
        return [answer] if number < 6 else []

    with (
        ReplyServer(changing_names(ManySources(8), lose)) as server,
        pytest.raises(ChronyTimeoutError),
    ):
        read_names(server, timeout=0.3)
