"""Tests of a program that asks chronyd, by pychrony's fixtures. pytest runs them too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pychrony import (
    ChronyConnection,
    ChronyTimeoutError,
    LeapStatus,
    NTPTests,
    SelectState,
    SourceState,
    Verdict,
    check,
    get_clients,
    get_rtc_data,
    get_sources,
    get_tracking,
)
from pychrony.testing import (
    Faults,
    SimulatedChronyd,
    make_activity,
    make_auth_data,
    make_client,
    make_ntp_data,
    make_rtc_data,
    make_select_data,
    make_server_stats,
    make_smoothing,
    make_source,
    make_source_stats,
    make_tracking,
)


@pytest.fixture
def connection(chronyd_address: str) -> Iterator[ChronyConnection]:
    with ChronyConnection(chronyd_address) as opened:
        yield opened


@pytest.fixture
def old_chronyd() -> Iterator[SimulatedChronyd]:
    server = SimulatedChronyd(make_tracking(stratum=2), version="2.4", address="127.0.0.1")
    server.start()
    yield server
    server.stop()


def test_a_clock_that_is_off(simulated_chronyd: SimulatedChronyd, chronyd_address: str) -> None:
    simulated_chronyd.tracking = replace(simulated_chronyd.tracking, offset=0.25)

    assert get_tracking(chronyd_address).offset == 0.25
    assert check(chronyd_address).verdict is Verdict.WARNING


def test_a_leap_second(simulated_chronyd: SimulatedChronyd, connection: ChronyConnection) -> None:
    simulated_chronyd.tracking = make_tracking(leap_status=LeapStatus.INSERT, ref_time=1.5)

    assert connection.get_tracking().is_leap_pending()


def test_sources(simulated_chronyd: SimulatedChronyd, chronyd_address: str) -> None:
    made = [make_source(), make_source(address="GPS", stratum=0, name=None)]
    simulated_chronyd.sources = made
    assert get_sources(chronyd_address) == made == list(simulated_chronyd.sources)

    simulated_chronyd.sources = tuple(made[:1])
    simulated_chronyd.sources = [replace(made[0], state=SourceState.FALSETICKER)]
    assert len(simulated_chronyd.source_stats) == simulated_chronyd.activity.online == 1


def test_a_real_time_clock(simulated_chronyd: SimulatedChronyd, chronyd_address: str) -> None:
    simulated_chronyd.rtc_data = make_rtc_data(offset=0.5)
    assert get_rtc_data(chronyd_address) == simulated_chronyd.rtc_data

    simulated_chronyd.rtc_data = None
    assert get_rtc_data(chronyd_address) is None


def test_each_report(simulated_chronyd: SimulatedChronyd, connection: ChronyConnection) -> None:
    simulated_chronyd.source_stats = [make_source_stats(samples=4)]
    simulated_chronyd.select_data = [make_select_data(state=SelectState.WAITING_FOR_OTHERS)]
    simulated_chronyd.auth_data = [make_auth_data(nak=True, last_established_ago=None)]
    simulated_chronyd.ntp_data = [make_ntp_data(tests=NTPTests(0), rx_good=None)]
    simulated_chronyd.activity = make_activity(online=1)
    simulated_chronyd.server_stats = make_server_stats(ntp_received=5)
    simulated_chronyd.smoothing = make_smoothing(active=False)

    assert connection.get_select_data() == list(simulated_chronyd.select_data)
    assert connection.get_server_stats().ntp_received == 5


def test_silence(simulated_chronyd: SimulatedChronyd, chronyd_address: str) -> None:
    simulated_chronyd.faults = Faults(silent=True, delay=0.5)
    with pytest.raises(ChronyTimeoutError) as caught:
        get_tracking(chronyd_address, timeout=0.05)
    assert caught.value.address == chronyd_address

    simulated_chronyd.faults = None
    assert not simulated_chronyd.faults.silent
    simulated_chronyd.requests = 0
    simulated_chronyd.restart()
    get_tracking(simulated_chronyd.address)
    assert simulated_chronyd.requests == 1


def test_an_old_release(old_chronyd: SimulatedChronyd) -> None:
    assert get_tracking(old_chronyd.address).stratum == 2


def test_a_busy_client(simulated_chronyd: SimulatedChronyd, chronyd_address: str) -> None:
    simulated_chronyd.clients = [make_client(address="192.0.2.7", ntp_received=9000)]

    [client] = get_clients(chronyd_address)
    assert (client.address, client.ntp_received) == ("192.0.2.7", 9000)
