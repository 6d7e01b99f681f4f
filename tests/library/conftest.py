"""The program that opens and closes sockets, and a server in a folder of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.support.c_programs import compile_program, compile_responder
from tests.support.socket_client import Client, StartClient, open_folder, server_socket


@pytest.fixture(scope="session")
def compile_client(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bool], Path]:
    @cache
    def compile_it(build: str, in_steps: bool) -> Path:
        folder = tmp_path_factory.mktemp(build)
        return compile_program("socket", build, folder, in_steps=in_steps)

    return compile_it


@pytest.fixture(params=["plain", "musl", "sanitized"])
def start_client(
    request: pytest.FixtureRequest, compile_client: Callable[[str, bool], Path]
) -> Iterator[StartClient]:
    with ExitStack() as stack:

        def start(umask: int = 0o022, *, in_steps: bool = False) -> Client:
            client = Client(compile_client(request.param, in_steps), umask)
            stack.callback(client.finish)
            return client

        yield start


@pytest.fixture
def client(start_client: StartClient) -> Client:
    return start_client()


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


@pytest.fixture
def server(folder: Path) -> Iterator[socket.socket]:
    with server_socket(folder / "chronyd.sock") as bound:
        yield bound


@pytest.fixture(scope="session")
def responder_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program of tests/support/responder.py."""
    return compile_responder(tmp_path_factory.mktemp("responder"))
