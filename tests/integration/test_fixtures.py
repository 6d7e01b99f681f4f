"""The chronyds of the tests are as far as the tests take them to be."""

from __future__ import annotations

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import Chronyd


def test_a_clock_whose_rate_is_not_known_is_waited_for(
    ntp_server: Chronyd, start_chronyd: StartChronyd
) -> None:
    options = "iburst minpoll -2 maxpoll -2 maxsamples 1"  # which never tell the rate
    daemon = start_chronyd(f"server 127.0.0.1 port {ntp_server.ntp_port} {options}")
    daemon.wait_for(lambda: "Normal" in daemon.chronyc("tracking"))

    with pytest.raises(TimeoutError, match="did not come true"):
        daemon.wait_synchronized(0.3)
