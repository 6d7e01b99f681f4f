"""What the bound on the error is made of, with the values of a real report, to scale.

python -m docs.pictures.error_bound_parts >docs/pictures/error_bound_parts.svg

That takes some seconds. chronyd follows a server that is ahead, far away and not sure of its own
time. chronyd must not touch the clock here, so the offset stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from docs.pictures.drawing import WIDTH, line, picture, rect, text
from pychrony import TrackingStatus, get_tracking
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.ntp_server import NTPServer

OFFSET, DISTANCE, DISPERSION = 2.0e-3, 1.6e-3, 1.2e-3  # seconds
ENOUGH_SKEW = 100.0  # ppm

HEIGHT, MARGIN = 450, 20
CLOCK_TOP, BAND_TOP, PARTS_TOP, BAR, WORDS_TOP = 48, 76, 162, 44, 302


class FarServer(NTPServer):
    """A server whose answers, and the requests for it, are on their way for a while."""

    def _answer(self, request: bytes) -> bytes:
        time.sleep(DISTANCE)
        answer = super()._answer(request)
        time.sleep(DISTANCE)
        return answer


def take_report() -> TrackingStatus:
    """Return the report of a chronyd that knows its clock well enough."""
    with (
        temporary_directory() as folder,
        FarServer(offset=OFFSET, root_dispersion=DISPERSION) as server,
        Chronyd(folder, server.line("iburst minpoll -2 maxpoll -2")) as daemon,
    ):
        daemon.wait_synchronized()
        daemon.wait_for(lambda: get_tracking(daemon.socket_path).skew < ENOUGH_SKEW, 60)
        return get_tracking(daemon.socket_path)


class Part(NamedTuple):
    """A part of the bound: its color, its name, how large it is in seconds, and what it means."""

    color: str
    name: str
    size: float
    meaning: str


def parts_of(status: TrackingStatus) -> Sequence[Part]:
    """Return the three parts of the bound."""
    way = f"the way to the reference clock and back takes {_milliseconds(status.root_delay)}"
    return (
        Part("blue", "offset", status.offset, "how far chronyd believes the clock to be off"),
        Part("green", "root delay / 2", status.root_delay / 2, way),
        Part("red", "root dispersion", status.root_dispersion, "what other errors may add up to"),
    )


def draw(status: TrackingStatus) -> str:
    """Return the picture."""
    parts = parts_of(status)
    around = status.root_dispersion + status.root_delay / 2
    first = min(0.0, status.offset - around)
    scale = (WIDTH - 2 * MARGIN) / (status.offset + around - first)
    clock = MARGIN - first * scale
    return picture(
        "What the error bound is made of",
        f"An offset of {_milliseconds(status.offset)}, half a root delay of "
        f"{_milliseconds(status.root_delay)} and a root dispersion of "
        f"{_milliseconds(status.root_dispersion)} make an error bound of "
        f"{_milliseconds(status.error_bound)}, as a real chronyd reported them.",
        HEIGHT,
        (
            *_draw_band(clock, [part.size * scale for part in parts]),
            *_draw_parts(clock, scale, parts),
            line((clock, CLOCK_TOP), (clock, PARTS_TOP + BAR + 22), "text", 3),
            *_draw_measure(clock, status.error_bound * scale, status.error_bound),
            *_draw_words(parts),
        ),
    )


def _draw_band(clock: float, widths: Sequence[float]) -> Iterable[str]:
    """Draw where the true time may be, around the estimate of chronyd."""
    offset, delay, dispersion = widths
    estimate = clock + offset
    yield text(clock, CLOCK_TOP - 8, "the clock", "text bold", "middle")
    yield text(estimate, CLOCK_TOP - 8, "chronyd's estimate", "text bold", "middle")
    yield rect(estimate - delay - dispersion, BAND_TOP, dispersion, BAR, "red-area")
    yield rect(estimate - delay, BAND_TOP, 2 * delay, BAR, "green-area")
    yield rect(estimate + delay, BAND_TOP, dispersion, BAR, "red-area")
    yield line((estimate, CLOCK_TOP), (estimate, PARTS_TOP), "text", 3)
    yield text(estimate + 12, PARTS_TOP - 14, "the true time is in here", "faint")


def _draw_parts(clock: float, scale: float, parts: Sequence[Part]) -> Iterable[str]:
    """Draw the parts one behind the other."""
    left = clock
    for part in parts:
        yield rect(left, PARTS_TOP, part.size * scale, BAR, part.color)
        left += part.size * scale


def _draw_measure(left: float, width: float, bound: float) -> Iterable[str]:
    right, y = left + width, PARTS_TOP + BAR + 14
    yield line((left, y), (right, y), "text", 2)
    yield line((right, y - 8), (right, y + 8), "text", 3)
    label = f"error bound {_milliseconds(bound)}"
    yield text(left + width / 2, y + 26, label, "text bold", "middle")


def _draw_words(parts: Sequence[Part]) -> Iterable[str]:
    """Write what each color is."""
    for number, part in enumerate(parts):
        y = WORDS_TOP + 52 * number
        yield rect(MARGIN, y - 14, 16, 16, part.color)
        label = f"{part.name} = {_milliseconds(part.size)}"
        yield text(MARGIN + 28, y, label, f"{part.color} bold")
        yield text(MARGIN + 28, y + 23, part.meaning)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


if __name__ == "__main__":
    print(draw(take_report()), end="")
