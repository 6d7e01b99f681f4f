"""Why there is no judgment: each failure made for real, and the finding that stands for it."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pychrony
from pychrony import ChronyError, Finding
from pychrony._judgment.failures import judge_failure
from pychrony.testing import Faults, SimulatedChronyd
from tests.conftest import StartChronyd
from tests.integration.conftest import MISSING, SetDefaults
from tests.support.chronyd import Chronyd
from tests.support.processes import as_ordinary_user, in_child

pytestmark = pytest.mark.who

NOT_RUNNING = ("not_running", "CRITICAL")
NO_ANSWER = ("no_answer", "CRITICAL")
NOT_PERMITTED = ("not_permitted", "UNKNOWN")
CANNOT_ASK = ("cannot_ask", "UNKNOWN")


def finding(address: str | None = None, timeout: float = 5.0) -> Finding:
    try:
        pychrony.check(address, timeout=timeout)
    except ChronyError as error:
        return judge_failure(error)
    raise AssertionError("there was a judgment")


def brief(found: Finding) -> tuple[str, str]:
    assert found.message
    assert "\n" not in found.message
    return found.code.value, found.severity.name


def test_no_socket_is_there() -> None:
    assert brief(finding(MISSING)) == NOT_RUNNING


def test_the_command_port_is_closed(refused: str) -> None:
    assert brief(finding(refused)) == NOT_RUNNING


def test_a_chronyd_that_was_killed_left_its_socket(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd()
    os.kill(daemon.pid, 9)
    assert daemon.process is not None
    daemon.process.wait()

    assert brief(finding(daemon.socket_path)) == NOT_RUNNING
    daemon.process = None


def test_a_chronyd_that_hangs_is_silent(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd()
    daemon.pause()
    try:
        for address in (daemon.socket_path, daemon.udp4):
            assert brief(finding(address, 0.3)) == NO_ANSWER
    finally:
        daemon.resume()


def test_an_ordinary_user_may_not_use_the_socket_of_a_chronyd_that_runs(
    closed_chronyd: Chronyd,
) -> None:
    found = as_ordinary_user(lambda: finding(closed_chronyd.socket_path))

    assert brief(found) == NOT_PERMITTED


def test_where_the_command_port_is_closed_too_chronyd_does_not_run(
    closed_chronyd: Chronyd, defaults: SetDefaults, refused: str
) -> None:
    # So it looks with `cmdport 0` too. Who may not ask otherwise needs a judgment from elsewhere.
    defaults(closed_chronyd.socket_path, refused)
    found = as_ordinary_user(finding)

    assert brief(found) == NOT_RUNNING
    assert "it does not run, or it has `cmdport 0`" in found.message


def test_a_dead_chronyd_whose_folder_is_closed_is_critical_for_an_ordinary_user(
    closed_chronyd: Chronyd, defaults: SetDefaults, refused: str
) -> None:
    defaults(closed_chronyd.socket_path, refused)
    closed_chronyd.stop()

    assert brief(as_ordinary_user(finding)) == NOT_RUNNING


def test_a_report_is_refused() -> None:
    with SimulatedChronyd(open_commands=["activity"]) as server:
        assert brief(finding(server.address)) == ("refused", "UNKNOWN")
    with SimulatedChronyd(faults=Faults(status=2)) as server:
        assert brief(finding(server.address)) == ("refused", "UNKNOWN")


@pytest.mark.parametrize(
    "fault", [Faults(truncate=60), Faults(status=3), Faults(status=18)], ids=repr
)
def test_an_answer_makes_no_sense(fault: Faults) -> None:
    with SimulatedChronyd(faults=fault) as server:
        assert brief(finding(server.address)) == ("not_understood", "UNKNOWN")


def test_a_host_is_unknown() -> None:
    assert brief(finding("nosuch.invalid")) == CANNOT_ASK


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_path_is_something_else(kind: str, folder: Path) -> None:
    path = folder if kind == "folder" else folder / "file"
    if kind == "file":
        path.touch()

    assert brief(finding(str(path))) == CANNOT_ASK


@contextmanager
def no_descriptors() -> Generator[None, None, None]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.dup(0)
    os.close(spare)  # the lowest number that is free
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def finding_without_descriptors(address: str | None) -> Finding:
    with no_descriptors():
        return finding(address)


def test_this_process_has_no_descriptor_left(local_chronyd: Chronyd) -> None:
    for address in (local_chronyd.socket_path, local_chronyd.udp4):
        assert brief(in_child(lambda a=address: finding_without_descriptors(a))) == CANNOT_ASK


def test_without_descriptors_nobody_knows_whether_chronyd_runs(
    defaults: SetDefaults, local_chronyd: Chronyd
) -> None:
    defaults(MISSING, local_chronyd.udp4)  # the first is looked for without one

    assert brief(in_child(lambda: finding_without_descriptors(None))) == CANNOT_ASK


def test_of_several_addresses_the_silent_one_counts_more_than_closed_ones(
    defaults: SetDefaults, refused: str
) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as silent:
        defaults(MISSING, refused, silent.address)
        assert brief(finding(timeout=0.6)) == NO_ANSWER
    defaults(MISSING, refused)
    assert brief(finding()) == NOT_RUNNING


def test_of_several_addresses_an_answer_counts_most(defaults: SetDefaults, refused: str) -> None:
    with SimulatedChronyd(faults=Faults(status=2)) as refusing:
        defaults(MISSING, refusing.address, refused)
        assert brief(finding()) == ("refused", "UNKNOWN")


def test_no_route_to_a_host_is_a_host_that_is_not_there() -> None:
    error = pychrony.ChronyConnectionError("192.0.2.1:323: No route to host")
    error.errno = errno.EHOSTUNREACH  # no test may send beyond this computer

    assert brief(judge_failure(error)) == NOT_RUNNING
