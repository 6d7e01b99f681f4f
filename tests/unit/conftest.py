"""A unit test opens no sockets and starts no processes: here it fails if it tries."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

REFUSED = [
    (socket.socket, "__init__"),
    (socket, "getaddrinfo"),
    (subprocess.Popen, "__init__"),
    (os, "fork"),
    (os, "posix_spawn"),
    (os, "system"),
]


@pytest.fixture(autouse=True)
def refuse_sockets_and_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse sockets, host names and processes, and connections that are opened in C."""

    def refuse(*_arguments: object, **_options: object) -> None:
        pytest.fail("a test that opens sockets or starts processes belongs in tests/contract")

    for owner, name in REFUSED:
        monkeypatch.setattr(owner, name, refuse)
    monkeypatch.setattr("pychrony._client.handle.Handle._open", refuse)
