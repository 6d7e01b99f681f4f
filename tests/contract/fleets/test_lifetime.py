"""The life of a fleet's answers: closed, forgotten, other threads, forks, signal handlers."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from select import select
from typing import Any

import pytest

from pychrony import Answer, ChronyConnectionError, Fleet
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.fleets import StartMany, addresses_of
from tests.support.many_sources import ManySources
from tests.support.processes import in_child
from tests.support.reply_servers import ReplyServer


def open_descriptors() -> list[str]:
    return os.listdir("/proc/self/fd")


@pytest.fixture(autouse=True)
def nothing_is_left_of_others() -> None:
    """Collect what other tests have left, which may have descriptors, before any is counted."""
    gc.collect()


def test_leaving_closes_everything_at_once(start_many: StartMany, silent: str) -> None:
    before = open_descriptors()
    fleet = Fleet([*addresses_of(start_many(1)), *[silent] * 20], timeout=60)
    started = open_descriptors()
    begun = time.monotonic()

    with fleet.get_tracking() as answers:
        for _answer in answers:
            break
        assert len(open_descriptors()) > len(started)
    assert len(open_descriptors()) == len(started)

    for _answer in fleet.get_tracking():
        break  # nothing refers to the answers any more
    assert len(open_descriptors()) == len(started)

    forgotten = fleet.get_tracking()
    forgotten.poll()
    del forgotten
    assert len(open_descriptors()) == len(started)
    assert time.monotonic() - begun < 30
    assert len(started) >= len(before)


def test_no_file_is_left_beside_unix_sockets(tmp_path: Path) -> None:
    with SimulatedChronyd(address=str(tmp_path / "s"), faults=Faults(silent=True)) as server:
        with Fleet([server.address] * 5, timeout=60).get_tracking() as answers:
            answers.poll()
            answers.poll()
            assert len(list(tmp_path.iterdir())) > 1
        assert list(tmp_path.iterdir()) == [tmp_path / "s"]


def test_a_program_that_ends_amidst_leaves_no_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pychrony import Fleet; "
        "answers = Fleet([sys.argv[1]] * 5, timeout=60).get_tracking(); "
        "answers.poll(); sys.kept = answers; "
        "import os; print(len(os.listdir(os.path.dirname(sys.argv[1]))))"
    )
    with SimulatedChronyd(address=str(tmp_path / "s"), faults=Faults(silent=True)) as server:
        command = [sys.executable, "-c", program, server.address]
        made = int(subprocess.check_output(command, timeout=120))
        left = list(tmp_path.iterdir())

    assert made > 1
    assert left == [tmp_path / "s"]


def test_closed_answers_cannot_be_taken(start_many: StartMany) -> None:
    answers = Fleet(addresses_of(start_many(2))).get_tracking()
    loop = iter(answers)
    next(loop)

    answers.close()
    answers.close()

    for call in (lambda: next(loop), answers.poll, answers.fileno, lambda: list(answers)):
        with pytest.raises(RuntimeError, match="these answers are closed"):
            call()
    assert answers.total == 2


def test_another_event_loop_waits_for_the_descriptor(start_many: StartMany, silent: str) -> None:
    fleet = Fleet([*addresses_of(start_many(5)), silent], timeout=0.5, concurrency=2)
    found: list[Answer[Any]] = []

    with fleet.get_tracking() as answers:
        waits = 0
        while answers.done < answers.total:
            assert select([answers], [], [], 60)[0]
            found += answers.poll()
            waits += 1
        assert answers.poll() == []

    assert sorted(answer.index for answer in found) == list(range(6))
    assert waits < 100


def test_a_second_thread_at_the_same_time_is_told_so() -> None:
    told: list[str] = []
    chronyd = ManySources(1)

    def answer_once_told(request: bytes) -> list[bytes]:
        return chronyd(request) if told else []  # the first thread may wait for it

    def take() -> None:
        while not told:
            try:
                answers.poll()
            except RuntimeError as error:
                told.append(str(error))

    with ReplyServer(answer_once_told) as server:
        answers = Fleet([server.address], timeout=60).get_tracking()
        fd = answers.fileno()
        thread = threading.Thread(target=take)
        thread.start()
        try:
            while not told:
                try:
                    next(iter(answers))
                except RuntimeError as error:
                    told.append(str(error))
        finally:
            told.append("")
            thread.join()

    assert fd > 2
    assert told[0] == "another thread takes these answers already"


def test_answers_can_be_handed_to_another_thread(start_many: StartMany) -> None:
    answers = Fleet(addresses_of(start_many(6)), concurrency=2).get_tracking()
    found = [next(iter(answers)).index]

    thread = threading.Thread(target=lambda: found.extend(answer.index for answer in answers))
    thread.start()
    thread.join()

    assert sorted(found) == list(range(6))


def test_a_forked_child_is_told_so_and_the_parent_goes_on(start_many: StartMany) -> None:
    answers = Fleet(addresses_of(start_many(6)), concurrency=2).get_tracking()
    found = [next(iter(answers)).index]

    def use() -> None:
        for call in (answers.poll, answers.fileno, lambda: list(answers)):
            with pytest.raises(RuntimeError, match="begun before a fork"):
                call()
        answers.close()
        gc.collect()

    in_child(use)
    found += [answer.index for answer in answers]

    assert sorted(found) == list(range(6))


def test_a_signal_handler_cannot_take_answers_that_are_being_taken(silent: str) -> None:
    answers = Fleet([silent], timeout=60).get_tracking()
    told: list[str] = []

    def handle(_number: int, _frame: object) -> None:
        try:
            answers.poll()
        except RuntimeError as error:
            told.append(str(error))
            answers.close()
        else:  # the signal came before, or between two waits
            signal.setitimer(signal.ITIMER_REAL, 0.1)

    previous = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(RuntimeError, match="these answers are closed"):
            list(answers)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

    assert told == ["this thread is taking these answers already, as below a signal handler"]


def test_an_error_keeps_nothing_open() -> None:
    before = open_descriptors()

    [answer] = Fleet(["127.0.0.1:1"]).get_tracking()

    assert isinstance(answer.error, ChronyConnectionError)
    assert answer.error.__traceback__ is None
    assert answer.error.__context__ is None
    assert len(open_descriptors()) == len(before)
