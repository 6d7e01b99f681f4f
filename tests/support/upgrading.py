"""The table of docs/upgrading.md, and what its first column comes to. It runs beside any version:

    python tests/support/upgrading.py ADDRESS EXPRESSIONS >OUTCOMES

Both are lists in JSON. At the address is a chronyd whose last source was never heard.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import weakref
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "upgrading.md"
SURFACE = Path(__file__).parents[1] / "contract" / "surface-2.0.3.json"
"""What surface.py finds in 2.0.3."""
WRITTEN = Path(__file__).with_name("written_for_2_0_3.py")
WORKS = "works"


class Row(NamedTuple):
    """A difference: a piece of Python, and what it comes to in each version."""

    code: str
    before: str
    now: str
    advice: str


def read_rows() -> list[Row]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [Row(_code(code), _bare(old), _bare(new), advice) for code, old, new, advice in cells]


def _code(cell: str) -> str:
    found = re.match(r"`([^`]+)`", cell)
    assert found is not None, cell
    return found[1]


def _bare(cell: str) -> str:
    return cell.strip("`")


def agrees(outcome: dict[str, str], cell: str) -> bool:
    """Return whether an outcome is what a cell says."""
    if cell == WORKS:
        return "value" in outcome
    return cell in outcome.values()


def evaluate(code: str, names: dict[str, Any]) -> dict[str, str]:
    try:
        if code.startswith("with "):
            exec(code, names)
            return {"value": WORKS}
        return {"value": repr(eval(code, names))}
    except Exception as error:
        return {"error": type(error).__name__}


def make_names(address: str) -> dict[str, Any]:
    import pychrony
    from pychrony import ChronyConnection, ChronyError, testing

    with ChronyConnection(address) as connection:
        source = connection.get_sources()[-1]
    try:
        with ChronyConnection("/nosuch/chronyd.sock") as no_connection:
            no_connection.get_tracking()
    except ChronyError as error:
        no_socket = error
    return {
        **{name: getattr(pychrony, name) for name in pychrony.__all__},
        **{name: getattr(testing, name) for name in dir(testing) if name.startswith("make_")},
        "dataclasses": dataclasses,
        "testing": testing,
        "weakref": weakref,
        "connection": ChronyConnection(address),
        "error": ChronyError("boom", 5),
        "no_socket": no_socket,
        "source": source,
        "status": testing.make_tracking(),
    }


if __name__ == "__main__":
    names = make_names(sys.argv[1])
    json.dump([evaluate(code, names) for code in json.loads(sys.argv[2])], sys.stdout)
