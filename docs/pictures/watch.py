"""A real `pychrony sources --watch`, as its terminal showed it.

python -m docs.pictures.watch >docs/pictures/watch.svg

That takes half a minute. The chronyd has three good sources, one that is ahead, and one that does
not answer.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import groupby

from docs.pictures.drawing import SHOWN, picture, screen_text
from tests.support.chronyd import SERVER, Chronyd, free_port, temporary_directory
from tests.support.ntp_server import NTPServer
from tests.support.terminal import Cell, Terminal

GOOD = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
SILENT = "127.0.0.9"
AHEAD = 20e-3  # seconds
COLUMNS, ROWS = 79, 24
WATCHED = 16.0  # seconds
OPTIONS = "iburst minpoll 0 maxpoll 0"

MARGIN, LINE, TOP = 10, 21, 12
CELL = (SHOWN - 2 * MARGIN) / COLUMNS
# pyte's names of the colors that the command line uses
COLORS = {"default": "text", "green": "green", "red": "red", "brown": "yellow"}

Screen = Sequence[Sequence[Cell]]


def take_screen() -> Screen:
    """Return what the screen showed in the end, without the empty lines below it."""
    port = free_port()
    with (
        temporary_directory() as there,
        temporary_directory() as here,
        NTPServer(offset=AHEAD) as ahead,
    ):
        lines = [
            *(f"server {address} port {port} {OPTIONS}" for address in GOOD),
            ahead.line(OPTIONS),
            f"server {SILENT} port {free_port()} {OPTIONS}",
        ]
        everywhere = (*SERVER, "bindaddress 0.0.0.0", "binddevice lo")
        server, client = Chronyd(there, *everywhere, ntp_port=port), Chronyd(here, *lines)
        with server, client:
            client.wait_for(lambda: client.chronyc("sources").count("377") == len(GOOD) + 1, 60)
            command = (sys.executable, "-m", "pychrony", "sources", "--watch", "-h", client.udp4)
            with Terminal(*command, columns=COLUMNS, rows=ROWS) as terminal:
                end = time.monotonic() + WATCHED
                terminal.wait_for(lambda: time.monotonic() > end)
                return terminal.cells[: len(terminal.lines)]


def draw(screen: Screen) -> str:
    """Return the picture."""
    return picture(
        "pychrony sources --watch in a terminal",
        "\n".join("".join(cell.character for cell in row).rstrip() for row in screen),
        TOP * 2 + LINE * len(screen),
        (shape for number, row in enumerate(screen) for shape in _draw_row(number, row)),
        SHOWN,
    )


def _draw_row(number: int, row: Sequence[Cell]) -> Iterable[str]:
    """Yield its words, each of one style, at their columns."""
    y = TOP + LINE * (number + 1) - 6
    column = 0
    for style, group in groupby(row, lambda cell: cell._replace(character="")):
        cells = list(group)
        kind = COLORS[style.color] + (" bold" if style.is_bold else "")
        for word in re.finditer(r"\S+", "".join(cell.character for cell in cells)):
            x = MARGIN + (column + word.start()) * CELL
            yield screen_text(x, y, word[0], kind, CELL)
        column += len(cells)


if __name__ == "__main__":
    print(draw(take_screen()), end="")
