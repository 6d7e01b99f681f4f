"""The stage at which the binding says that opening failed, and what it does to find out: nothing to
what is another's, whoever may write to the folder of chronyd's socket."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.c_programs import compile_binding
from tests.support.socket_client import server_socket

pytestmark = pytest.mark.sources

WRAPPED = ("bind", "connect", "chrony_open_socket")
NO_FOLDER = errno.EROFS  # why the client's own socket cannot be bound


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_binding("stage", "sanitized", tmp_path_factory.mktemp("stage"), wrapped=WRAPPED)


def run(program: Path, path: Path, *arguments: object, proc: bool = True) -> tuple[set[str], str]:
    """Return the paths that sockets were connected to, and the stage with its errno."""
    done = subprocess.run(
        [program, path, *map(str, arguments)],
        env=os.environ if proc else {**os.environ, "NO_PROC": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *peers, last = done.stdout.splitlines()
    return set(peers), last


def _link(victim: Path, place: Path) -> None:
    place.symlink_to(victim)


def _link_to_nothing(_victim: Path, place: Path) -> None:
    place.symlink_to("nowhere")


def _second_name(victim: Path, place: Path) -> None:
    os.link(victim, place)


def _fifo(_victim: Path, place: Path) -> None:
    os.mkfifo(place)


def _file(_victim: Path, place: Path) -> None:
    place.touch()


Put = Callable[[Path, Path], None]


@pytest.mark.parametrize("proc", [True, False])
@pytest.mark.parametrize(
    ("put", "error"),
    [(_link, errno.ELOOP), (_link_to_nothing, errno.ELOOP), (_second_name, errno.EMLINK)],
)
def test_a_link_or_a_second_name_of_anothers_socket_is_what_the_library_said_of_it(
    put: Put, error: int, proc: bool, stage: Path, folder: Path
) -> None:
    with server_socket(folder / "victim") as _:
        put(folder / "victim", folder / "chronyd.sock")

        assert run(stage, folder / "chronyd.sock", 0, proc=proc) == (set(), f"binding {error}")


@pytest.mark.parametrize("proc", [True, False])
@pytest.mark.parametrize(
    ("put", "outcome"),
    [
        (_link, f"binding {NO_FOLDER}"),
        (_link_to_nothing, f"binding {NO_FOLDER}"),
        (_second_name, f"binding {NO_FOLDER}"),
        (_fifo, f"finding {errno.ENOTSOCK}"),
        (_file, f"finding {errno.ENOTSOCK}"),
    ],
)
def test_what_is_put_in_the_servers_place_meanwhile_is_left_alone(
    put: Put, outcome: str, proc: bool, stage: Path, folder: Path, server: socket.socket
) -> None:
    path, other = folder / "chronyd.sock", folder / "other"
    with server_socket(folder / "victim") as _:
        put(folder / "victim", other)

        assert run(stage, path, NO_FOLDER, other, proc=proc) == ({str(path)}, outcome)


@pytest.mark.parametrize("proc", [True, False])
def test_a_server_that_ended_is_found_out_by_connecting(
    proc: bool, stage: Path, folder: Path
) -> None:
    path = folder / "chronyd.sock"
    with server_socket(path) as _:
        pass

    peers, last = run(stage, path, 0, proc=proc)
    assert peers == set()
    assert last.endswith(f"ing {errno.ECONNREFUSED}")  # the words are the same for both


def test_a_server_that_is_not_there_is_not_found(stage: Path, folder: Path) -> None:
    assert run(stage, folder / "chronyd.sock", 0) == (set(), f"finding {errno.ENOENT}")
