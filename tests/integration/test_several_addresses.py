"""Where an address stands for several: which is used, what that costs, what is told of failures."""

from __future__ import annotations

import errno
import gc
import io
import os
import time
import weakref
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path

import pytest

import pychrony
from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    get_server_stats,
    get_sources,
    get_tracking,
)
from pychrony._cli.main import main
from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.conftest import StartChronyd
from tests.integration.conftest import MISSING, SetDefaults
from tests.support.chronyd import LOCAL, Chronyd, client_files, wait_for
from tests.support.counting import count_requests
from tests.support.deadlines import MARGIN
from tests.support.ports import free_port
from tests.support.processes import as_ordinary_user

pytestmark = pytest.mark.who


def kinds(error: ChronyError) -> list[tuple[type[ChronyError], str | None, int | None]]:
    return [(type(each), each.address, getattr(each, "errno", None)) for each in error.failures]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first of several addresses be late: a busy computer may take a quarter second."""
    monkeypatch.setattr("pychrony._client.search._FIRST_LOCAL_NS", 30 * 10**9)
    monkeypatch.setattr("pychrony._client.search._TURN_NS", 30 * 10**9)


@pytest.mark.parametrize(
    "report", ["get_tracking", "get_activity", "get_server_stats", "get_rtc_data", "get_smoothing"]
)
def test_one_report_is_one_request(
    report: str, defaults: SetDefaults, folder: Path, patient: None
) -> None:
    with SimulatedChronyd(address=folder / "s") as first, SimulatedChronyd() as second:
        defaults(MISSING, first.address, second.address)
        ask = partial(getattr(pychrony, report), timeout=60)

        assert count_requests(first, ask) == 1
        assert second.requests == 0


def test_the_judgment_asks_for_tracking_once(defaults: SetDefaults, patient: None) -> None:
    with SimulatedChronyd() as server, SimulatedChronyd() as other:
        expected = count_requests(server, lambda: pychrony.check(server.address, timeout=60))
        defaults(server.address, other.address)

        assert count_requests(server, lambda: pychrony.check(timeout=60)) == expected
        assert other.requests == 0


def test_a_silent_socket_costs_little(defaults: SetDefaults, folder: Path) -> None:
    with (
        SimulatedChronyd(address=folder / "s", faults=Faults(silent=True)) as silent,
        SimulatedChronyd() as willing,
    ):
        defaults(silent.address, MISSING, willing.address)

        def is_quick() -> bool:
            begin = time.monotonic()
            get_tracking(timeout=60.0)
            return time.monotonic() - begin < 0.25 + MARGIN

        # Where the next one is late, on a busy computer, the silent one gets another turn.
        wait_for(is_quick)


def test_a_slow_one_is_asked_again_after_the_others(defaults: SetDefaults, refused: str) -> None:
    with SimulatedChronyd(faults=Faults(delay=0.8)) as slow:
        defaults(slow.address, refused)

        assert get_tracking(timeout=60.0) == slow.tracking


def test_who_has_begun_to_answer_gets_all_the_time(defaults: SetDefaults) -> None:
    sources = [make_source(address=f"192.0.2.{number}") for number in range(1, 60)]
    with (
        SimulatedChronyd(sources=sources, faults=Faults(delay=0.02)) as slow,
        SimulatedChronyd(faults=Faults(silent=True)) as silent,
    ):
        defaults(slow.address, silent.address)

        assert get_sources(timeout=60.0) == sources


def test_a_silent_choice_ends_at_the_deadline(defaults: SetDefaults) -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as one,
        SimulatedChronyd(faults=Faults(silent=True)) as other,
    ):
        defaults(one.address, other.address)
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError, match="no answer in time") as caught:
            get_tracking(timeout=3.0)

        assert 3.0 <= time.monotonic() - begin < 3.0 + MARGIN
    assert kinds(caught.value) == [
        (ChronyTimeoutError, each.address, errno.ETIMEDOUT) for each in (one, other)
    ]


def test_where_permission_is_what_failed_the_exception_says_so(
    closed_chronyd: Chronyd, defaults: SetDefaults, refused: str
) -> None:
    defaults(closed_chronyd.socket_path, refused)
    with pytest.raises(ChronyPermissionError, match="group does not help") as caught:
        as_ordinary_user(get_tracking)
    with pytest.raises(ChronyPermissionError, match="group does not help"):
        as_ordinary_user(lambda: ChronyConnection().__enter__())

    assert caught.value.errno == errno.EACCES
    assert f"{refused}: Connection refused" in str(caught.value)
    assert kinds(caught.value) == [
        (ChronyPermissionError, closed_chronyd.socket_path, errno.EACCES),
        (ChronyConnectionError, refused, errno.ECONNREFUSED),
    ]


def wait_for_clock(*options: str) -> tuple[int, str]:
    """Return the exit status and what was said, by `waitsync` in this process."""
    errors = io.StringIO()
    with redirect_stderr(errors):
        status = main(["waitsync", *options])
    return status, errors.getvalue()


def test_waiting_ends_where_permission_is_what_failed(
    closed_chronyd: Chronyd, defaults: SetDefaults, refused: str
) -> None:
    defaults(closed_chronyd.socket_path, refused)
    status, errors = as_ordinary_user(lambda: wait_for_clock("-t", "20"))

    assert status == 1
    assert errors.startswith("pychrony: no chronyd answered: ")
    assert "group does not help" in errors


def test_a_permission_counts_less_than_a_daemon_that_may_still_answer(
    closed_chronyd: Chronyd, defaults: SetDefaults
) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as silent:
        defaults(closed_chronyd.socket_path, silent.address)
        with pytest.raises(ChronyTimeoutError, match="Permission denied"):
            as_ordinary_user(lambda: get_tracking(timeout=0.4))


def test_a_refused_report_says_why_the_unix_socket_was_not_used(
    local_chronyd: Chronyd, defaults: SetDefaults
) -> None:
    defaults(MISSING, local_chronyd.udp4)
    reason = f"its Unix socket could not be used: {MISSING}: No such file or directory"
    with ChronyConnection() as connection:
        for ask in (get_server_stats, connection.get_server_stats):
            with pytest.raises(ChronyPermissionError, match=reason) as caught:
                ask()
            assert (caught.value.errno, caught.value.address) == (None, local_chronyd.udp4)
            assert kinds(caught.value) == [
                (ChronyConnectionError, MISSING, errno.ENOENT),
                (ChronyPermissionError, local_chronyd.udp4, None),
            ]
        assert connection.get_tracking().stratum == 8


def test_a_refused_report_says_that_the_unix_socket_was_silent(
    local_chronyd: Chronyd, defaults: SetDefaults, folder: Path
) -> None:
    with SimulatedChronyd(address=folder / "s", faults=Faults(silent=True)) as silent:
        defaults(silent.address, local_chronyd.udp4)
        words = f"{silent.address}: no answer: .*only the socket mounted, and not its folder$"
        with pytest.raises(ChronyPermissionError, match=words):
            get_server_stats(timeout=4.0)
        with (
            ChronyConnection() as connection,
            pytest.raises(ChronyPermissionError, match=words),
        ):
            connection.get_server_stats()


def test_what_chronyd_answers_counts_more_than_who_does_not(
    defaults: SetDefaults, refused: str
) -> None:
    with SimulatedChronyd(faults=Faults(status=3)) as old:
        defaults(MISSING, old.address, refused)
        with pytest.raises(ChronyDataError) as caught:
            get_tracking()

    assert caught.value.address == old.address
    assert [address for _, address, _ in kinds(caught.value)] == [MISSING, old.address, refused]


def test_the_errno_is_that_of_who_may_be_helped(
    defaults: SetDefaults, refused: str, folder: Path
) -> None:
    for addresses, number in (
        ((MISSING, refused), errno.ENOENT),
        ((refused, str(folder)), errno.ENOTSOCK),  # waiting does not help there
    ):
        defaults(*addresses)
        with pytest.raises(ChronyConnectionError, match=r"^no chronyd answered: ") as caught:
            get_tracking()
        assert (caught.value.errno, caught.value.address) == (number, None)


def test_an_exception_that_is_kept_keeps_nothing_open(
    start_chronyd: StartChronyd, refused: str, defaults: SetDefaults
) -> None:
    daemon = start_chronyd(*LOCAL)
    daemon.pause()
    kept = []
    for addresses in ((daemon.socket_path,), (daemon.socket_path, refused)):
        defaults(*addresses)
        with pytest.raises(ChronyTimeoutError) as caught:
            get_tracking(timeout=0.1)
        kept.append(caught.value)
    daemon.resume()
    gc.collect()

    assert client_files(daemon) == []


def test_a_connection_keeps_nothing_of_the_exception_that_it_was_opened_amid(
    defaults: SetDefaults,
) -> None:
    class Large:
        pass

    def open_amid_an_exception() -> tuple[ChronyConnection, weakref.ref[Large]]:
        large = Large()
        try:
            raise KeyError(large)
        except KeyError:
            return ChronyConnection().__enter__(), weakref.ref(large)

    with SimulatedChronyd() as server:
        defaults(MISSING, server.address)
        connection, large = open_amid_an_exception()
        gc.collect()

        assert large() is None
        connection.__exit__(None, None, None)


@pytest.mark.parametrize("fault", [Faults(status=2), Faults(truncate=60)], ids=repr)
def test_waiting_ends_where_chronyd_says_no_or_is_not_understood(fault: Faults) -> None:
    with SimulatedChronyd(faults=fault) as server:
        status, errors = wait_for_clock("-t", "20", "-h", server.address)

    assert status == 1
    assert errors.startswith(f"pychrony: {server.address}: ")


def test_waiting_ends_where_the_path_is_another_things(folder: Path) -> None:
    status, errors = wait_for_clock("-t", "20", "-h", str(folder))

    assert status == 1
    assert errors.startswith(f"pychrony: {folder}: {os.strerror(errno.ENOTSOCK)}: ")


@pytest.mark.parametrize("address", [MISSING, "nosuch.invalid", "127.0.0.1:{free}"])
def test_waiting_goes_on_where_chronyd_may_not_have_started_yet(address: str) -> None:
    status, errors = wait_for_clock("-t", "0.7", "-h", address.format(free=free_port()))

    assert status == 1
    assert errors.splitlines()[-1].startswith(
        "pychrony: the clock is not good enough after 0.7 s: "
    )
