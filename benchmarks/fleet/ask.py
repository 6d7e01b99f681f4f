"""Ask many targets for tracking, in one of several ways.

ask.py WAY PORT CLASS EVERY TIMEOUT

Each target is an address of 127.0.0.0/8. Its class, its second byte, is CLASS for every so many of
them, and 0 for the others: responder.c says what classes are. For each line on stdin, which says
how many targets, this prints the nanoseconds that it took, those of processor time, the number of
targets that gave no answer, and by how many microseconds a timer of a millisecond was late.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from time import perf_counter, perf_counter_ns, process_time_ns

from pychrony import ChronyError, Fleet, TrackingStatus, get_tracking

N_THREADS = 64
TICK = 0.001  # seconds

# Targets without an answer, and microseconds.
Outcome = tuple[int, int]
Way = Callable[[list[str], float], Outcome]


def ask_fleet(addresses: list[str], timeout: float) -> Outcome:
    """Ask by a fleet, in a `for` loop."""
    with Fleet(addresses, timeout=timeout).get_tracking() as answers:
        return sum(answer.error is not None for answer in answers), 0


def ask_fleet_async(addresses: list[str], timeout: float) -> Outcome:
    """Ask by a fleet, in an `async for` loop."""
    return asyncio.run(_count(addresses, timeout)), 0


async def _count(addresses: list[str], timeout: float) -> int:
    failed = 0
    async with Fleet(addresses, timeout=timeout).get_tracking() as answers:
        async for answer in answers:
            failed += answer.error is not None
    return failed


def ask_beside_timer(addresses: list[str], timeout: float) -> Outcome:
    """Ask so while a task of the same loop wants to run each millisecond."""
    return asyncio.run(_count_beside_timer(addresses, timeout))


async def _count_beside_timer(addresses: list[str], timeout: float) -> Outcome:
    delays = [0.0]

    async def tick() -> None:
        while True:
            due = perf_counter() + TICK
            await asyncio.sleep(TICK)
            delays.append(perf_counter() - due)

    ticking = asyncio.create_task(tick())
    failed = await _count(addresses, timeout)
    ticking.cancel()
    return failed, int(max(delays) * 1e6)


def ask_by_threads(addresses: list[str], timeout: float) -> Outcome:
    """Ask by the blocking function, in many threads."""

    def ask(address: str) -> TrackingStatus | None:
        try:
            return get_tracking(address, timeout=timeout)
        except ChronyError:
            return None

    with ThreadPoolExecutor(N_THREADS) as threads:
        return sum(status is None for status in threads.map(ask, addresses)), 0


WAYS: dict[str, Way] = {
    "fleet": ask_fleet,
    "async": ask_fleet_async,
    "timer": ask_beside_timer,
    "threads": ask_by_threads,
}


def find_addresses(port: int, class_: int, every: int, n_targets: int) -> list[str]:
    """Return the targets. Those of class 0 are the same as in targets.c."""
    first = int(IPv4Address("127.0.0.1"))
    classes = (class_ if n % every == 0 else 0 for n in range(n_targets))
    return [f"{IPv4Address(first + (each << 16) + n)}:{port}" for n, each in enumerate(classes)]


def main(way: str, port: str, class_: str, every: str, timeout: str) -> None:
    """Ask as many targets as each line on stdin says."""
    for line in sys.stdin:
        addresses = find_addresses(int(port), int(class_), int(every), int(line))
        wall, cpu = perf_counter_ns(), process_time_ns()
        failed, late = WAYS[way](addresses, float(timeout))
        print(perf_counter_ns() - wall, process_time_ns() - cpu, failed, late, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
