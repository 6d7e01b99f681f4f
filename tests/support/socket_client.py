"""The program tests/c/socket.c, which opens and closes sockets with the bundled library."""

from __future__ import annotations

import errno
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

At = Callable[[int, str], str | None]
StartClient = Callable[..., "Client"]


class Client:
    """One such process. It has one socket at a time."""

    def __init__(self, program: Path, umask: int = 0o022) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [program], stdin=pipe, stdout=pipe, stderr=pipe, text=True, umask=umask
        )

    def tell(self, command: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def tell_in_steps(self, command: str, at: At) -> str:
        """Return the answer of a program that stops at system calls (tests/c/steps.c).

        `at` is called at each stop, with its number and what the program says there. What it
        returns is told to the program: None for "go".
        """
        line, number = self.tell(command), 0
        while line.startswith(("before ", "after ")):
            line = self.tell(at(number, line) or "go")
            number += 1
        return line

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self._process.kill()
            self._process.communicate()

    def finish(self) -> None:
        """Let it come to its end, where a sanitizer has its say."""
        _, stderr = self._process.communicate(timeout=60)
        assert (self._process.returncode, stderr) == (0, "")


def as_usual(_number: int, _step: str) -> None:
    """Let each call be made."""


def without_proc(_number: int, step: str) -> str | None:
    """Let each call fail that would not work without /proc."""
    call, _, path = step.partition(" ")[2].partition(" ")
    proc = step.startswith("before") and call in ("connect", "chmod") and path.startswith("/proc/")
    return f"fail {errno.ENOENT}" if proc else None


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@contextmanager
def server_socket(path: Path, mode: int = 0o666) -> Generator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.settimeout(30)
        bound.bind(str(path))
        path.chmod(mode)
        yield bound


@contextmanager
def open_folder() -> Generator[Path]:
    """Make a folder with a short path that any user may enter."""
    with tempfile.TemporaryDirectory(prefix="pychrony-", dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
