"""Real chronyds for every test, a time limit, and what is under test in pytest's header.

As root each chronyd runs as a user of its own and the tests are its client as root, as on a
distribution's system. Without root both are the user who runs the tests.
"""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import pytest

from tests.support.chronyd import (
    LOCAL,
    REFCLOCK,
    REFCLOCK_SOCKET,
    SERVER,
    UNSYNCHRONIZED,
    Chronyd,
    chronyd_version,
    client_of,
    temporary_directory,
)
from tests.support.ports import free_port, loopback_addresses
from tests.support.refclock import RefclockFeed

TIME_LIMIT = 300  # seconds a test may take, without its fixtures: against hanging, not slowness
REFCLOCK_OFFSET = 100e-6  # seconds
LONGEST_TEMPORARY = 30  # bytes of TMPDIR; tests make sockets, whose paths may have 107 in all

# The NTP sources of busy_chronyd, as its configuration names them and in its order. Before them
# comes a reference clock, "GPS".
QUICK, PLAIN, KEYED, LATE, OFFLINE, UNREACHABLE = (f"127.0.0.{host}" for host in range(2, 8))
IPV6 = loopback_addresses()[1:]
UNRESOLVABLE, RESOLVABLE = "nosuch.invalid", "localhost"
BUSY_NAMES = (QUICK, PLAIN, KEYED, LATE, OFFLINE, UNREACHABLE, *IPV6, UNRESOLVABLE, RESOLVABLE)
UNRESOLVED = "ID#0000000001"  # the address of UNRESOLVABLE
KEY = f"1 SHA256 HEX:{'5A' * 32}"

StartChronyd = Callable[..., Chronyd]
PickAddress = Callable[[Chronyd], str]


def pytest_configure() -> None:
    # A run in the background inherits that SIGINT is ignored, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if len(os.fsencode(tempfile.gettempdir())) > LONGEST_TEMPORARY:
        tempfile.tempdir = "/tmp"  # noqa: S108


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that are for another kind of user. They are not skipped: see the end."""
    others = [item for item in items if not _is_for_this_user(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def _is_for_this_user(item: pytest.Item) -> bool:
    kinds = [kind for mark in item.iter_markers("who") for kind in mark.args]
    if not {"root", "ordinary"}.issuperset(kinds):
        raise pytest.UsageError(f"{item.nodeid}: is for no kind of user there is: {kinds}")
    return not kinds or ("root" if os.geteuid() == 0 else "ordinary") in kinds


def pytest_report_header() -> list[str]:
    return [_describe_chronyd(), _describe_libchrony()]


def _describe_chronyd() -> str:
    try:
        return chronyd_version()
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return str(error)


def _describe_libchrony() -> str:
    try:
        from pychrony import libchrony_info
    except ImportError as error:
        return f"libchrony: {error}"
    return f"libchrony: {libchrony_info()}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Fail a test that takes more than TIME_LIMIT. A C call that never returns is not ended."""
    if threading.current_thread() is not threading.main_thread():
        return (yield)
    before = signal.signal(signal.SIGALRM, _fail_for_time)
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _fail_for_time(_signum: int, _frame: FrameType | None) -> None:
    pytest.fail(f"took more than {TIME_LIMIT} s")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder for one test, in place of pytest's, whose paths are too long for sockets."""
    with tempfile.TemporaryDirectory(prefix="pychrony-") as name:
        yield Path(name)


@pytest.fixture
def start_chronyd() -> Iterator[StartChronyd]:
    """Return a function that starts a chronyd of its own for this test.

    It takes lines of chrony.conf, `user` and `ntp_port` as Chronyd does.
    """
    with ExitStack() as stack:

        def start(
            *config_lines: str, user: str | None = None, ntp_port: int | None = None
        ) -> Chronyd:
            directory = stack.enter_context(temporary_directory())
            daemon = Chronyd(directory, *config_lines, user=user, ntp_port=ntp_port)
            return stack.enter_context(daemon)

        yield start


@pytest.fixture(
    params=range(1 + len(loopback_addresses())), ids=["unix", "ipv4", "ipv6"].__getitem__
)
def pick_address(request: pytest.FixtureRequest) -> PickAddress:
    """Return a function that takes one of a chronyd's addresses, each in turn."""
    return lambda daemon: daemon.addresses[request.param]


