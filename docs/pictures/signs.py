"""Which value is positive when the clock is slow, and which when it is fast.

python -m docs.pictures.signs >docs/pictures/signs.svg

That takes half a minute. chronyd follows a server that is ahead of the clock and gets further
ahead, and another one that is behind and falls further behind.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from docs.pictures.drawing import WIDTH, dot, line, picture, text
from pychrony import ChronyConnection
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.ntp_server import NTPServer

OFFSET = 20e-3  # seconds
RATE = 200e-6  # of one second
KNOWN_RATE = 15.0  # ppm: the skew, when the rate is known well enough

NAMES, COLUMNS, HALF = 12, (346, 474), 52  # across: the names, the middles of the columns
HEIGHT, TIMES_TOP, ROW = 450, 156, 34
TIMES = (
    "TrackingStatus.offset",
    "NTPData.offset",
    "TrackingStatus.last_offset",
    "Source.latest_meas",
    "SourceStats.offset",
    "SelectData.low_limit",
)
RATES = ("TrackingStatus.frequency",)

Values = Mapping[str, float]


def take_values(ahead: int) -> Values:
    """Return what chronyd says of a server that is ahead, for 1, or behind, for -1.

    The sources' values are from before chronyd follows the server: from then on they are those of
    a clock that it regards as corrected.
    """
    with (
        temporary_directory() as folder,
        NTPServer(offset=ahead * OFFSET, rate=ahead * RATE) as server,
        Chronyd(folder, server.line("iburst minpoll 0 maxpoll 0")) as daemon,
        ChronyConnection(daemon.socket_path) as connection,
    ):
        before: Values = {}
        latest = _source_values(connection)
        while not (status := connection.get_tracking()).is_synchronized():
            before, latest = latest, _source_values(connection)
            time.sleep(0.02)
        daemon.wait_for(lambda: connection.get_tracking().skew < KNOWN_RATE, 60)
        return {
            **before,
            "TrackingStatus.offset": status.offset,
            "TrackingStatus.last_offset": status.last_offset,
            "TrackingStatus.frequency": connection.get_tracking().frequency,
        }


def _source_values(connection: ChronyConnection) -> Values:
    return {
        "NTPData.offset": connection.get_ntp_data()[0].offset,
        "Source.latest_meas": connection.get_sources()[0].latest_meas,
        "SourceStats.offset": connection.get_source_stats()[0].offset,
        "SelectData.low_limit": connection.get_select_data()[0].low_limit,
    }


def draw(slow: Values, fast: Values) -> str:
    """Return the picture, of the values of a clock that is slow, and of one that is fast."""
    rates_top = TIMES_TOP + ROW * len(TIMES) + 72
    shapes = (
        *_draw_clocks(COLUMNS[0], 1),
        *_draw_clocks(COLUMNS[1], -1),
        text(NAMES, 32, "The clock is", "text bold"),
        text(NAMES, 86, "time goes to the right", "faint"),
        *_draw_rows(TIMES_TOP, TIMES, slow, fast, 1e3, "ms"),
        text(NAMES, rates_top - 36, "The clock", "text bold"),
        text(COLUMNS[0], rates_top - 36, "loses time", "text bold", "middle"),
        text(COLUMNS[1], rates_top - 36, "gains time", "text bold", "middle"),
        *_draw_rows(rates_top, RATES, slow, fast, 1, "ppm"),
    )
    return picture(
        "The signs of a clock that is slow, and of one that is fast",
        "; ".join(
            f"{name} is {_sign(slow[name])} where the clock is slow and {_sign(fast[name])} "
            "where it is fast"
            for name in (*TIMES, *RATES)
        ),
        HEIGHT,
        shapes,
    )


def _draw_clocks(middle: float, ahead: int) -> Iterable[str]:
    yield text(middle, 32, "slow" if ahead > 0 else "fast", "text bold", "middle")
    yield line((middle - HALF, 80), (middle + HALF, 80), "faint", 2)
    clock, source = middle - ahead * HALF / 2, middle + ahead * HALF / 2
    yield dot((clock, 80), "text", 8)
    yield text(clock, 62, "clock", "text", "middle")
    yield dot((source, 80), "green", 8)
    yield text(source, 108, "source", "green", "middle")


def _draw_rows(
    top: float, names: Iterable[str], slow: Values, fast: Values, factor: float, unit: str
) -> Iterable[str]:
    for number, name in enumerate(names):
        y = top + ROW * number
        yield line((NAMES, y - 23), (WIDTH - NAMES, y - 23), "grid")
        yield text(NAMES, y, name, "text code")
        for middle, values in zip(COLUMNS, (slow, fast), strict=True):
            value = values[name] * factor
            color = "blue" if value > 0 else "red"
            number_text = f"{value:+.1f} {unit}".replace("-", "−")
            yield text(middle, y, number_text, f"{color} bold", "middle")


def _sign(value: float) -> str:
    return "positive" if value > 0 else "negative"


if __name__ == "__main__":
    print(draw(take_values(1), take_values(-1)), end="")
