"""What the bound on the error is made of, with the values of a real report, to scale.

python -m docs.pictures.error_bound_parts >docs/pictures/error_bound_parts.svg

That takes some seconds. chronyd follows a server that is ahead, far away and not sure of its own
time. chronyd must not touch the clock here, so the offset stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import accumulate

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


def draw(status: TrackingStatus) -> str:
    """Return the picture."""
    around = status.root_dispersion + status.root_delay / 2
    first = min(0.0, status.offset - around)
    scale = (WIDTH - 2 * MARGIN) / (status.offset + around - first)

    def across(seconds: float) -> float:
        return MARGIN + (seconds - first) * scale

    way = f"the way to the reference clock and back takes {_milliseconds(status.root_delay)}"
    gathered = "errors of the clocks on that way, and since the measurement"
    parts = (
        ("blue", "offset", status.offset, "how far chronyd believes the clock to be off"),
        ("green", "root delay / 2", status.root_delay / 2, way),
        ("red", "root dispersion", status.root_dispersion, gathered),
    )
    ends = list(accumulate((size for _, _, size, _ in parts), initial=0.0))
    clock, estimate = across(0), across(status.offset)
    left, right = across(status.offset - around), across(status.offset + around)
    inner = status.root_delay / 2 * scale
    shapes = [
        text(clock, CLOCK_TOP - 8, "the clock", "text bold", "middle"),
        text(estimate, CLOCK_TOP - 8, "chronyd's estimate", "text bold", "middle"),
        rect(left, BAND_TOP, estimate - inner - left, BAR, "red-area"),
        rect(estimate - inner, BAND_TOP, 2 * inner, BAR, "green-area"),
        rect(estimate + inner, BAND_TOP, right - estimate - inner, BAR, "red-area"),
        *(
            rect(across(start), PARTS_TOP, size * scale, BAR, color)
            for (color, _, size, _), start in zip(parts, ends, strict=False)
        ),
        line((clock, CLOCK_TOP), (clock, PARTS_TOP + BAR + 22), "text", 3),
        line((estimate, CLOCK_TOP), (estimate, PARTS_TOP), "text", 3),
        text(estimate + 12, PARTS_TOP - 14, "the true time is in here", "faint"),
        *_draw_measure(clock, right, f"error bound {_milliseconds(status.error_bound)}"),
    ]
    for number, (color, name, size, meaning) in enumerate(parts):
        y = WORDS_TOP + 52 * number
        shapes += (
            rect(MARGIN, y - 14, 16, 16, color),
            text(MARGIN + 28, y, f"{name} = {_milliseconds(abs(size))}", f"{color} bold"),
            text(MARGIN + 28, y + 23, meaning),
        )
    return picture(
        "What the error bound is made of",
        f"An offset of {_milliseconds(status.offset)}, half a root delay of "
        f"{_milliseconds(status.root_delay)} and a root dispersion of "
        f"{_milliseconds(status.root_dispersion)} make an error bound of "
        f"{_milliseconds(status.error_bound)}, as a real chronyd reported them.",
        HEIGHT,
        shapes,
    )


def _draw_measure(left: float, right: float, label: str) -> Iterable[str]:
    y = PARTS_TOP + BAR + 14
    yield line((left, y), (right, y), "text", 2)
    yield line((right, y - 8), (right, y + 8), "text", 3)
    yield text((left + right) / 2, y + 26, label, "text bold", "middle")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


if __name__ == "__main__":
    print(draw(take_report()), end="")
