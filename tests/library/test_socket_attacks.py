"""Whoever owns the folder of chronyd's socket, and wins every race, gains nothing by it.

The program stops before and after each of the library's system calls, and each attack is made at
each of these stops in turn.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.support.c_programs import compile_program
from tests.support.socket_client import (
    At,
    Client,
    as_usual,
    entries,
    open_folder,
    server_socket,
    without_proc,
)

pytestmark = [pytest.mark.who, pytest.mark.sources]

ROOT = os.geteuid() == 0
ATTACKER = 65534 if ROOT else os.geteuid()
CLEAR = {
    errno.ESTALE,
    errno.ECONNREFUSED,
    errno.ENOTSOCK,
    errno.ELOOP,
    errno.EMLINK,
    errno.EADDRINUSE,
}
CLEAR |= {errno.EPROTOTYPE, errno.ENOENT, errno.ENOTDIR}  # what the attacker has moved away


class Scene:
    """chronyd's folder, which is the attacker's, and what belongs to the victim.

    The victim has a file and a socket elsewhere, and two sockets in the attacker's own folder.
    """

    def __init__(self, base: Path, stack: ExitStack) -> None:
        self.folder, self.elsewhere = base / "run", base / "elsewhere"
        self.folder.mkdir()
        self.elsewhere.mkdir()
        self.path = self.folder / "chronyd.sock"
        self.secret, self.victim = self.elsewhere / "secret", self.elsewhere / "chronyd.sock"
        self.secret.write_text("secret")
        self.secret.chmod(0o600)
        self.moved, self.stream = self.folder / "moved", self.folder / "stream"
        self.server = stack.enter_context(server_socket(self.path))
        self._victims = [
            stack.enter_context(server_socket(path, 0o600)) for path in (self.victim, self.moved)
        ]
        for victim in self._victims:
            victim.setblocking(False)
        listening = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listening.bind(str(self.stream))
        self.stream.chmod(0o600)
        listening.listen()
        os.chown(self.folder, ATTACKER, -1)
        self._handles = [
            os.open(path, os.O_PATH) for path in (self.secret, self.victim, self.moved, self.stream)
        ]
        for handle in self._handles:
            stack.callback(os.close, handle)
        self._elsewhere_before = entries(self.elsewhere)

    @property
    def own(self) -> Path | None:
        """The client's own socket, once there is one."""
        return next(iter(self.folder.glob("libchrony.*")), None)

    def check(self) -> None:
        """Fail if anything of the victim's was touched, or connected to."""
        for handle in self._handles:
            status = os.stat(handle)
            assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o600, os.geteuid())
        assert self.secret.read_text() == "secret"
        assert self._elsewhere_before == entries(self.elsewhere)
        for victim in self._victims:
            with pytest.raises(BlockingIOError):
                victim.recv(100)


@contextmanager
def scene() -> Generator[Scene]:
    with open_folder() as base, ExitStack() as stack:
        yield Scene(base, stack)


def _link_to_a_file(scene: Scene, place: Path) -> None:
    place.symlink_to(scene.secret)


def _link_to_a_socket(scene: Scene, place: Path) -> None:
    place.symlink_to(scene.victim)


def _file_of_two_names(scene: Scene, place: Path) -> None:
    os.link(scene.secret, place)


def _socket_of_two_names(scene: Scene, place: Path) -> None:
    os.link(scene.victim, place)


def _nothing(_scene: Scene, _place: Path) -> None:
    pass


def _file(_scene: Scene, place: Path) -> None:
    place.touch()
    os.chown(place, ATTACKER, -1)


def _folder(_scene: Scene, place: Path) -> None:
    place.mkdir()


def _moved_socket(scene: Scene, place: Path) -> None:
    if scene.moved.exists():
        scene.moved.rename(place)


def _moved_stream_socket(scene: Scene, place: Path) -> None:
    if scene.stream.exists():
        scene.stream.rename(place)


def _socket_of_the_attackers(_scene: Scene, place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(place))
    os.chown(place, ATTACKER, -1)


