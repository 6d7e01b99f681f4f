"""get_tracking on real chronyds, beside what chronyc says of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pychrony import (
    ChronyConnection,
    ChronyPermissionError,
    LeapStatus,
    TrackingStatus,
    Transport,
    get_tracking,
)
from tests.conftest import REFCLOCK_OFFSET, StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_of
from tests.support.ports import free_port, loopback_addresses
from tests.support.processes import as_ordinary_user, in_child

LEAP_WORDS = {
    "Normal": LeapStatus.NORMAL,
    "Insert second": LeapStatus.INSERT,
    "Delete second": LeapStatus.DELETE,
    "Not synchronised": LeapStatus.UNSYNC,
}
# The columns of `chronyc -c tracking` between the stratum and the leap status, and how many digits
# it prints of each.
FLOATS = {
    "ref_time": 9,
    "offset": 9,
    "last_offset": 9,
    "rms_offset": 9,
    "frequency": 3,
    "residual_freq": 3,
    "skew": 3,
    "root_delay": 9,
    "root_dispersion": 9,
    "update_interval": 1,
}
Columns = list[str]


def read_beside_chronyc(daemon: Chronyd, address: str) -> tuple[TrackingStatus, Columns, Columns]:
    """Return a report, and chronyc's before and after it, without an update between these."""
    for _ in range(500):  # on a busy computer an update comes in between most times
        before = daemon.chronyc("tracking").strip().split(",")
        status = get_tracking(address)
        after = daemon.chronyc("tracking").strip().split(",")
        if before[3] == after[3]:  # the reference time
            return status, before, after
    raise TimeoutError("chronyd updated its clock at every look")


def assert_agrees(status: TrackingStatus, before: Columns, after: Columns) -> None:
    expected_id, expected_ip, expected_stratum, *_, leap = before

    assert status.reference_id == int(expected_id, 16)
    assert status.reference_ip == (expected_ip if ":" in expected_ip or "." in expected_ip else "")
    assert status.stratum == int(expected_stratum)
    assert status.leap_status is LEAP_WORDS[leap]
    for column, (name, digits) in enumerate(FLOATS.items(), start=3):
        # Some go on changing between two looks, all in one direction.
        low, high = sorted((float(before[column]), float(after[column])))
        rounding = 0.6 * 10**-digits
        assert low - rounding <= getattr(status, name) <= high + rounding, name


def bounds_by_chronyc(*rows: Columns) -> tuple[float, float]:
    """Return the least and the largest bound on the error, by |offset|, dispersion, half a delay.

    Each of these may go on changing between two looks.
    """
    parts = [(abs(float(row[4])), float(row[11]), float(row[10]) / 2) for row in rows]
    return sum(map(min, zip(*parts, strict=True))), sum(map(max, zip(*parts, strict=True)))


