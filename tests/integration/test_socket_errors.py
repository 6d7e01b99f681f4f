"""What is wrong with the path of a Unix socket, told as it is, and the way out."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from pathlib import Path

import pytest

from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    get_tracking,
)
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd
from tests.support.processes import as_ordinary_user, in_child

pytestmark = pytest.mark.who

USUAL = "chronyd's socket usually is /run/chrony/chronyd.sock"


def bind(path: Path, kind: int = socket.SOCK_DGRAM) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, kind)
    sock.bind(str(path))
    path.chmod(0o666)
    return sock


def failure_at(path: str | Path) -> ChronyError:
    """Return what a user without rights is told about a socket."""
    with pytest.raises(ChronyError) as caught:
        as_ordinary_user(lambda: get_tracking(path, timeout=0.3))
    assert caught.value.address == str(path)
    assert caught.value.failures == ()
    return caught.value


def expect(error: ChronyError, kind: type[ChronyError], number: int, *words: str) -> None:
    assert type(error) is kind
    assert isinstance(error, OSError)
    assert (error.errno, error.strerror) == (number, os.strerror(number))
    assert str(error).startswith(f"{error.address}: ")
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize("path", ["/nonexistent", "/nonexistent/chronyd.sock", "/run/nosuch.sock"])
def test_a_path_where_nothing_is_is_told_so(path: str) -> None:
    expect(
        failure_at(path),
        ChronyConnectionError,
        errno.ENOENT,
        "No such file or directory: chronyd does not run",
        "bindcmdaddress",
    )


def test_a_folder_and_a_file_are_no_sockets(folder: Path) -> None:
    (folder / "file").touch()
    for path, what in ((folder, "a folder"), (folder / "file", "no socket")):
        words = f"this is {what}", USUAL
        expect(failure_at(path), ChronyConnectionError, errno.ENOTSOCK, *words)
    below = folder / "file" / "chronyd.sock"
    expect(failure_at(below), ChronyConnectionError, errno.ENOTDIR, USUAL)


def test_a_folder_that_may_not_be_searched_is_named(folder: Path) -> None:
    path = folder / "run" / "chrony" / "chronyd.sock"
    path.parent.mkdir(parents=True)
    with bind(path):
        path.parent.parent.chmod(0)
        error = failure_at(path)
        path.parent.parent.chmod(0o700)

    words = f"may not search the folder {folder}/run:", "group does not help", "command port"
    expect(error, ChronyPermissionError, errno.EACCES, *words)


def test_a_permission_on_the_socket_itself_is_told_apart(folder: Path) -> None:
    path = folder / "chronyd.sock"
    with bind(path):
        path.chmod(0)
        error = failure_at(path)

    words = "may not write to the socket:", "group does not help", "command port"
    expect(error, ChronyPermissionError, errno.EACCES, *words)


def test_a_folder_where_the_client_may_not_make_its_own_socket_is_named(folder: Path) -> None:
    path = folder / "chronyd.sock"
    with bind(path):
        folder.chmod(0o555)
        error = failure_at(path)

    words = "makes its own socket beside chronyd's", f"may not write to {folder}:", "command port"
    expect(error, ChronyPermissionError, errno.EACCES, *words)


def test_a_socket_that_nobody_serves_any_more_is_told_apart(folder: Path) -> None:
    path = folder / "chronyd.sock"
    bind(path).close()

    expect(
        failure_at(path),
        ChronyConnectionError,
        errno.ECONNREFUSED,
        "chronyd has ended and left its socket behind",
    )


def test_a_socket_of_another_kind_is_another_programs(folder: Path) -> None:
    path = folder / "chronyd.sock"
    with bind(path, socket.SOCK_STREAM) as listening:
        listening.listen()
        error = failure_at(path)

    expect(error, ChronyConnectionError, errno.EPROTOTYPE, "another program's socket", USUAL)


def test_a_silent_socket_names_the_likely_causes(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    daemon.pause()
    try:
        with pytest.raises(ChronyTimeoutError) as caught:
            get_tracking(daemon.socket_path, timeout=0.3)
    finally:
        daemon.resume()

    causes = "no answer in time: chronyd is stopped", "AppArmor", "not its folder"
    expect(caught.value, ChronyTimeoutError, errno.ETIMEDOUT, *causes)


def test_what_fails_leaves_no_file(folder: Path) -> None:
    path = folder / "chronyd.sock"
    bind(path).close()
    folder.chmod(0o777)
    failure_at(path)
    failure_at(folder / "nosuch.sock")

    assert list(folder.iterdir()) == [path]


def test_a_connection_that_must_be_opened_again_says_the_same(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    path = Path(daemon.socket_path)
    with ChronyConnection(path) as connection:
        assert connection.get_tracking().stratum == 8
        daemon.stop()
        for _ in range(2):
            with pytest.raises(ChronyError) as caught:
                connection.get_tracking()
            expect(caught.value, ChronyConnectionError, errno.ENOENT, "chronyd does not run")
        bind(path).close()
        with pytest.raises(ChronyError) as caught:
            connection.get_tracking()
        expect(caught.value, ChronyConnectionError, errno.ECONNREFUSED, "left its socket behind")
        daemon.start()
        assert connection.get_tracking().stratum == 8


def test_the_clients_of_a_chronyd_are_told_what_they_lack(local_chronyd: Chronyd) -> None:
    """As root, chronyd's folder is closed to other users; else it is our own."""
    run = Path(local_chronyd.socket_path).parent
    mode = run.stat().st_mode
    if os.geteuid() != 0:
        run.chmod(0)
    error = failure_at(local_chronyd.socket_path)
    run.chmod(mode)

    expect(error, ChronyPermissionError, errno.EACCES, f"may not search the folder {run}:")


def give_up_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header, none = (ctypes.c_uint32 * 2)(0x20080522), (ctypes.c_uint32 * 6)()  # version 3
    if libc.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


@pytest.mark.who("root")  # others have none to give up
def test_root_without_its_capability_is_told_which_it_is(local_chronyd: Chronyd) -> None:
    def ask() -> None:
        give_up_capabilities()
        get_tracking(local_chronyd.socket_path)

    with pytest.raises(ChronyError) as caught:
        in_child(ask)
    words = "may not search the folder", "CAP_DAC_OVERRIDE", "command port"
    expect(caught.value, ChronyPermissionError, errno.EACCES, *words)
    assert "group does not help" not in str(caught.value)