IN_PLACE = [
    _link_to_a_file,
    _link_to_a_socket,
    _file_of_two_names,
    _socket_of_two_names,
    _nothing,
    _file,
    _folder,
    _socket_of_the_attackers,
    _moved_socket,
    _moved_stream_socket,
]

Attack = Callable[[Scene], None]


def _put(put: Callable[[Scene, Path], None], find: Callable[[Scene], Path | None]) -> Attack:
    def attack(scene: Scene) -> None:
        place = find(scene)
        if place is not None:
            place.rename(scene.folder / "away")
            put(scene, place)

    return attack


def _swap_folder_for_a_link(scene: Scene) -> None:
    scene.folder.rename(scene.folder.with_name("away"))
    scene.folder.symlink_to(scene.elsewhere)


def _swap_folder(scene: Scene) -> None:
    scene.folder.rename(scene.folder.with_name("away"))
    scene.folder.mkdir()


ATTACKS: list[Attack] = [
    *(_put(put, lambda scene: scene.own) for put in IN_PLACE),
    *(_put(put, lambda scene: scene.path) for put in IN_PLACE),
    _swap_folder_for_a_link,
    _swap_folder,
]
NAMES = [
    *(f"own socket, {put.__name__.strip('_')}" for put in IN_PLACE),
    *(f"chronyd's socket, {put.__name__.strip('_')}" for put in IN_PLACE),
    "folder, a link",
    "folder, another folder",
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    return compile_program("socket", "plain", folder, in_steps=True)


class AttackAt:
    """Attacks at the stop of that number, once there is what to attack."""

    def __init__(self, attack: Attack, scene: Scene, number: int, way: At) -> None:
        self._attack, self._scene, self._number, self._way = attack, scene, number, way
        self.reached = False

    def __call__(self, number: int, step: str) -> str | None:
        if number == self._number:
            self.reached = True
            self._attack(self._scene)
        return self._way(number, step)


@pytest.mark.parametrize("way", [as_usual, without_proc])
@pytest.mark.parametrize("attack", ATTACKS, ids=NAMES)
def test_opening_touches_nothing_of_others_whenever_it_is_attacked(
    program: Path, attack: Attack, way: At
) -> None:
    # What the address leads to before the first call is the right one.
    for number in count(1):
        with scene() as attacked, Client(program) as client:
            at = AttackAt(attack, attacked, number, way)
            answer = client.tell_in_steps(f"open {attacked.path}", at)
            attacked.check()
            if answer == f"opened {attacked.path}":
                assert client.tell("send question") == "sent"
                assert attacked.server.recv(100) == b"question"
                client.tell_in_steps("close", as_usual)
            else:
                assert answer.startswith("failed ")
                assert int(answer.removeprefix("failed ")) in CLEAR
            attacked.check()
            if not at.reached:
                break
    assert number > 20


@pytest.mark.parametrize("attack", ATTACKS, ids=NAMES)
def test_closing_touches_nothing_of_others_whenever_it_is_attacked(
    program: Path, attack: Attack
) -> None:
    for number in count():
        with scene() as attacked, Client(program) as client:
            client.tell_in_steps(f"open {attacked.path}", as_usual)
            at = AttackAt(attack, attacked, number, as_usual)
            assert client.tell_in_steps("close", at) == "closed"
            attacked.check()
            if not at.reached:
                break
    assert number > 5


LEFT = [put for put in IN_PLACE if put not in (_nothing, _moved_socket, _moved_stream_socket)]
if not ROOT:
    LEFT.remove(_socket_of_the_attackers)  # who is the same user


@pytest.mark.parametrize("put", LEFT, ids=lambda put: put.__name__.strip("_"))
def test_closing_leaves_what_was_put_in_the_sockets_place(
    program: Path, put: Callable[[Scene, Path], None]
) -> None:
    with scene() as attacked, Client(program) as client:
        client.tell_in_steps(f"open {attacked.path}", as_usual)
        own = attacked.own
        assert own is not None
        own.unlink()
        put(attacked, own)

        client.tell_in_steps("close", as_usual)

        assert os.path.lexists(own)
        attacked.check()