def test_agrees_with_chronyc_on_a_synchronized_daemon(
    synchronized_chronyd: Chronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    status, *columns = read_beside_chronyc(synchronized_chronyd, pick_address(synchronized_chronyd))

    assert_agrees(status, *columns)
    assert status.is_synchronized()
    assert not status.is_local_reference()
    assert status.reference_id_name == status.reference_ip == "127.0.0.1"
    assert status.stratum == 6
    least, largest = bounds_by_chronyc(*columns)
    assert least - 2e-9 <= status.error_bound <= largest + 2e-9


def test_agrees_with_chronyc_on_an_unsynchronized_daemon(
    unsynchronized_chronyd: Chronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    address = pick_address(unsynchronized_chronyd)
    status, *columns = read_beside_chronyc(unsynchronized_chronyd, address)

    assert_agrees(status, *columns)
    assert not status.is_synchronized()
    assert status.leap_status is LeapStatus.UNSYNC
    assert (status.reference_id, status.reference_id_name, status.reference_ip) == (0, "", "")
    assert (status.ref_time, status.ref_time_ns, status.ref_datetime) == (0.0, 0, None)


def test_agrees_with_chronyc_on_a_local_reference(
    local_chronyd: Chronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    status, *columns = read_beside_chronyc(local_chronyd, pick_address(local_chronyd))

    assert_agrees(status, *columns)
    assert status.is_synchronized()
    assert status.is_local_reference()
    assert (status.reference_id_name, status.reference_ip) == ("LOCAL", "")


def test_agrees_with_chronyc_on_a_reference_clock(
    refclock_chronyd: Chronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    status, *columns = read_beside_chronyc(refclock_chronyd, pick_address(refclock_chronyd))

    assert_agrees(status, *columns)
    assert (status.reference_id_name, status.reference_ip) == ("GPS", "")
    assert status.stratum == 1


def test_a_clock_behind_its_reference_is_slow(refclock_chronyd: Chronyd) -> None:
    words = refclock_chronyd.chronyc("tracking", csv=False)
    status = get_tracking(refclock_chronyd.socket_path)

    assert "slow of NTP time" in words
    assert status.offset == pytest.approx(REFCLOCK_OFFSET, rel=0.5)


@pytest.mark.parametrize("source", loopback_addresses())
def test_a_source_is_named_by_its_address(
    source: str, ntp_server: Chronyd, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*client_of(ntp_server.ntp_port or 0, source))
    daemon.wait_synchronized()
    status, *columns = read_beside_chronyc(daemon, daemon.udp4)

    assert_agrees(status, *columns)
    # For IPv6 the first bytes of the MD5 of the address
    assert status.reference_id == {"127.0.0.1": 0x7F000001, "::1": 0xCF404DC8}[source]
    assert status.reference_id_name == status.reference_ip == source


def test_a_connection_says_what_it_uses(
    local_chronyd: Chronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    address = pick_address(local_chronyd)
    unix = address == local_chronyd.socket_path
    transport = Transport.UNIX_SOCKET if unix else Transport.COMMAND_PORT
    with ChronyConnection(address) as connection:
        assert (connection.address, connection.transport) == (address, transport)


def test_a_path_object_and_a_host_name_are_addresses_too(local_chronyd: Chronyd) -> None:
    with ChronyConnection(Path(local_chronyd.socket_path)) as connection:
        assert connection.get_tracking().stratum == 8
        assert connection.address == local_chronyd.socket_path
    with ChronyConnection(f"localhost:{local_chronyd.port}") as connection:
        assert connection.get_tracking().stratum == 8
        assert connection.address in (local_chronyd.udp4, local_chronyd.udp6)


@pytest.mark.who
def test_daemon_and_client_may_be_the_same_unprivileged_user(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    user = daemon.user.pw_uid if os.geteuid() == 0 else None

    for address in daemon.addresses:
        status = in_child(lambda address=address: get_tracking(address), user)
        assert status.stratum == 8


@pytest.mark.who
def test_another_user_is_told_that_the_command_port_serves_the_same(
    local_chronyd: Chronyd,
) -> None:
    if os.geteuid() != 0:
        Path(local_chronyd.socket_path).parent.chmod(0)
    try:
        with pytest.raises(ChronyPermissionError) as caught:
            as_ordinary_user(lambda: get_tracking(local_chronyd.socket_path))
    finally:
        Path(local_chronyd.socket_path).parent.chmod(0o770)

    assert isinstance(caught.value, PermissionError)
    assert caught.value.errno == 13
    assert caught.value.address == local_chronyd.socket_path
    assert "group does not help" in str(caught.value)
    assert "command port" in str(caught.value)
    assert as_ordinary_user(lambda: get_tracking(local_chronyd.udp4)).stratum == 8


@pytest.mark.who
def test_detection_takes_the_first_address_that_answers(
    local_chronyd: Chronyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_here = free_port()
    for wanted in local_chronyd.addresses:
        defaults = ("/nonexistent/chronyd.sock", f"127.0.0.1:{nothing_here}", wanted)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
        with ChronyConnection() as connection:
            assert connection.address == wanted
            assert connection.get_tracking().stratum == 8
