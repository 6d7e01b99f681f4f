"""An NTP server that says what a test wants, right or wrong."""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from types import TracebackType

# The header of RFC 5905, section 7.3: leap indicator, version and mode; stratum; poll; precision;
# root delay and root dispersion in units of 2^-16 s; reference ID; and four timestamps.
HEADER = struct.Struct(">BBBbII4s8s8s8s8s")
VERSION, SERVER = 4, 4
SINCE_1900 = 2_208_988_800  # seconds from 1900 to 1970
UNSYNCHRONIZED = 3


class NTPServer:
    """Answers each request on a port of its own, from a thread, until the `with` block ends.

    Its values may be changed at any time. `offset` is how far its clock is ahead of the system's,
    in seconds, and `rate` how much faster it runs, of one second. `trailer` comes after each
    answer, where a message authentication code would be. After `answers_left` answers it is silent.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        *,
        offset: float = 0.0,
        rate: float = 0.0,
        stratum: int = 5,
        leap: int = 0,
        root_dispersion: float = 0.0,
        trailer: bytes = b"",
    ) -> None:
        self.host = host
        self.offset, self.stratum, self.leap = offset, stratum, leap
        self.rate, self._since = rate, time.time_ns()
        self.root_dispersion, self.trailer = root_dispersion, trailer
        self.answers_left: float = math.inf
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._thread = threading.Thread(target=self._run, name="ntp-server", daemon=True)

    @property
    def port(self) -> int:
        return self._socket.getsockname()[1]

    def time_ns(self) -> int:
        """Return what its clock shows."""
        now = time.time_ns()
        return now + int(self.offset * 1e9) + int((now - self._since) * self.rate)

    def line(self, options: str) -> str:
        """Return the line of chrony.conf that makes this a source."""
        return f"server {self.host} port {self.port} {options}"

    def __enter__(self) -> NTPServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.sendto(b"", self._socket.getsockname())  # an empty datagram ends the thread
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            request, client = self._socket.recvfrom(2048)
            if not request:
                return
            if self.answers_left > 0:
                self.answers_left -= 1
                self._socket.sendto(self._answer(request), client)

    def _answer(self, request: bytes) -> bytes:
        seconds, nanoseconds = divmod(self.time_ns(), 10**9)
        now = struct.pack(">II", seconds + SINCE_1900, (nanoseconds << 32) // 10**9)
        header = HEADER.pack(
            self.leap << 6 | VERSION << 3 | SERVER,
            self.stratum,
            request[2],
            -23,
            0,
            int(self.root_dispersion * 2**16),
            b"TEST",
            now,
            request[40:48],
            now,
            now,
        )
        return header + self.trailer
