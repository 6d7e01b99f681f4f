"""docs/reference/errors.md has every error, and what helps against every failure of the system."""

from __future__ import annotations

import re
from pathlib import Path

from pychrony import exceptions
from pychrony._client import hints

PAGE = (Path(__file__).parents[2] / "docs/reference/errors.md").read_text()
HINTS = [
    *hints._UNIX.values(),
    *hints._UDP.values(),
    *hints._EVERYWHERE.values(),
    hints._LINK_LOCAL,
    hints.NOT_FOR_THIS_USER,
    hints._NOT_MADE,
    hints.explain_silence("/chronyd.sock"),
]


def meanings() -> list[str]:
    """Return what the table says that messages have."""
    cells = re.findall(r"^\| (`.+?`) \|", PAGE, re.M)
    return sorted({text for cell in cells for text in re.findall(r"`(.+?)`", cell)})


def test_each_message_of_the_table_is_one() -> None:
    messages = [
        hint.replace("{kind}", kind) for hint in HINTS for kind in ("a folder", "no socket")
    ]

    assert [text for text in meanings() if not any(text in each for each in messages)] == []


def test_each_failure_has_its_row() -> None:
    texts = [*meanings(), "this is {kind}"]

    assert [hint for hint in HINTS if not any(text in hint for text in texts)] == []


def test_the_tree_is_that_of_the_classes() -> None:
    tree = re.findall(r"^([│ ├└─]*)(\w+)(?: \((\w+)\))? ", PAGE.split("```")[1], re.M)
    path: list[str] = []
    parents = {}
    for indent, name, builtin in tree:
        del path[len(indent) // 4 :]
        parents[name] = [*path[-1:], *([builtin] if builtin else [])]
        path.append(name)

    assert parents.keys() == {*exceptions.__all__}
    for name, bases in parents.items():
        own = [base.__name__ for base in getattr(exceptions, name).__bases__]
        assert own == (bases or ["Exception"])


def test_the_attributes_in_the_tree_are_there() -> None:
    attributes = re.findall(r"\.(\w+)", PAGE.split("```")[1].splitlines()[1])
    error = exceptions.ChronyError("no sense")
    own = {*vars(error), *vars(exceptions.ChronyError)}

    assert {*attributes} == {name for name in own if not name.startswith("_")}
