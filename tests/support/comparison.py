"""Whether our records say what another reader of the same chronyd says, which goes on working."""

from __future__ import annotations

from collections.abc import Callable

Cell = str | int | float
Rows = list[list[Cell]]
Look = Callable[[], Rows]

ANY = "any"  # a cell that is not compared


def lies_between(ours: Cell, before: Cell, after: Cell) -> bool:
    """Return whether a value is between two others, which are exact, or chronyc's texts."""
    if isinstance(ours, str):
        return ours in (ANY, before) and before == after
    if isinstance(before, str) or isinstance(after, str):
        low, high = sorted((float(before), float(after)))
        digits = len(str(before).partition(".")[2])
        rounding = 0.6 * 10**-digits if isinstance(ours, float) else 0
        return low - rounding <= ours <= high + rounding
    return min(before, after) <= ours <= max(before, after)


def differences(before: Rows, ours: Rows, after: Rows) -> list[tuple[Cell, ...]]:
    if not len(before) == len(ours) == len(after):
        return [("rows", len(before), len(ours), len(after))]
    cells = (zip(*rows, strict=True) for rows in zip(before, ours, after, strict=True))
    return [triple for row in cells for triple in row if not lies_between(triple[1], *triple[::2])]


def assert_agrees(look: Look, ask: Look) -> None:
    """Look before and after asking, again where a source was measured in between."""
    for _ in range(200):
        found = differences(look(), ask(), look())
        if not found:
            return
    assert found == []
