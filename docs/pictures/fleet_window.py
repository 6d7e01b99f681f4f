"""How a fleet's window works: when each of twelve targets was asked, and when its answer came.

python -m docs.pictures.fleet_window >docs/pictures/fleet_window.svg

That takes two seconds. The targets are servers on this computer that answer after a while, as from
far away, by a recorded answer. Two of them are silent.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from docs.pictures.drawing import WIDTH, line, nice_step, picture, rect, text
from pychrony import Fleet
from tests.support.many_sources import TRACKING, templates
from tests.support.reply_servers import DelayedServer, with_sequence_of

CONCURRENCY, TIMEOUT = 4, 1.0
# Seconds, below the time after which a request is sent again; None is a silent server.
DELAYS = (0.08, 0.11, None, 0.06, 0.1, None, 0.06, 0.11, 0.08, 0.1, 0.06, 0.08)

HEIGHT, LEFT, RIGHT, TOP, ROW, BAR = 476, 44, 20, 70, 28, 18


class Span(NamedTuple):
    """A target: when each of its requests came, when its answer or error did, and whether it did.

    Times are in seconds since the fleet began.
    """

    requests: Sequence[float]
    end: float
    is_answered: bool


class Target(DelayedServer):
    """A server that answers after a while, or not at all, and keeps when it was asked."""

    def __init__(self, delay: float | None) -> None:
        super().__init__(self._reply_to, delay or 0.0)
        self.requested: list[float] = []
        self._is_silent = delay is None

    def _reply_to(self, request: bytes) -> Iterable[bytes]:
        self.requested.append(time.monotonic())
        return () if self._is_silent else (with_sequence_of(request, templates()[TRACKING]),)


def take_spans() -> list[Span]:
    """Return what became of each target in a run."""
    with ExitStack() as stack:
        targets = [Target(delay) for delay in DELAYS]
        for target in targets:
            stack.enter_context(target)
        fleet = Fleet([each.address for each in targets], timeout=TIMEOUT, concurrency=CONCURRENCY)
        templates()  # reads the records, which takes a while
        start = time.monotonic()
        ends = {}
        for answer in fleet.get_tracking():
            ends[answer.index] = (time.monotonic() - start, answer.error is None)
    return [
        Span([moment - start for moment in target.requested], *ends[index])
        for index, target in enumerate(targets)
    ]


def draw(spans: Sequence[Span]) -> str:
    """Return the picture."""
    length = max(span.end for span in spans)
    shapes = [
        rect(LEFT, 12, 16, 16, "green"),
        text(LEFT + 24, 26, "answered"),
        rect(LEFT + 126, 12, 16, 16, "yellow-area"),
        text(LEFT + 150, 26, "silent"),
        rect(LEFT + 222, 10, 4, 20, "text"),
        text(LEFT + 234, 26, "request"),
        text(LEFT, 56, f"{CONCURRENCY} of {len(spans)} targets at a time", "text bold"),
    ]
    shapes += _draw_axis(length)
    for number, span in enumerate(spans, start=1):
        shapes += _draw_span(number, span, length)
    return picture(
        "How a fleet's window works",
        f"{len(spans)} targets, of which {CONCURRENCY} are asked at a time. A silent one keeps its "
        f"place for the timeout of {TIMEOUT:.0f} s, and is asked several times. Whenever a place "
        "becomes free, the next target is asked.",
        HEIGHT,
        shapes,
    )


def _draw_axis(length: float) -> Iterable[str]:
    step = nice_step(length)
    bottom = TOP + ROW * len(DELAYS) + 6
    for number in range(int(length / step) + 1):
        x = _across(number * step, length)
        yield line((x, TOP - 2), (x, bottom), "grid")
        yield text(x, bottom + 20, f"{number * step:.1f} s", "text", "middle")
    note = f"A silent one keeps its place for the timeout, {TIMEOUT:.0f} s."
    yield text(LEFT, HEIGHT - 12, note, "faint")


def _draw_span(number: int, span: Span, length: float) -> Iterable[str]:
    y = TOP + ROW * (number - 1) + (ROW - BAR) / 2
    left, right = _across(span.requests[0], length), _across(span.end, length)
    yield text(LEFT - 12, y + BAR - 3, str(number), "text", "end")
    yield rect(left, y, right - left, BAR, "green" if span.is_answered else "yellow-area")
    for moment in span.requests:
        yield rect(_across(moment, length), y - 2, 3, BAR + 4, "text")


def _across(seconds: float, length: float) -> float:
    return LEFT + seconds / length * (WIDTH - LEFT - RIGHT)


if __name__ == "__main__":
    print(draw(take_spans()), end="")
