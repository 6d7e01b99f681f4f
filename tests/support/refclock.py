"""A reference clock without hardware, for chronyd's `refclock SOCK`."""

import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.support.chronyd import chronyd_byte_order, chronyd_has_32_bits

# struct sock_sample of chrony: when the sample was made (seconds, microseconds), how far the
# reference is ahead of the system's clock in seconds, pulse, leap, padding, and a magic number. In
# the byte order of chronyd, which is another machine's than ours where we are emulated.
SAMPLE = "qqd4i"
SAMPLE_OF_32_BITS = "iid4i"
MAGIC = 0x534F434B  # "SOCK"


class RefclockFeed:
    """Samples sent to chronyd's socket from a thread, until the `with` block ends.

    `offset` is how far the reference is ahead of the system's clock, in seconds.
    """

    def __init__(self, path: Path, offset: float = 0.0, interval: float = 0.05) -> None:
        self.path = path
        self.offset = offset
        self.interval = interval
        layout = SAMPLE_OF_32_BITS if chronyd_has_32_bits() else SAMPLE
        self._sample = struct.Struct(chronyd_byte_order() + layout)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refclock-feed", daemon=True)

    def __enter__(self) -> "RefclockFeed":
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as feed:
            feed.setblocking(False)
            while not self._stop.wait(self.interval):
                self._send(feed)

    def _send(self, feed: socket.socket) -> None:
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        sample = self._sample.pack(seconds, nanoseconds // 1000, self.offset, 0, 0, 0, MAGIC)
        # With chronyd paused, restarting or gone, samples are lost, as with a real receiver.
        with suppress(OSError):
            feed.sendto(sample, str(self.path))
