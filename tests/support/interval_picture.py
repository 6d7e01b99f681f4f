"""The picture of docs/howto/bounded-clock.md: an interval of a real run, against a real chronyd.

python -m tests.support.interval_picture >docs/bounded-clock.svg

chronyd follows a server whose clock is ahead of the system's and drifts; that clock is the true
time. chronyd is paused for some seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pychrony import BoundedClock
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.ntp_server import NTPServer

OFFSET = 60e-6  # seconds: how far the server's clock is ahead at first
WANDER = 5e-6  # of one second: how fast it goes, now ahead and now back
TURN = 4.0  # seconds until it turns
LENGTH, PAUSED, RESUMED = 24.0, 8.0, 16.0  # seconds
PAUSE = 0.04  # seconds between two readings
ENOUGH_SKEW = 20.0  # ppm: below max_drift

WIDTH, HEIGHT = 800, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 45
STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # microseconds between two lines

STYLE = """
  .ground { fill: #ffffff } .text { fill: #1f2328 } .grid { stroke: #d1d9e0 }
  .band { fill: #54aeff; fill-opacity: 0.5 } .silent { fill: #eac54f; fill-opacity: 0.25 }
  .truth { stroke: #a40e26 } .truth-text { fill: #a40e26 }
  .clock { stroke: #59636e } text { font: 13px sans-serif }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .text { fill: #f0f6fc } .grid { stroke: #3d444d }
    .band { fill: #388bfd; fill-opacity: 0.5 } .silent { fill: #d29922; fill-opacity: 0.25 }
    .truth { stroke: #ff7b72 } .truth-text { fill: #ff7b72 }
    .clock { stroke: #9198a1 }
  }
"""


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
        line = server.line("minpoll -2 maxpoll -2")
        with Chronyd(folder, line, "maxclockerror 50", "maxupdateskew 10000") as daemon:
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
    highest = max(sample.latest for sample in samples)
    step = next((step for step in STEPS if step * 3.5 > highest), STEPS[-1])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>The interval of BoundedClock in a run of some seconds</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
        *_draw_silence(samples[-1].time),
        *_draw_axes(samples[-1].time, highest, step),
    ]
    places = [_Place(sample.time / samples[-1].time, highest) for sample in samples]
    above = [place.at(sample.latest) for place, sample in zip(places, samples, strict=True)]
    below = [place.at(sample.earliest) for place, sample in zip(places, samples, strict=True)]
    truth = [place.at(sample.truth) for place, sample in zip(places, samples, strict=True)]
    lines += [
        f'<polygon class="band" points="{" ".join((*above, *reversed(below)))}"/>',
        f'<polyline class="truth" fill="none" stroke-width="2" points="{" ".join(truth)}"/>',
        *_draw_legend(),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


class _Place(NamedTuple):
    """A place on the axis of the time, from 0 to 1, and how much there is above and below 0."""

    share: float
    highest: float

    def at(self, microseconds: float) -> str:
        return f"{_across(self.share):.1f},{_up(microseconds, self.highest):.1f}"


def _across(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _up(microseconds: float, highest: float) -> float:
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return middle - microseconds / (1.1 * highest) * (HEIGHT - BOTTOM - TOP) / 2


def _draw_silence(length: float) -> Iterable[str]:
    left, right = _across(PAUSED / length), _across(RESUMED / length)
    yield (
        f'<rect class="silent" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
        f'height="{HEIGHT - BOTTOM - TOP}"/>'
    )
    yield f'<text class="text" x="{left + 6:.1f}" y="{TOP + 16}">chronyd does not answer</text>'


def _draw_axes(length: float, highest: float, step: int) -> Iterable[str]:
    for number in range(-int(1.1 * highest / step), int(1.1 * highest / step) + 1):
        y = _up(number * step, highest)
        kind = "grid" if number else "clock"
        yield f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        label = f"{number * step:+d} µs" if number else "0"
        yield (
            f'<text class="text" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        )
    for seconds in range(0, int(length) + 1, 4):
        x = _across(seconds / length)
        y = HEIGHT - BOTTOM + 18
        yield f'<text class="text" x="{x:.1f}" y="{y}" text-anchor="middle">{seconds} s</text>'


def _draw_legend() -> Iterable[str]:
    yield f'<rect class="band" x="{LEFT}" y="14" width="24" height="14"/>'
    yield f'<text class="text" x="{LEFT + 32}" y="26">the interval, beside the clock (0)</text>'
    x = LEFT + 290
    yield f'<line class="truth" stroke-width="2" x1="{x}" x2="{x + 24}" y1="21" y2="21"/>'
    yield f'<text class="truth-text" x="{x + 32}" y="26">the true time</text>'


if __name__ == "__main__":
    print(draw(take_samples()), end="")
