"""What the pictures share: their colors in light and in dark, and the parts of an SVG.

A picture is shown 640 pixels wide where there is room. A phone has some 358 pixels for it, so a
chart is drawn in larger units, and its text can still be read there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from xml.sax.saxutils import escape

SHOWN = 640  # pixels
WIDTH = 544  # the units that a chart has across; its text is 11 pixels high on a phone

# Each color has a name, by which a shape is filled. With "-line" it is a line, and with "-area" it
# lets shine through what lies below it.
LIGHT = {
    "ground": "#ffffff",
    "text": "#1f2328",
    "faint": "#59636e",
    "grid": "#d1d9e0",
    "blue": "#0969da",
    "green": "#1a7f37",
    "red": "#cf222e",
    "yellow": "#8a5a00",
}
DARK = {
    "ground": "#0d1117",
    "text": "#f0f6fc",
    "faint": "#9198a1",
    "grid": "#3d444d",
    "blue": "#58a6ff",
    "green": "#3fb950",
    "red": "#ff7b72",
    "yellow": "#d29922",
}
TEXT_SIZE = 17
SCREEN_SIZE = 13  # so that 80 columns fit into what is shown

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


def _rules(colors: dict[str, str]) -> Iterable[str]:
    for name, color in colors.items():
        yield f".{name} {{ fill: {color} }}"
        yield f".{name}-line {{ fill: none; stroke: {color} }}"
        yield f".{name}-area {{ fill: {color}; fill-opacity: 0.3 }}"


STYLE = "\n".join(
    (
        f"text {{ font: {TEXT_SIZE}px sans-serif }}",
        f".screen {{ font: {SCREEN_SIZE}px monospace }}",
        ".bold { font-weight: bold }",
        ".code { font-family: monospace }",
        *_rules(LIGHT),
        "@media (prefers-color-scheme: dark) {",
        *_rules(DARK),
        "}",
    )
)


def picture(
    title: str, description: str, height: int, shapes: Iterable[str], width: int = WIDTH
) -> str:
    """Return a whole SVG, on a ground of its own."""
    size = f'width="{SHOWN}" viewBox="0 0 {width} {height}"'
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        f"<style>\n{STYLE}\n</style>",
        rect(0, 0, width, height, "ground"),
        *shapes,
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Return a box, by its upper left corner."""
    size = f'width="{_short(width)}" height="{_short(height)}"'
    return f'<rect class="{kind}" x="{_short(x)}" y="{_short(y)}" {size}/>'


def line(start: Point, end: Point, kind: str, width: float = 1) -> str:
    """Return a straight line."""
    places = zip(("x1", "y1", "x2", "y2"), (*start, *end), strict=True)
    ends = " ".join(f'{name}="{_short(place)}"' for name, place in places)
    return f'<line class="{kind}-line" stroke-width="{_short(width)}" {ends}/>'


def curve(points: Sequence[Point], kind: str, width: float = 2) -> str:
    """Return a line through points."""
    return (
        f'<polyline class="{kind}-line" stroke-width="{_short(width)}" points="{_list(points)}"/>'
    )


def area(points: Sequence[Point], kind: str) -> str:
    """Return what lies within points."""
    return f'<polygon class="{kind}-area" points="{_list(points)}"/>'


def dot(at: Point, kind: str, radius: float = 3) -> str:
    """Return a filled circle."""
    return (
        f'<circle class="{kind}" cx="{_short(at[0])}" cy="{_short(at[1])}" r="{_short(radius)}"/>'
    )


def text(x: float, y: float, content: str, kind: str = "text", anchor: Anchor = "start") -> str:
    """Return a line of text, whose letters stand on `y`."""
    place = f'x="{_short(x)}" y="{_short(y)}"'
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}{where}>{escape(content)}</text>'


def screen_text(x: float, y: float, content: str, kind: str, cell: float) -> str:
    """Return text of a terminal, each of whose characters is `cell` wide in every font."""
    place = f'x="{_short(x)}" y="{_short(y)}" textLength="{_short(len(content) * cell)}"'
    how = 'lengthAdjust="spacingAndGlyphs"'
    return f'<text class="screen {kind}" {place} {how}>{escape(content)}</text>'


def nice_step(length: float, most: int = 5) -> float:
    """Return 1, 2 or 5 times a power of ten, which goes at most so often into a length."""
    step = 10.0**-9
    while True:
        for factor in (1, 2, 5):
            if length / (step * factor) <= most:
                return step * factor
        step *= 10


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _list(points: Sequence[Point]) -> str:
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
