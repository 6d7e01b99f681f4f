"""docs/reference/reports.md, made from what the records say of themselves.

python -m tests.support.reports_page >docs/reference/reports.md
"""

from __future__ import annotations

import inspect
import typing
from dataclasses import Field, fields
from typing import Any

from pychrony import ChronyConnection
from pychrony.models._help import read_texts, type_name
from pychrony.models._record import Record

HEAD = """\
# The reports

What each method of `ChronyConnection`, and the function of the same name, returns.
Times are in seconds and rates in ppm (parts per million); lists have a record for
each source, or for each client.
The last column is libchrony's name of the field, as `read_record` has it; of the clients, which
libchrony has no report of, it is a name of pychrony's own.

This page is made from the records' own declarations, by `python -m tests.support.reports_page`.
"""


def _row(field: Field[Any], doc: str) -> str:
    names = field.metadata.get("libchrony", "")
    names = names if isinstance(names, tuple) else (names,)
    origin = ", ".join(f"`{name}`" for name in names if name)
    if "bits" in field.metadata:
        origin += f" & {field.metadata['bits']:#x}"
    unit = field.metadata.get("unit", "")
    return f"| `{field.name}` | {type_name(field.type)} | {unit} | {doc} | {origin} |"


def _section(method: str) -> list[str]:
    returned = typing.get_type_hints(getattr(ChronyConnection, method))["return"]
    candidates = [returned, *typing.get_args(returned)]
    [record_class] = [c for c in candidates if inspect.isclass(c) and issubclass(c, Record)]
    docs = read_texts(record_class)
    rows = [_row(field, docs[field.name]) for field in fields(record_class)]
    return [
        f"## `{method}()` → `{_returned(returned, record_class)}`",
        "",
        *_directives(record_class),
        "",
        "| field | type | unit | meaning | in libchrony |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _directives(record_class: type[Record]) -> list[str]:
    """Return what Sphinx makes the class and its methods of, and a target for each field."""
    name = f"pychrony.{record_class.__name__}"
    names = [field.name for field in fields(record_class)]
    lines = [f".. autoclass:: {name}", f"   :exclude-members: {', '.join(names)}", ""]
    for each in names:
        lines += [f".. py:attribute:: {name}.{each}", "   :no-typesetting:", ""]
    return ["```{eval-rst}", *lines[:-1], "```"]


def _returned(returned: Any, record_class: type[Any]) -> str:
    name = record_class.__name__
    if typing.get_origin(returned) is list:
        return f"list[{name}]"
    return name if returned is record_class else f"{name} | None"


def render() -> str:
    """Return the page."""
    names = [name for class_ in ChronyConnection.__mro__[1:] for name in vars(class_)]
    methods = [name for name in names if name.startswith("get_")]
    lines = [HEAD]
    for method in methods:
        lines += _section(method)
    return "\n".join(lines)


if __name__ == "__main__":
    print(render(), end="")  # noqa: T201
