"""A chronyd that does not trust its socket's folder runs without a socket: what users are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pychrony import (
    ChronyConnectionError,
    ChronyPermissionError,
    get_server_stats,
    get_tracking,
)
from tests.support.chronyd import LOCAL, Chronyd, run_chronyc, temporary_directory
from tests.support.command_line import run_here

pytestmark = pytest.mark.who


class Distrustful(Chronyd):
    """A chronyd whose folder is open to others, so that it answers over its command port alone."""

    def _prepare_directory(self) -> None:
        super()._prepare_directory()
        Path(self.socket_path).parent.chmod(0o755)

    def _answers(self) -> bool:
        return run_chronyc(self.udp4, "activity").returncode == 0


@pytest.fixture
def distrustful() -> Iterator[Chronyd]:
    with temporary_directory() as directory, Distrustful(directory, *LOCAL) as daemon:
        assert not Path(daemon.socket_path).exists(), daemon.log
        yield daemon


def test_a_socket_that_chronyd_has_disabled_may_be_what_is_missing(distrustful: Chronyd) -> None:
    with pytest.raises(ChronyConnectionError) as caught:
        get_tracking(distrustful.socket_path)

    assert str(caught.value).endswith(", or it has disabled its socket (its log says why)")


def test_a_refused_report_says_that_chronyd_may_have_disabled_its_socket(
    distrustful: Chronyd,
) -> None:
    addresses = f"{distrustful.socket_path},{distrustful.udp4}"
    assert get_tracking(addresses).stratum == 8
    with pytest.raises(ChronyPermissionError) as caught:
        get_server_stats(addresses)

    assert f"{distrustful.socket_path}: No such file or directory: " in str(caught.value)
    assert "or chronyd has disabled it (its log says why)" in str(caught.value)
    assert "does not run" not in str(caught.value)


def test_an_explanation_sends_to_the_log_of_a_chronyd_that_runs(distrustful: Chronyd) -> None:
    told = " ".join(run_here("explain", "-h", distrustful.socket_path).stdout.split())

    assert "CRITICAL: no chronyd can be reached." in told
    assert "and see its log if it runs or ends again." in told
