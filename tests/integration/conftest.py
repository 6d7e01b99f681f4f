"""What these tests share, beside the chronyds of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_of, temporary_directory
from tests.support.ports import free_port

SetDefaults = Callable[..., None]
MISSING = "/nonexistent/chronyd.sock"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that other users see, and with a path short enough for sockets."""
    with temporary_directory() as directory:
        yield directory
        directory.chmod(0o700)


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch) -> SetDefaults:
    """Return a function that sets what is tried where no address is given."""
    return lambda *addresses: monkeypatch.setattr(
        "pychrony._client.addresses.DEFAULT_ADDRESSES", addresses
    )


@pytest.fixture
def refused() -> str:
    """Return an address at which nothing listens."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def quiet_chronyd(ntp_server: Chronyd, start_chronyd: StartChronyd) -> Chronyd:
    """Return a synchronized one that measures no more, so that its error bound only grows."""
    daemon = start_chronyd(*client_of(ntp_server.ntp_port or 0, "127.0.0.1"))
    daemon.wait_synchronized()
    daemon.chronyc("offline")
    n_offline = 1  # the second column of `chronyc -c activity`
    daemon.wait_for(lambda: daemon.chronyc("activity").split(",")[n_offline] == "1")
    return daemon


def error_bound_by_chronyc(daemon: Chronyd) -> float:
    """Return |offset| + root dispersion + root delay / 2, as chronyc's manual has it."""
    row = daemon.chronyc("tracking").split(",")
    offset, delay, dispersion = float(row[4]), float(row[10]), float(row[11])
    return abs(offset) + dispersion + delay / 2


@pytest.fixture
def closed_chronyd(start_chronyd: StartChronyd) -> Iterator[Chronyd]:
    """Return one without a command port, whose folder is closed to `as_ordinary_user`."""
    daemon = start_chronyd(*LOCAL, "cmdport 0")
    run = Path(daemon.socket_path).parent
    mode = run.stat().st_mode
    run.chmod(0)
    yield daemon
    run.chmod(mode)
