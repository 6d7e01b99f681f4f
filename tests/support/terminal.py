"""A terminal to run a program on, which keeps what its screen shows."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NamedTuple

import pyte

_PATIENCE = 60.0  # seconds

# Take the terminal for one's own, so that it sends the signal of Ctrl-C, and become the program,
# which no signal is ignored for, whatever the tests were started by.
_LAUNCHER = (
    "import fcntl, os, signal, sys, termios; "
    "[signal.signal(n, signal.SIG_DFL) for n in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)]; "
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


class Cell(NamedTuple):
    """A place on the screen. Its color has pyte's name."""

    character: str
    color: str
    is_bold: bool


class Terminal:
    """A program on a terminal of its own, until the `with` block ends.

    `raw` is all that it has written, `lines` what the screen shows now.
    """

    def __init__(
        self,
        *command: str,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._main, side = os.openpty()
        self.resize(columns, rows)
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, *command],
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
            env={**inherited, "TERM": "xterm-256color", **(environment or {})},
        )
        os.close(side)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.terminate()  # so that it leaves nothing beside chronyd's socket
        try:
            self.process.wait(_PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.hang_up()

    @property
    def lines(self) -> list[str]:
        """What the screen shows, without the empty lines at its end."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip("\n").split("\n")

    @property
    def cells(self) -> list[list[Cell]]:
        """The lines with their colors."""
        columns = range(self._screen.columns)
        rows = (self._screen.buffer[number] for number in range(self._screen.lines))
        return [[_cell(row[column]) for column in columns] for row in rows]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's line and column."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def has_cursor(self) -> bool:
        return not self._screen.cursor.hidden

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press_ctrl_c(self) -> None:
        os.write(self._main, b"\x03")

    def hang_up(self) -> None:
        """Take the terminal away, as when its window is closed."""
        if self._main >= 0:
            os.close(self._main)
        self._main = -1

    def wait_for(self, predicate: Callable[[], bool]) -> None:
        """Return as soon as the screen shows what is wanted."""
        deadline = time.monotonic() + _PATIENCE
        while not predicate():
            if not self._read(deadline - time.monotonic()):
                raise TimeoutError(f"the screen did not come to show it, but:\n{self.text}")

    def wait_for_end(self) -> int:
        """Return the program's exit status, once it has ended and all it wrote is read."""
        deadline = time.monotonic() + _PATIENCE
        while self._read(deadline - time.monotonic()):
            pass
        return self.process.wait(_PATIENCE)

    def _read(self, timeout: float) -> bool:
        """Read some more, if it comes in time; return whether there was any."""
        readable, _, _ = select.select([self._main], [], [], max(timeout, 0))
        try:
            data = os.read(self._main, 65536) if readable else b""
        except OSError:  # the program has ended
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _cell(char: pyte.screens.Char) -> Cell:
    return Cell(char.data, char.fg, char.bold)
