"""Tell the time with its error, and wait until it is past."""

from __future__ import annotations

import asyncio

from pychrony import BoundedClock, ClockInterval, ClockStatus, ClockUnknownError, bounded_now


def describe(interval: ClockInterval) -> str:
    earliest, latest, status = interval
    known = "followed" if status is ClockStatus.SYNCHRONIZED else status.value
    return f"{earliest} to {latest}, {interval.earliest:%H:%M} UTC, {known}"


async def in_asyncio() -> bool:
    async with BoundedClock(refresh=0.5, max_age=10) as clock:
        stamp = clock.now()
        await clock.wait_until_past_async(stamp)
        return clock.now().is_after(stamp)


def main() -> None:
    try:
        print(describe(bounded_now(extra_error=0.001, timeout=5)))
    except ClockUnknownError as error:
        print(error.message)
    with BoundedClock(max_drift=20, extra_error=1e-6) as clock:
        stamp = clock.now()
        clock.wait_until_past(stamp)
        assert clock.now().is_after(stamp)
        assert stamp.overlaps(stamp)
        print(stamp.error_ns + stamp.midpoint_ns, clock.status.name)
    assert asyncio.run(in_asyncio())


if __name__ == "__main__":
    main()
