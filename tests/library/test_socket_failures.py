"""What chrony_open_socket of the bundled library leaves behind where it fails: nothing."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.socket_client import (
    At,
    Client,
    StartClient,
    as_usual,
    entries,
    server_socket,
    without_proc,
)

pytestmark = [pytest.mark.who, pytest.mark.sources]

LONGEST_PATH = 107  # bytes of a Unix socket's path on Linux
NOBODY = 65534
OPENED_AS = NOBODY if os.geteuid() == 0 else os.geteuid()  # root may write everywhere


class FailingStep:
    """Lets one system call fail: the one of that number, in the first way or in the second.

    The second way begins with a thread's unshare. What was made in the first is removed before.
    """

    def __init__(self, number: int, error: int, way: At) -> None:
        self._left, self._error, self._way = number, error, way
        self._begun = way is as_usual
        self.reached = False

    def __call__(self, number: int, step: str) -> str | None:
        self._begun = self._begun or step.startswith("before unshare")
        if not self._begun or self.reached or step.startswith("after"):
            return self._way(number, step)
        self._left -= 1
        self.reached = self._left < 0
        return f"fail {self._error}" if self.reached else self._way(number, step)


def _without_proc_and_unshare(number: int, step: str) -> str | None:
    if step.startswith("before unshare"):
        return f"fail {errno.EPERM}"
    return without_proc(number, step)


@pytest.mark.parametrize("way", [as_usual, without_proc])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_step_of_opening_that_fails_leaves_nothing_behind(
    start_client: StartClient, folder: Path, server: socket.socket, way: At, error: int
) -> None:
    for number in range(100):
        at = FailingStep(number, error, way)
        client = start_client(in_steps=True)
        before = client.tell("descriptors")
        answer = client.tell_in_steps(f"open {folder}/chronyd.sock", at)
        if answer.startswith("opened"):  # in the other way
            client.tell_in_steps("close", as_usual)
        assert (entries(folder), client.tell("descriptors")) == (["chronyd.sock"], before)
        if not at.reached:
            break
    assert number > 5


@pytest.mark.parametrize("error", [errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EDQUOT])
def test_a_folder_in_which_no_socket_can_be_made_is_that_error(
    start_client: StartClient, folder: Path, server: socket.socket, error: int
) -> None:
    def at(_number: int, step: str) -> str | None:
        return f"fail {error}" if step.startswith("before bind") else None

    client = start_client(in_steps=True)
    assert client.tell_in_steps(f"open {folder}/chronyd.sock", at) == f"failed {error}"


def test_without_proc_and_unshare_the_operation_is_not_supported(
    start_client: StartClient, folder: Path, server: socket.socket
) -> None:
    client = start_client(in_steps=True)
    before = client.tell("descriptors")
    answer = client.tell_in_steps(f"open {folder}/chronyd.sock", _without_proc_and_unshare)

    assert answer == f"failed {errno.EOPNOTSUPP}"
    assert (entries(folder), client.tell("descriptors")) == (["chronyd.sock"], before)


@pytest.mark.parametrize("way", [as_usual, without_proc])
def test_a_process_that_has_too_many_descriptors_leaves_nothing_behind(
    start_client: StartClient, folder: Path, server: socket.socket, way: At
) -> None:
    for spare in range(10):
        client = start_client(in_steps=True)
        before = client.tell("descriptors")
        client.tell(f"spare {spare}")
        answer = client.tell_in_steps(f"open {folder}/chronyd.sock", way)
        if answer.startswith("opened"):
            client.tell("spare 0")
            client.tell_in_steps("close", way)
        else:
            assert answer == f"failed {errno.EMFILE}"
        assert entries(folder) == ["chronyd.sock"]
        assert client.tell("descriptors") == before
        client.tell("spare 100")  # for the sanitizer
        if answer.startswith("opened"):
            break
    assert answer.startswith("opened")


def _nothing(folder: Path) -> Path:
    return folder / "chronyd.sock"


def _no_folder(folder: Path) -> Path:
    return folder / "missing" / "chronyd.sock"


def _file_for_a_folder(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "chronyd.sock"


def _file(folder: Path) -> Path:
    (folder / "file").touch(mode=0o666)
    return folder / "file"


def _folder(folder: Path) -> Path:
    (folder / "run").mkdir()
    return folder / "run"


def _folder_with_a_slash(folder: Path) -> str:
    return f"{folder}/"


def _link(folder: Path) -> Path:
    (folder / "link").symlink_to(_abandoned_socket(folder))
    return folder / "link"


def _dangling_link(folder: Path) -> Path:
    (folder / "link").symlink_to("nowhere")
    return folder / "link"


def _socket_of_two_names(folder: Path) -> Path:
    path = _abandoned_socket(folder)
    os.link(path, folder / "other.sock")
    return path


def _stream_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        bound.bind(str(folder / "stream.sock"))
    return folder / "stream.sock"


def _abandoned_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(folder / "old.sock"))
    return folder / "old.sock"


def _path_with_no_room_for_the_clients(folder: Path) -> Path:
    """The server's own path just fits."""
    filler = folder / ("x" * (LONGEST_PATH - len(f"{folder}//s")))
    filler.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(filler / "s"))
    return filler / "s"


