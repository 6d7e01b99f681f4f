"""A live chronyd whose first answers are repeated, so that two programs read the same values."""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.many_sources import HEADER, command_of, patched
from tests.support.reply_servers import ReplyServer, with_sequence_of

_TIMEOUT = 30.0  # seconds


# A command, an offset into the answer's payload, and the bytes to put there.
Change = tuple[int, int, bytes]


class Recorder:
    """Asks a chronyd over its Unix socket, each question once; a ReplyServer's function."""

    def __init__(self, daemon: Chronyd, path: Path, changes: tuple[Change, ...] = ()) -> None:
        self._changes = changes
        self._answers: dict[bytes, bytes] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(_TIMEOUT)
        self._socket.bind(str(path))
        path.chmod(0o666)  # chronyd is another user
        self._socket.connect(daemon.socket_path)

    def __call__(self, request: bytes) -> Iterator[bytes]:
        question = command_of(request).to_bytes(2, "big") + request[20:40]
        if question not in self._answers:
            self._answers[question] = self._changed(self.ask(request))
        yield with_sequence_of(request, self._answers[question])

    def ask(self, request: bytes) -> bytes:
        """Return what chronyd answers now."""
        self._socket.send(request)
        return self._socket.recv(2048)

    def _changed(self, answer: bytes) -> bytes:
        for command, at, new in self._changes:
            if command == command_of(answer) and len(answer) > HEADER:
                answer = patched(answer, HEADER + at, new)
        return answer

    def close(self) -> None:
        self._socket.close()


@contextmanager
def repeated_answers(daemon: Chronyd, *changes: Change) -> Generator[str, None, None]:
    """Give an address at which all reports of this moment are read, also those closed over UDP.

    The changes are made to every answer to their command: values that this chronyd does not show.
    """
    with temporary_directory() as directory:
        recorder = Recorder(daemon, directory / "recorder.sock", changes)
        with closing(recorder), ReplyServer(recorder) as server:
            yield server.address
