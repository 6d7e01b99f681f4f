"""A chronyd at each address of 127.0.0.0/8: benchmarks/fleet/responder.c, and what each tells.

What the servers of a class do wrong is told to it in its own words, which are in its first lines.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from types import TracebackType

from pychrony import Activity, Source, SourceState, TrackingStatus
from pychrony.testing import make_activity, make_source, make_tracking
from tests.support.ports import free_port

_NETWORK = 127 << 24
_IN_CLASS = 2**16
_CENTER = 2**23


class Responder:
    """Answers from a process of its own, until the `with` block ends.

    `options` has the options of classes of addresses; those of other classes do nothing wrong.
    """

    def __init__(self, program: Path, options: Mapping[int, str] | None = None) -> None:
        self._reference_time = int(time.time())
        classes = [f"{number}:{text}" for number, text in (options or {}).items()]
        self._command = [str(program), str(self._reference_time), *classes]

    def __enter__(self) -> Responder:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def addresses(self, count: int, of_class: int = 0, *, port: int | None = None) -> list[str]:
        """Return the first addresses of a class, each as HOST:PORT."""
        assert 0 < count < _IN_CLASS - 1
        first = _NETWORK + of_class * _IN_CLASS + 1
        return [f"{IPv4Address(first + n)}:{port or self.port}" for n in range(count)]

    def tracking(self, address: str) -> TrackingStatus:
        """Return what the server at an address tells."""
        number = _number(address)
        centered = number - _CENTER
        return make_tracking(
            reference_ip=str(IPv4Address((10 << 24) + number)),
            stratum=2 + number % 9,
            ref_time_ns=self._reference_time * 10**9 + number,
            offset=centered * 2.0**-40,
            last_offset=centered * 2.0**-41,
            rms_offset=number * 2.0**-42,
            frequency=centered * 2.0**-19,
            residual_freq=centered * 2.0**-33,
            skew=number * 2.0**-30,
            root_delay=number * 2.0**-37,
            root_dispersion=number * 2.0**-38,
            update_interval=64.0,
        )

    def sources(self, address: str, version: tuple[int, int] = (4, 8)) -> list[Source]:
        """Return what the server at an address tells, which has a version of chronyd."""
        return [_source(address, index, version) for index in range(_count(address))]

    def activity(self, address: str) -> Activity:
        """Return what the server at an address tells."""
        _, second, third, fourth = IPv4Address(_host(address)).packed
        return make_activity(
            online=_count(address),
            offline=fourth,
            burst_online=third,
            burst_offline=second,
            unresolved=0,
        )


@contextmanager
def refusing_port() -> Generator[int, None, None]:
    """Yield a port where nobody listens at any address of 127.0.0.0/8 but the last.

    The system refuses what is sent there, and gives the port to nobody else meanwhile: it is none
    of those that the system chooses by itself.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        port = free_port()
        last.bind(("127.255.255.254", port))
        yield port


def _host(address: str) -> str:
    return address.partition(":")[0]


def _number(address: str) -> int:
    """Return what an address's records are made of: its last three bytes."""
    return int(IPv4Address(_host(address))) - _NETWORK


def _count(address: str) -> int:
    return 2 + _number(address) % 3


def _source(address: str, index: int, version: tuple[int, int]) -> Source:
    """Return a source; the first is the selected one, and the fourth was never reached."""
    packed = IPv4Address(_host(address)).packed
    text = str(IPv6Address(b"\xfd" + bytes(9) + packed + index.to_bytes(2, "big")))
    flags = 2 if version < (4, 0) and index == 0 else 0
    if index == 3:
        return make_source(
            address=text,
            stratum=0,
            state=SourceState.NONSELECTABLE,
            flags=flags,
            reachability=0,
            last_sample_ago=None,
            orig_latest_meas=0.0,
            latest_meas=0.0,
            latest_meas_err=0.0,
        )
    measured = _number(address) - index
    return make_source(
        address=text,
        stratum=1 + _number(address) % 9,
        state=SourceState.SELECTED if index == 0 else SourceState.UNSELECTED,
        flags=flags,
        reachability=0o377,
        last_sample_ago=_number(address) % 64,
        orig_latest_meas=measured * 2.0**-40,
        latest_meas=measured * 2.0**-41,
        latest_meas_err=measured * 2.0**-42,
    )