def _path_too_long(folder: Path) -> Path:
    return folder / ("x" * (LONGEST_PATH - len(f"{folder}/") + 1))


def _path_far_too_long(folder: Path) -> Path:
    return folder / ("x" * 3000)


@pytest.mark.parametrize(
    ("make_path", "error"),
    [
        (_nothing, errno.ENOENT),
        (_no_folder, errno.ENOENT),
        (_file_for_a_folder, errno.ENOTDIR),
        (_file, errno.ENOTSOCK),
        (_folder, errno.ENOTSOCK),
        (_folder_with_a_slash, errno.ENOTSOCK),
        (_link, errno.ELOOP),
        (_dangling_link, errno.ELOOP),
        (_socket_of_two_names, errno.EMLINK),
        (_stream_socket, errno.ECONNREFUSED),
        (_abandoned_socket, errno.ECONNREFUSED),
        (_path_with_no_room_for_the_clients, errno.ENAMETOOLONG),
        (_path_too_long, errno.ENAMETOOLONG),
        (_path_far_too_long, errno.ENAMETOOLONG),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else errno.errorcode[value],
)
def test_a_path_that_cannot_be_opened_leaves_nothing_behind(
    client: Client, folder: Path, make_path: Callable[[Path], Path | str], error: int
) -> None:
    path = make_path(folder)
    before = entries(folder), client.tell("descriptors")

    assert client.tell(f"open {path}") == f"failed {error}"
    assert (entries(folder), client.tell("descriptors")) == before


def test_a_folder_that_cannot_be_written_to_leaves_nothing_behind(
    client: Client, folder: Path, server: socket.socket
) -> None:
    folder.chmod(0o555)
    before = client.tell("descriptors")

    assert client.tell(f"open-as {OPENED_AS} {folder}/chronyd.sock") == f"failed {errno.EACCES}"
    assert entries(folder) == ["chronyd.sock"]
    assert client.tell("descriptors") == before


def test_a_server_that_lets_nobody_connect_leaves_nothing_behind(
    client: Client, folder: Path, server: socket.socket
) -> None:
    folder.chmod(0o777)
    (folder / "chronyd.sock").chmod(0o000)
    before = client.tell("descriptors")

    assert client.tell(f"open-as {OPENED_AS} {folder}/chronyd.sock") == f"failed {errno.EACCES}"
    assert entries(folder) == ["chronyd.sock"]
    assert client.tell("descriptors") == before


def test_a_socket_that_was_moved_there_is_not_the_servers(client: Client, folder: Path) -> None:
    with server_socket(folder / "other.sock"):
        moved = (folder / "other.sock").rename(folder / "chronyd.sock")

        assert client.tell(f"open {moved}") == f"failed {errno.EMLINK}"
        assert entries(folder) == ["chronyd.sock"]