@pytest.fixture(scope="session")
def unsynchronized_chronyd() -> Iterator[Chronyd]:
    with (
        temporary_directory() as directory,
        Chronyd(directory, *UNSYNCHRONIZED) as daemon,
    ):
        yield daemon


@pytest.fixture(scope="session")
def local_chronyd() -> Iterator[Chronyd]:
    """Return one that is its own reference, at stratum 8."""
    with temporary_directory() as directory, Chronyd(directory, *LOCAL) as daemon:
        yield daemon


@pytest.fixture(scope="session")
def ntp_server() -> Iterator[Chronyd]:
    """Return the server that `synchronized_chronyd` follows, at stratum 5."""
    with (
        temporary_directory() as directory,
        Chronyd(directory, *SERVER, ntp_port=free_port()) as daemon,
    ):
        yield daemon


@pytest.fixture(scope="session")
def synchronized_chronyd(ntp_server: Chronyd) -> Iterator[Chronyd]:
    """Return a client of `ntp_server`: by 127.0.0.1, which it prefers, and by ::1 if there is."""
    assert ntp_server.ntp_port is not None
    lines = client_of(ntp_server.ntp_port, *loopback_addresses())
    with temporary_directory() as directory, Chronyd(directory, *lines) as daemon:
        daemon.wait_synchronized()
        yield daemon


@pytest.fixture(scope="session")
def refclock_chronyd() -> Iterator[Chronyd]:
    """Return one that follows a reference clock named GPS, REFCLOCK_OFFSET ahead."""
    with temporary_directory() as directory:
        feed = RefclockFeed(directory / REFCLOCK_SOCKET, REFCLOCK_OFFSET)
        with Chronyd(directory, *REFCLOCK) as daemon, feed:
            daemon.wait_synchronized()
            yield daemon


@pytest.fixture(scope="session")
def busy_chronyd() -> Iterator[Chronyd]:
    """Return one with every kind of source, BUSY_NAMES, each measured if it can be."""
    with ExitStack() as stack:
        server = _start_busy_server(stack)
        assert server.ntp_port is not None
        directory = stack.enter_context(temporary_directory())
        (directory / "keys").write_text(KEY)
        stack.enter_context(RefclockFeed(directory / REFCLOCK_SOCKET, 0.01))  # a falseticker
        daemon = stack.enter_context(Chronyd(directory, *_busy_lines(server.ntp_port)))
        daemon.wait_for(lambda: _is_measured(daemon))
        yield daemon


def _start_busy_server(stack: ExitStack) -> Chronyd:
    """Start a server at all of 127.0.0.0/8, and at ::1."""
    directory = stack.enter_context(temporary_directory())
    (directory / "keys").write_text(KEY)
    lines = (*SERVER, "bindaddress 0.0.0.0", "binddevice lo", "keyfile keys")
    return stack.enter_context(Chronyd(directory, *lines, ntp_port=free_port()))


def _busy_lines(port: int) -> tuple[str, ...]:
    served = f"port {port} minpoll -1 maxpoll -1"
    options = {
        QUICK: f"port {port} minpoll -2 maxpoll -2 prefer trust",
        KEYED: f"{served} key 1",
        LATE: f"{served} maxdelay 1e-9",
        OFFLINE: f"{served} offline noselect",
        UNREACHABLE: f"port {free_port()} minpoll 0 maxpoll 0",
        RESOLVABLE: f"{served} trust require",
    }
    sources = (f"server {name} {options.get(name, served)}" for name in BUSY_NAMES)
    return (*REFCLOCK, *sources, "keyfile keys", "smoothtime 400 0.01")


def _is_measured(daemon: Chronyd) -> bool:
    """Return whether chronyd has samples enough of all but three sources, and smooths its time."""
    rows = [line.split(",") for line in daemon.chronyc("selectdata", "-a").splitlines()]
    without_samples = {address for state, address, *_ in rows if state in ("M", "s")}
    return without_samples == {LATE, UNREACHABLE, UNRESOLVED} and "Yes" in daemon.chronyc(
        "smoothing"
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where a test was skipped: what did not run proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
