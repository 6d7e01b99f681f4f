"""What pychrony logs, and what becomes of a connection whose log is faulty."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pychrony import ChronyConnection, ChronyTimeoutError, TrackingStatus, get_tracking
from pychrony.testing import Faults, SimulatedChronyd
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files, wait_for
from tests.support.deadlines import PATIENT
from tests.support.ports import free_port

LOSING = Faults(drop_every=2)
LOSING_ALL = Faults(drop_every=1)
LOST = "answers were lost or late"
SHORT = 0.8  # seconds, in which also a busy computer asks again


class Handler(logging.Handler):
    """Does something for each record."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def emit(self, record: logging.LogRecord) -> None:
        self._act()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "pychrony")
    return caplog


def without_losses(messages: list[str]) -> list[str]:
    """Return what does not depend on how busy the computer is."""
    return [message for message in messages if LOST not in message]


def count_asked_again(server: SimulatedChronyd, messages: list[str]) -> int:
    """Return how many requests were sent again, as the messages tell it."""
    found = [re.fullmatch(f"{server.address}: {LOST}; .*: (.*)", each) for each in messages]
    return sum(int(match[1]) for match in found if match)


def test_the_address_that_is_used_is_logged(
    log: pytest.LogCaptureFixture, local_chronyd: Chronyd
) -> None:
    with ChronyConnection(local_chronyd.socket_path) as connection:
        connection.get_tracking()
    get_tracking(local_chronyd.udp4)

    assert without_losses(log.messages) == [
        f"{local_chronyd.socket_path}: used",
        f"{local_chronyd.udp4}: used",
    ]
    assert {record.levelname for record in log.records} == {"DEBUG"}


def test_addresses_that_were_passed_over_are_logged_with_their_reasons(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, local_chronyd: Chronyd
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    addresses = ("/nonexistent/chronyd.sock", nowhere, local_chronyd.udp4)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)
    with ChronyConnection():
        pass
    get_tracking()

    opened, asked = without_losses(log.messages)
    assert opened == asked
    assert opened.startswith(f"{local_chronyd.udp4}: used; passed over: /nonexistent/chronyd.sock:")
    assert f"; {nowhere}: Connection refused" in opened


def test_a_request_that_is_sent_again_is_logged(log: pytest.LogCaptureFixture) -> None:
    with SimulatedChronyd(faults=LOSING) as server:
        get_tracking(server.address)
        get_tracking(server.address)
        with ChronyConnection(server.address) as connection:
            for _ in range(4):
                connection.get_tracking()
        asked_again = count_asked_again(server, log.messages)
        wait_for(lambda: server.requests >= 6 + asked_again)  # it may not have seen the last yet

    assert asked_again > 0
    assert server.requests == 6 + asked_again


def test_a_call_that_gets_no_answer_says_how_often_it_asked(log: pytest.LogCaptureFixture) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        with pytest.raises(ChronyTimeoutError):
            get_tracking(server.address, timeout=SHORT)
        asked_again = count_asked_again(server, log.messages)
        wait_for(lambda: server.requests > asked_again)  # it may not have seen the last yet

    [message] = log.messages
    assert message == f"{server.address}: {LOST}; times asked again: {server.requests - 1}"


def test_a_restarted_chronyd_is_logged(
    log: pytest.LogCaptureFixture, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*LOCAL)
    with ChronyConnection(daemon.socket_path) as connection:
        connection.get_tracking()
        daemon.restart()
        log.clear()
        connection.get_tracking()
        connection.get_tracking()

    assert without_losses(log.messages) == [
        f"{daemon.socket_path}: times the socket was opened again: 1"
    ]


@pytest.mark.parametrize("setting", ["", "logging.basicConfig(level=logging.INFO)"])
def test_nothing_is_printed_unless_a_program_asks_for_debug_messages(setting: str) -> None:
    program = f"import sys, logging, pychrony\n{setting}\npychrony.get_tracking(sys.argv[1])"
    with SimulatedChronyd(faults=LOSING) as server:
        for _ in range(2):
            command = [sys.executable, "-c", program, server.address]
            ended = subprocess.run(command, capture_output=True, text=True, check=True)
            assert (ended.stdout, ended.stderr) == ("", "")


def test_logging_is_not_imported_but_found_when_the_program_does() -> None:
    program = (
        "import sys, pychrony\n"
        "with pychrony.ChronyConnection(sys.argv[1]) as connection:\n"
        "    [connection.get_tracking() for _ in range(3)]\n"
        "    assert 'logging' not in sys.modules\n"
        "    import logging\n"
        "    logging.basicConfig(level=logging.DEBUG)\n"
        "    [connection.get_tracking() for _ in range(3)]\n"
    )
    with SimulatedChronyd(faults=LOSING) as server:
        command = [sys.executable, "-c", program, server.address]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"DEBUG:pychrony:{server.address}: {LOST}" in ended.stderr


