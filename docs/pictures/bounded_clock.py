"""The picture of docs/bounded-clock.md: an interval of a real run, against a real chronyd.

python -m docs.pictures.bounded_clock >docs/pictures/bounded_clock.svg

That takes half a minute. chronyd follows a server whose clock is ahead of the system's and drifts.
That clock is the true time. chronyd is paused for some seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from docs.pictures.drawing import (
    WIDTH,
    Point,
    area,
    curve,
    line,
    nice_step,
    picture,
    rect,
    text,
)
from pychrony import BoundedClock
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.ntp_server import NTPServer

OFFSET = 60e-6  # seconds: how far the server's clock is ahead at first
WANDER = 5e-6  # of one second: how fast it goes, now ahead and now back
TURN = 4.0  # seconds until it turns
LENGTH, PAUSED, RESUMED = 24.0, 8.0, 16.0  # seconds
PAUSE = 0.04  # seconds between two readings
ENOUGH_SKEW = 20.0  # ppm: below max_drift

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380, 88, 20, 66, 36


class Sample(NamedTuple):
    """A reading: when, in seconds; and beside the clock, in microseconds, all else."""

    time: float
    earliest: float
    latest: float
    truth: float


def wandering(seconds: float) -> float:
    """Return how far the server's clock is ahead after so many seconds."""
    turns, part = divmod(seconds, TURN)
    return OFFSET + WANDER * (part if turns % 2 == 0 else TURN - part)


def take_samples() -> list[Sample]:
    """Return the readings of a run."""
    samples = []
    with temporary_directory() as folder, NTPServer(offset=OFFSET) as server:
        source = server.line("minpoll -2 maxpoll -2")
        with Chronyd(folder, source, "maxclockerror 50", "maxupdateskew 10000") as daemon:
            daemon.wait_synchronized()
            daemon.wait_for(
                lambda: float(daemon.chronyc("tracking").split(",")[9]) < ENOUGH_SKEW, 60
            )
            with BoundedClock(daemon.socket_path) as clock:
                start = time.monotonic()
                is_paused = False
                while (now := time.monotonic() - start) < LENGTH:
                    if is_paused != (PAUSED <= now < RESUMED):
                        (daemon.resume if is_paused else daemon.pause)()
                        is_paused = not is_paused
                    server.offset = wandering(now)
                    interval = clock.now()
                    error = interval.error_ns / 1000
                    samples.append(Sample(now, -error, error, server.offset * 1e6))
                    time.sleep(PAUSE)
    return samples


def draw(samples: Sequence[Sample]) -> str:
    """Return the picture."""
    length = samples[-1].time
    highest = 1.1 * max(sample.latest for sample in samples)

    def curve_of(values: Iterable[float]) -> list[Point]:
        places = zip(samples, values, strict=True)
        return [(_across(sample.time / length), _up(value / highest)) for sample, value in places]

    above = curve_of(sample.latest for sample in samples)
    below = curve_of(sample.earliest for sample in samples)
    shapes = (
        *_draw_silence(length),
        *_draw_axes(length, highest),
        area((*above, *reversed(below)), "blue"),
        curve(curve_of(sample.truth for sample in samples), "red"),
        rect(LEFT, 14, 24, 14, "blue-area"),
        text(LEFT + 32, 27, "the interval", "blue bold"),
        line((LEFT + 190, 21), (LEFT + 214, 21), "red", 2),
        text(LEFT + 222, 27, "the true time", "red bold"),
    )
    return picture(
        "The interval of BoundedClock in a run of some seconds",
        "The interval around the clock grows between two reports of chronyd and while chronyd does "
        "not answer, and becomes small with each report. The true time never leaves it.",
        HEIGHT,
        shapes,
    )


def _draw_silence(length: float) -> Iterable[str]:
    left, right = _across(PAUSED / length), _across(RESUMED / length)
    yield rect(left, TOP, right - left, HEIGHT - BOTTOM - TOP, "yellow-area")
    middle = (left + right) / 2
    yield text(middle, TOP - 8, "chronyd does not answer", "yellow bold", "middle")


def _draw_axes(length: float, highest: float) -> Iterable[str]:
    step = nice_step(highest, 3)
    most = int(highest / step)
    for number in range(-most, most + 1):
        y = _up(number * step / highest)
        yield line((LEFT, y), (WIDTH - RIGHT, y), "grid" if number else "faint")
        label = f"{number * step:+.0f} µs".replace("-", "−") if number else "clock"
        yield text(LEFT - 8, y + 6, label, "text", "end")
    for seconds in range(0, int(length) + 1, 4):
        x = _across(seconds / length)
        yield text(x, HEIGHT - BOTTOM + 24, f"{seconds} s", "text", "middle")


def _across(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _up(share: float) -> float:
    return (TOP + HEIGHT - BOTTOM) / 2 - share * (HEIGHT - BOTTOM - TOP) / 2


if __name__ == "__main__":
    print(draw(take_samples()), end="")
