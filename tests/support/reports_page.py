"""docs/reference/reports.md, made from what the records say of themselves.

python -m tests.support.reports_page >docs/reference/reports.md
"""

from __future__ import annotations

import inspect
import re
import typing
from dataclasses import Field, fields
from typing import Any

import pychrony
from pychrony import ChronyConnection
from pychrony.models._help import read_texts, type_name
from pychrony.models._record import Record

HEAD = """\
# The reports

What each function, and the method of the same name, returns.
Times are in seconds and rates in ppm (parts per million). Lists have a record for each source, or
for each client.
Records are frozen dataclasses. [Signs](../explanation/signs.md) tells what is positive where.

The last column is libchrony's name of the field, as
{py:meth}`read_record() <pychrony.ChronyConnection.read_record>` has it; of the clients, which
libchrony has no report of, it is a name of pychrony's own.

This page is made from the records' own declarations, by `python -m tests.support.reports_page`.

## What each record has

```{eval-rst}
.. automethod:: pychrony.TrackingStatus.to_dict
```

## The reference ID of the computer's own clock

```{eval-rst}
.. py:data:: pychrony.models.LOCAL_REFERENCE_ID
   :value: 0x7F7F0101

   127.127.1.1: chronyd's own clock, made a reference by the ``local`` directive.
   :py:meth:`~pychrony.TrackingStatus.is_local_reference` tells that from a server with the same ID.
```
"""


def _row(field: Field[Any], doc: str) -> str:
    names = field.metadata.get("libchrony", "")
    names = names if isinstance(names, tuple) else (names,)
    origin = ", ".join(f"`{name}`" for name in names if name)
    if "bits" in field.metadata:
        origin += f" & {field.metadata['bits']:#x}"
    unit = field.metadata.get("unit", "")
    return f"| `{field.name}` | {_type(field)} | {unit} | {_linked(doc)} | {origin} |"


def _type(field: Field[Any]) -> str:
    """Return the name of a field's type, which leads to its page where pychrony has it."""
    name = type_name(field.type)
    return f"{{py:class}}`~pychrony.{name}`" if name in pychrony.__all__ else name


def _linked(doc: str) -> str:
    """Let fields of other records lead there."""
    return re.sub(r"(?<=`)(?=[A-Z]\w+\.\w+`)", "pychrony.", doc).replace(
        "`pychrony.", "{py:obj}`~pychrony."
    )


def _section(method: str) -> list[str]:
    returned = typing.get_type_hints(getattr(ChronyConnection, method))["return"]
    candidates = [returned, *typing.get_args(returned)]
    [record_class] = [c for c in candidates if inspect.isclass(c) and issubclass(c, Record)]
    docs = read_texts(record_class)
    rows = [_row(field, docs[field.name]) for field in fields(record_class)]
    return [
        f"## {record_class.__name__}",
        "",
        f"{{py:func}}`~pychrony.{method}` returns {_returned(returned, record_class)}.",
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
    if typing.get_origin(returned) is list:
        return "a list of these"
    return "one" if returned is record_class else "one, or `None`"


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
