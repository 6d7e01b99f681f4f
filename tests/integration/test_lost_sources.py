"""What is found where a clock loses its sources: who is named, and when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

import pychrony
from pychrony import ChronyConnection, Source, Verdict
from tests.conftest import StartChronyd
from tests.support.chronyd import REFCLOCK, REFCLOCK_SOCKET, Chronyd
from tests.support.findings import check_udp, check_unix, codes, running_chronyd
from tests.support.many_sources import TRACKING
from tests.support.ntp_server import NTPServer
from tests.support.refclock import RefclockFeed
from tests.support.repeated_answers import repeated_answers

pytestmark = pytest.mark.slow  # eight polls pass

FAST = "iburst minpoll -4 maxpoll -4"
STEADY = "iburst minpoll -2 maxpoll -2"  # lost after two seconds, which a busy computer keeps


@pytest.fixture
def server() -> Iterator[NTPServer]:
    with NTPServer() as server:
        yield server


@pytest.fixture
def other() -> Iterator[NTPServer]:
    with NTPServer("127.0.0.2") as server:
        yield server


def followed(daemon: Chronyd, address: str) -> Source:
    with ChronyConnection(daemon.socket_path) as connection:
        return next(each for each in connection.get_sources() if each.address == address)


def wait_until_good(daemon: Chronyd, n_sources: int) -> None:
    daemon.wait_synchronized()

    def is_good() -> bool:
        result = check_unix(daemon)
        return result.usable_sources == n_sources and codes(result) == []

    daemon.wait_for(is_good)


def wait_until_lost(daemon: Chronyd, address: str) -> None:
    daemon.wait_for(lambda: not followed(daemon, address).is_reachable())


def test_a_selected_source_that_died_is_named_at_once(
    server: NTPServer, other: NTPServer, start_chronyd: StartChronyd
) -> None:
    # Another source would be selected in its place at the next answer, which comes a minute later.
    daemon = start_chronyd(server.line(f"{FAST} prefer"), other.line("iburst minpoll 6"))
    wait_until_good(daemon, 2)
    daemon.wait_for(lambda: pychrony.get_activity(daemon.socket_path).burst_online == 0)
    server.answers_left = 0
    wait_until_lost(daemon, server.host)

    for check in (check_unix, check_udp):
        result = check(daemon)
        [finding] = result.findings
        assert finding.code.value == "selected_source_silent"
        assert (finding.severity, finding.source) == (Verdict.WARNING, server.host)
        assert finding.message.startswith(
            "the selected source 127.0.0.1 has not answered its last eight polls "
        )
        assert result.verdict is Verdict.WARNING


def test_the_only_source_that_died_is_named_at_once(
    server: NTPServer, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(server.line(FAST))
    daemon.wait_synchronized()
    server.answers_left = 0
    wait_until_lost(daemon, server.host)

    for check in (check_unix, check_udp):
        result = check(daemon)
        few, silent = result.findings
        assert few.message == "0 usable sources, fewer than 1 (127.0.0.1 is unreachable)"
        assert (silent.code.value, silent.source) == ("selected_source_silent", server.host)
        # Only the error bound can say how long the clock is good.
        assert result.verdict is Verdict.WARNING

    server.answers_left = math.inf
    daemon.wait_for(lambda: codes(check_unix(daemon)) == [])


def test_a_source_that_died_is_called_as_it_is_configured(
    server: NTPServer, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(f"server localhost port {server.port} {FAST}")
    daemon.wait_synchronized()
    server.answers_left = 0
    wait_until_lost(daemon, server.host)

    result = pychrony.check(daemon.udp4, names=True, max_error=None)

    assert "the selected source localhost has not answered" in result.message
    assert result.findings[-1].source == server.host


def test_a_reference_clock_that_stopped_is_named_at_once() -> None:
    with ExitStack() as stack:
        daemon = stack.enter_context(running_chronyd(*REFCLOCK))
        with RefclockFeed(daemon.directory / REFCLOCK_SOCKET):
            daemon.wait_synchronized()
        wait_until_lost(daemon, "GPS")
        results = [check(daemon) for check in (check_unix, check_udp)]

    for result in results:
        few, silent = result.findings
        assert few.message == "0 usable sources, fewer than 1 (GPS gives no samples)"
        assert (silent.code.value, silent.source) == ("selected_source_silent", "GPS")
        assert silent.message.startswith("the selected source GPS has given no sample in its last ")


def test_a_reference_clock_that_never_gave_a_sample(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*REFCLOCK)

    for check in (check_unix, check_udp):
        result = check(daemon)
        assert codes(result) == ["not_synchronized", "all_silent"]
        assert result.message == "not synchronized; GPS gives no samples"
        assert result.findings[-1].source == "GPS"


def test_sources_that_were_told_to_be_offline_are_not_called_silent(
    server: NTPServer, other: NTPServer, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(server.line(f"{STEADY} prefer"), other.line(STEADY))
    wait_until_good(daemon, 2)
    daemon.chronyc("offline", server.host)

    for check in (check_unix, check_udp):
        assert codes(check(daemon)) == []

    daemon.chronyc("offline")
    words = "0 usable sources, fewer than 1 (2 are offline)"
    daemon.wait_for(lambda: check_unix(daemon).message == words)  # a burst is finished first
    for check in (check_unix, check_udp):
        result = check(daemon)
        assert codes(result) == ["too_few_sources"]
        assert result.message == words


def test_a_moments_reselection_is_no_alarm(
    server: NTPServer, other: NTPServer, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(server.line(STEADY), other.line(STEADY))
    wait_until_good(daemon, 2)
    found = []
    for _ in range(20):
        daemon.chronyc("reselect")
        found += codes(check_unix(daemon))

    assert found == []


def test_a_clock_that_was_set_back_is_critical_here_and_a_warning_elsewhere(
    synchronized_chronyd: Chronyd,
) -> None:
    # Nobody may set this computer's clock for a test. The reference time is moved instead.
    seconds = synchronized_chronyd.chronyc("tracking").split(",")[3]
    later = (int(float(seconds)) + 100_000).to_bytes(8, "big")
    with repeated_answers(synchronized_chronyd, (TRACKING, 28, later)) as address:
        here = pychrony.check(address, max_error=None)
        # The same address in a spelling that is not taken for this computer's.
        other = address.replace("127.0.0.1", "[::ffff:127.0.0.1]")
        elsewhere = pychrony.check(other, max_error=None)

    assert (codes(here), here.verdict) == (["update_in_future"], Verdict.CRITICAL)
    assert here.message.startswith("last update 27h in the future")
    assert (codes(elsewhere), elsewhere.verdict) == (["update_in_future"], Verdict.WARNING)
    assert replace(here.findings[0], severity=Verdict.WARNING).value == pytest.approx(
        elsewhere.findings[0].value, abs=60
    )
