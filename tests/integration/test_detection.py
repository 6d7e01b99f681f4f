"""Which of the usual addresses is used, where none is given."""

from __future__ import annotations

import time

import pytest

from pychrony import ChronyConnection, ChronyConnectionError, get_tracking
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import Chronyd, wait_for
from tests.support.deadlines import MARGIN
from tests.support.ports import free_port


def test_a_silent_address_does_not_keep_detection_from_the_next(
    local_chronyd: Chronyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        defaults = (server.address, local_chronyd.udp4)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)

        def is_quick() -> bool:
            begin = time.monotonic()
            assert get_tracking(timeout=60.0).stratum == 8
            return time.monotonic() - begin < 0.25 + MARGIN

        # Where the next one is late, on a busy computer, the silent one gets another turn, of 3 s.
        wait_for(is_quick)


@pytest.mark.who
def test_detection_lists_each_address_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = f"127.0.0.1:{free_port()}"
    defaults = ("/nonexistent/chronyd.sock", refused)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
    with pytest.raises(ChronyConnectionError) as caught:
        get_tracking()

    assert "/nonexistent/chronyd.sock: No such file or directory" in str(caught.value)
    assert f"{refused}: Connection refused" in str(caught.value)


@pytest.mark.who
def test_detection_goes_on_where_the_first_request_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with SimulatedChronyd(faults=Faults(status=2)) as refusing, SimulatedChronyd() as willing:
        defaults = (refusing.address, willing.address)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
        with ChronyConnection() as connection:
            assert connection.address == willing.address
        monkeypatch.setattr(
            "pychrony._client.addresses.DEFAULT_ADDRESSES", ("/nonexistent/s", refusing.address)
        )
        with ChronyConnection() as connection:  # there is none better
            assert connection.address == refusing.address
