"""The files of the bundled library's chrony_open_socket and chrony_close_socket."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import in_child
from tests.support.socket_client import (
    At,
    Client,
    StartClient,
    as_usual,
    entries,
    server_socket,
    without_proc,
)

pytestmark = pytest.mark.who

LONGEST_PATH = 107  # bytes of a Unix socket's path on Linux
OWN = "libchrony.0123456789abcdef"  # what a client's own socket is called


def _own(folder: Path) -> Path:
    [path] = folder.glob("libchrony.*")
    return path


def test_a_path_connects_to_the_socket_there(
    client: Client, folder: Path, server: socket.socket
) -> None:
    assert client.tell(f"open {folder}/chronyd.sock") == f"opened {folder}/chronyd.sock"


@pytest.mark.parametrize("way", [as_usual, without_proc])
def test_a_server_that_may_write_directly_in_its_folder_alone_can_answer(
    start_client: StartClient, folder: Path, server: socket.socket, way: At
) -> None:
    client = start_client(in_steps=True)
    client.tell_in_steps(f"open {folder}/chronyd.sock", way)
    client.tell("send question")
    question, address = server.recvfrom(100)
    assert Path(address).parent == folder  # as AppArmor's "@{run}/chrony/{,*} rw" has it
    server.sendto(b"answer", address)

    assert question == b"question"
    assert client.tell("receive") == "received answer"


@pytest.mark.parametrize("way", [as_usual, without_proc])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o377], ids=oct)
def test_another_user_can_answer_whatever_the_umask_which_stays_as_it_was(
    start_client: StartClient, folder: Path, server: socket.socket, umask: int, way: At
) -> None:
    client = start_client(umask, in_steps=True)
    client.tell_in_steps(f"open {folder}/chronyd.sock", way)

    status = _own(folder).lstat()
    assert stat.S_ISSOCK(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o666
    assert client.tell("umask") == f"{umask:o}"


def test_each_socket_has_a_name_of_its_own(
    start_client: StartClient, folder: Path, server: socket.socket
) -> None:
    clients = [start_client() for _ in range(3)]

    for client in clients:
        client.tell(f"open {folder}/chronyd.sock")

    names = [path.name for path in folder.glob("libchrony.*")]
    assert len(set(names)) == 3
    assert {len(name) for name in names} == {len(OWN)}


def test_a_path_with_just_enough_room_for_the_clients_own_can_be_opened(
    client: Client, folder: Path
) -> None:
    longest = folder / ("x" * (LONGEST_PATH - len(f"{folder}//{OWN}")))
    longest.mkdir()
    with server_socket(longest / "s"):
        assert client.tell(f"open {longest}/s") == f"opened {longest}/s"
        assert len(str(_own(longest))) == LONGEST_PATH


def test_a_folder_that_a_link_leads_to_is_opened(
    client: Client, folder: Path, server: socket.socket
) -> None:
    (folder / "link").symlink_to(folder)

    assert client.tell(f"open {folder}/link/chronyd.sock") == f"opened {folder}/chronyd.sock"
    assert client.tell("close") == "closed"
    assert entries(folder) == ["chronyd.sock", "link"]


def test_closing_removes_all_that_opening_made(
    client: Client, folder: Path, server: socket.socket
) -> None:
    before = client.tell("descriptors")
    client.tell(f"open {folder}/chronyd.sock")
    opened = entries(folder)

    client.tell("close")

    assert len(opened) == 2
    assert entries(folder) == ["chronyd.sock"]
    assert client.tell("descriptors") == before


def test_closing_removes_what_is_left_when_the_server_has_gone(
    client: Client, folder: Path, server: socket.socket
) -> None:
    client.tell(f"open {folder}/chronyd.sock")
    server.close()
    (folder / "chronyd.sock").unlink()

    client.tell("close")

    assert entries(folder) == []


@pytest.mark.parametrize(
    "name", ["own.sock", OWN[:-1], f"{OWN}0", f"{OWN[:-1]}g", f"x{OWN}", OWN.upper()]
)
def test_closing_leaves_a_socket_that_opening_did_not_make(
    client: Client, folder: Path, name: str
) -> None:
    client.tell(f"bind {folder / name}")

    client.tell("close")

    assert entries(folder) == [name]


@pytest.mark.who("root")  # nobody else may call chroot
@pytest.mark.parametrize("start_client", ["plain"], indirect=True)  # a sanitizer reads /proc
def test_a_server_can_answer_in_a_chroot_that_has_no_proc(client: Client, folder: Path) -> None:
    def inside(call: Callable[[], object]) -> None:
        def change_and_call() -> None:
            os.chroot(folder)
            call()

        in_child(change_and_call)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        inside(lambda: server.bind("/chronyd.sock"))
        client.tell(f"chroot {folder}")
        assert client.tell("open /chronyd.sock") == "opened /chronyd.sock"
        assert stat.S_IMODE(_own(folder).lstat().st_mode) == 0o666
        client.tell("send question")
        question, address = server.recvfrom(100)
        inside(lambda: server.sendto(question, address))
        assert client.tell("receive") == "received question"
        client.tell("close")

    assert entries(folder) == ["chronyd.sock"]
