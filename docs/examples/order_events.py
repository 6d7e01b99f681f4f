"""Order the events of two processes by time stamps alone.

    python order_events.py [ADDRESS]

Each process has a clock of its own with an error of its own, as if it were on another computer.
First each waits, after an event, until the event's interval is certainly past ("commit wait"), and
only then lets the other one go on. So whoever sees the stamps later knows the order. Then the
processes do not wait, and the order is known only where the intervals do not overlap.
"""

from __future__ import annotations

import multiprocessing
import sys
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import NamedTuple

from pychrony import BoundedClock, ClockInterval, ClockUnknownError, bounded_now

EVENTS = 3


class Event(NamedTuple):
    """What happened, and the interval that it happened in."""

    name: str
    interval: ClockInterval


def work(name: str, address: str | None, turns: Connection) -> None:
    """Stamp an event at each turn. A turn tells whether to wait before it is given back."""
    with BoundedClock(address) as clock:
        for number in range(1, 2 * EVENTS + 1):
            must_wait = turns.recv()
            event = Event(f"{name}{number}", clock.now())
            if must_wait:
                clock.wait_until_past(event.interval)
            turns.send(event)


def describe_order(first: Event, second: Event) -> str:
    """Tell what the stamps of two events say."""
    if first.interval.is_before(second.interval):
        return f"{first.name} was before {second.name}"
    if first.interval.is_after(second.interval):
        return f"{first.name} was after {second.name}"
    return f"{first.name} or {second.name}: the stamps do not tell which was first"


def main(address: str | None = None) -> None:
    """Let two processes take turns, and tell what their stamps say."""
    bounded_now(address)  # if the time is not known, that is told here
    context = multiprocessing.get_context("spawn")
    workers = []
    for name in ("left", "right"):
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(name, address, theirs), daemon=True)
        process.start()
        theirs.close()
        workers.append((process, ours))
    for must_wait in (True, False):
        print("Each waits after its event:" if must_wait else "Nobody waits:")
        events: list[Event] = []
        for _ in range(EVENTS):
            for _, turns in workers:
                turns.send(must_wait)
                events.append(turns.recv())
        for first, second in pairwise(events):
            print(f"  {describe_order(first, second)}")
    for process, _ in workers:
        process.join()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ClockUnknownError, ValueError, EOFError) as error:
        sys.exit(str(error) or "a process does not know the time any more: see above")
