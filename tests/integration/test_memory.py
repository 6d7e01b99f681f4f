"""The memory that reading for long takes."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable

import pytest

from pychrony import ChronyConnection
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL
from tests.support.marked_sources import LISTS, SINGLE, source_lines
from tests.support.processes import private_memory


class Mallinfo(ctypes.Structure):
    """What glibc's mallinfo2 returns: ten sizes."""

    _fields_ = tuple((f"field{number}", ctypes.c_size_t) for number in range(10))
    MAPPED, IN_USE = "field4", "field7"  # hblkhd, uordblks


def memory_in_use() -> tuple[int, int, int]:
    """Return how much the process has in bytes, malloc in bytes (0 without glibc), and Python."""
    gc.collect()
    return private_memory(), malloc_in_use(), sys.getallocatedblocks()


def malloc_in_use() -> int:
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        return 0
    mallinfo.restype = Mallinfo
    found = mallinfo()
    return getattr(found, Mallinfo.MAPPED) + getattr(found, Mallinfo.IN_USE)


def memory_taken(read: Callable[[], object], times: int) -> list[int]:
    """Return by how much memory_in_use grows with that many reads, after a tenth of them."""
    for _ in range(times // 10):
        read()
    before = memory_in_use()
    for _ in range(times):
        read()
    return [now - then for now, then in zip(memory_in_use(), before, strict=True)]


def is_little(resident: int, malloc: int, blocks: int) -> bool:
    return resident < 256 * 1024 and malloc < 4096 and blocks < 100


@pytest.mark.slow
@pytest.mark.parametrize("report", [*LISTS, *SINGLE])
def test_reading_for_long_takes_no_memory(report: str, start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*source_lines(1, range(1, 21)), *LOCAL)
    times = {"get_tracking": 100_000, "get_sources": 3_000}.get(report, 500)
    with ChronyConnection(daemon.socket_path, timeout=60) as connection:
        taken = [memory_taken(getattr(connection, report), times)]
        # What leaks does so each time. The rest of the process may take something meanwhile.
        while not is_little(*taken[-1]) and len(taken) < 4:
            taken.append(memory_taken(getattr(connection, report), times))

    assert is_little(*taken[-1]), taken