def test_what_happened_before_a_program_had_a_log_is_not_kept_for_it() -> None:
    """A server decides how much that is."""
    program = (
        "import sys, pychrony\n"
        "with pychrony.ChronyConnection(sys.argv[1]) as connection:\n"
        "    [connection.get_tracking() for _ in range(5)]\n"
        "    assert 'logging' not in sys.modules\n"
        "    import logging\n"
        "    logging.basicConfig(level=logging.DEBUG)\n"
        "    connection.get_tracking()\n"
    )
    with SimulatedChronyd(faults=LOSING) as server:
        command = [sys.executable, "-c", program, server.address]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(ended.stderr.splitlines()) <= 1


def test_a_call_works_while_another_thread_is_amid_importing_logging() -> None:
    """At each line of logging's own, which it has not all run yet."""
    program = (
        "import sys, pychrony\n"
        "lines = 0\n"
        "def ask(frame, event, argument):\n"
        "    global lines\n"
        "    if frame.f_globals.get('__name__') == 'logging':\n"
        "        if frame.f_code.co_name == '<module>':\n"
        "            pychrony.get_tracking(sys.argv[1])\n"
        "            lines += 1\n"
        "            return ask\n"
        "assert 'logging' not in sys.modules\n"
        "sys.settrace(ask)\n"
        "import logging\n"
        "sys.settrace(None)\n"
        "assert lines > 100\n"
    )
    with SimulatedChronyd() as server:
        command = [sys.executable, "-c", program, server.address]
        ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.fixture
def handle() -> Generator[Callable[[Callable[[], object]], None]]:
    """Return a function that has something done for each message."""
    logger, handlers = logging.getLogger("pychrony"), []

    def add(act: Callable[[], object]) -> None:
        handlers.append(Handler(act))
        logger.addHandler(handlers[-1])

    level = logger.level
    logger.setLevel(logging.DEBUG)
    yield add
    logger.setLevel(level)
    for handler in handlers:
        logger.removeHandler(handler)


def fail() -> None:
    raise KeyError("of the handler")


def ask_after_a_loss(server: SimulatedChronyd, connection: ChronyConnection) -> TrackingStatus:
    """Return the answer to a question that had to be asked again."""
    with ThreadPoolExecutor(1) as pool:
        server.faults, server.requests = LOSING_ALL, 0
        call = pool.submit(connection.get_tracking, timeout=PATIENT)
        wait_for(lambda: server.requests > 1)
        server.faults = None
        return call.result()


Handle = Callable[[Callable[[], object]], None]


def test_a_connection_survives_a_handler_that_raises(handle: Handle) -> None:
    with (
        SimulatedChronyd() as server,
        ChronyConnection(server.address) as connection,
    ):
        connection.get_tracking()
        fails = True
        handle(lambda: fail() if fails else None)
        for _ in range(3):
            with pytest.raises(KeyError):
                ask_after_a_loss(server, connection)
        server.faults = LOSING_ALL
        with pytest.raises(KeyError):
            connection.get_tracking(timeout=SHORT)
        fails, server.faults = False, None
        assert connection.get_tracking().stratum == 3


def test_a_handler_that_raises_at_the_opening_leaves_nothing_behind(
    handle: Handle, local_chronyd: Chronyd
) -> None:
    handle(fail)
    kept = []
    for attempt in (
        ChronyConnection(local_chronyd.socket_path).open,
        lambda: get_tracking(local_chronyd.socket_path),
    ):
        with pytest.raises(KeyError) as caught:
            attempt()
        kept.append(caught)  # and with it what its traceback refers to
        assert client_files(local_chronyd) == []


def test_a_handler_that_raises_where_no_answer_came_leaves_nothing_behind(
    handle: Handle, tmp_path: Path
) -> None:
    handle(fail)
    silent = SimulatedChronyd(address=str(tmp_path / "s"), faults=Faults(silent=True))
    with silent as server:
        with pytest.raises(KeyError) as kept:
            get_tracking(server.address, timeout=SHORT)
        assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert kept.type is KeyError  # what its traceback refers to was there all the time


def test_a_handler_may_use_the_connection_that_it_is_told_about(handle: Handle) -> None:
    strata = []

    def ask() -> None:
        strata.append(connection.get_tracking().stratum)

    with SimulatedChronyd() as server, ChronyConnection(server.address) as connection:
        connection.get_tracking()
        handle(ask)
        assert ask_after_a_loss(server, connection).stratum == 3
        assert connection.get_tracking().stratum == 3
    assert set(strata) == {3}
