"""The bound on the error of a real chronyd over six minutes, in which its source falls silent.

python -m docs.pictures.error_bound_over_time >docs/pictures/error_bound_over_time.svg

That takes seven minutes. The source is another chronyd on this computer, which is asked every 16
seconds. It is paused for a while.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from docs.pictures.drawing import (
    WIDTH,
    Point,
    area,
    curve,
    dot,
    line,
    nice_step,
    picture,
    rect,
    text,
)
from pychrony import ChronyConnection
from tests.support.chronyd import SERVER, Chronyd, free_port, temporary_directory

POLL = 4  # log2 of seconds: every 16 seconds
SETTLED = 60.0  # seconds until the picture begins
LENGTH, SILENT, BACK = 360.0, 120.0, 240.0  # seconds
PAUSE = 1.0  # seconds between two reports

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380, 80, 20, 60, 60
MINUTE = 60


class Sample(NamedTuple):
    """What a report says: when it was taken, the bound in seconds, and the last measurement."""

    time: float
    bound: float
    measured_ns: int


def take_samples() -> list[Sample]:
    """Return the reports of a run."""
    port = free_port()
    options = f"iburst minpoll {POLL} maxpoll {POLL}"
    with temporary_directory() as there, temporary_directory() as here:
        client = Chronyd(here, f"server 127.0.0.1 port {port} {options}")
        with Chronyd(there, *SERVER, ntp_port=port) as server, client:
            client.wait_synchronized(60)
            time.sleep(SETTLED)
            return list(_watch(client, server))


def _watch(client: Chronyd, server: Chronyd) -> Iterable[Sample]:
    start = time.monotonic()
    is_silent = False
    with ChronyConnection(client.socket_path) as connection:
        while (now := time.monotonic() - start) < LENGTH:
            if is_silent != (SILENT <= now < BACK):
                (server.resume if is_silent else server.pause)()
                is_silent = not is_silent
            status = connection.get_tracking()
            yield Sample(now, status.error_bound, status.ref_time_ns)
            time.sleep(PAUSE)


def draw(samples: Sequence[Sample]) -> str:
    """Return the picture."""
    highest = 1.1 * max(sample.bound for sample in samples)
    places = [(_across(sample.time), _up(sample.bound / highest)) for sample in samples]
    floor = [(_across(samples[-1].time), _up(0)), (_across(samples[0].time), _up(0))]
    shapes = (
        *_draw_silence(),
        *_draw_axes(highest),
        area((*places, *floor), "blue"),
        curve(places, "blue"),
        *(dot(place, "blue", 4) for place in _measurements(samples, places)),
        text(LEFT, 28, "error bound", "blue bold"),
        dot((LEFT + 163, 22), "blue", 4),
        text(LEFT + 175, 28, "after a measurement"),
    )
    return picture(
        "The error bound of a real chronyd over six minutes",
        "The bound grows between two measurements and becomes small at each. While the source is "
        "silent it grows on, and it becomes small again when the source is back.",
        HEIGHT,
        shapes,
    )


def _measurements(samples: Sequence[Sample], places: Sequence[Point]) -> Iterable[Point]:
    for (before, after), place in zip(pairwise(samples), places[1:], strict=True):
        if after.measured_ns != before.measured_ns:
            yield place


def _draw_silence() -> Iterable[str]:
    left, right = _across(SILENT), _across(BACK)
    yield rect(left, TOP, right - left, HEIGHT - BOTTOM - TOP, "yellow-area")
    yield text((left + right) / 2, TOP - 8, "the source is silent", "yellow bold", "middle")


def _draw_axes(highest: float) -> Iterable[str]:
    step = nice_step(highest)
    for number in range(int(highest / step) + 1):
        y = _up(number * step / highest)
        yield line((LEFT, y), (WIDTH - RIGHT, y), "faint" if number == 0 else "grid")
        label = f"{number * step * 1e6:.0f} µs" if number else "0"
        yield text(LEFT - 8, y + 6, label, "text", "end")
    for seconds in range(0, int(LENGTH) + 1, MINUTE):
        anchor, unit = ("end", " min") if seconds == LENGTH else ("middle", "")
        label = f"{seconds // MINUTE}{unit}"
        yield text(_across(seconds), HEIGHT - BOTTOM + 24, label, "text", anchor)
    yield text(LEFT, HEIGHT - 10, f"A measurement every {2**POLL} seconds.", "faint")


def _across(seconds: float) -> float:
    return LEFT + seconds / LENGTH * (WIDTH - LEFT - RIGHT)


def _up(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


if __name__ == "__main__":
    print(draw(take_samples()), end="")
