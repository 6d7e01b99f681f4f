"""docs/reports.md, made from what the records say of themselves.

python -m tests.support.reports_page >docs/reports.md
"""

from __future__ import annotations

import ast
import inspect
import types
import typing
from dataclasses import Field, fields
from functools import cache
from pathlib import Path
from typing import Any

import pychrony.models
from pychrony import ChronyConnection
from pychrony.models._record import Record

HEAD = """\
# The reports

What each method of `ChronyConnection`, and the function of the same name, returns.
Times are in seconds and rates in ppm (parts per million); lists have a record for
each source.
The last column is libchrony's name of the field, as `read_record` has it.

This page is made from the records' own declarations, by `python -m tests.support.reports_page`.
"""


@cache
def _class_definitions() -> dict[str, ast.ClassDef]:
    files = Path(pychrony.models.__file__).parent.glob("*.py")
    nodes = [node for file in files for node in ast.parse(file.read_text()).body]
    return {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}


def field_docs(record_class: type[Any]) -> dict[str, str]:
    """Return the text under each field."""
    class_ = _class_definitions()[record_class.__name__]
    docs = {}
    for node, after in zip(class_.body, class_.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert isinstance(after, ast.Expr)
            assert isinstance(after.value, ast.Constant)
            docs[node.target.id] = " ".join(str(after.value.value).split())
    return docs


def _type_name(annotation: Any) -> str:
    if isinstance(annotation, types.UnionType):
        return " or ".join(_type_name(part) for part in typing.get_args(annotation))
    return "None" if annotation is type(None) else annotation.__name__


def _row(field: Field[Any], doc: str) -> str:
    names = field.metadata.get("libchrony", "")
    names = names if isinstance(names, tuple) else (names,)
    origin = ", ".join(f"`{name}`" for name in names if name)
    if "bits" in field.metadata:
        origin += f" & {field.metadata['bits']:#x}"
    unit = field.metadata.get("unit", "")
    return f"| `{field.name}` | {_type_name(field.type)} | {unit} | {doc} | {origin} |"


def _section(method: str) -> list[str]:
    returned = typing.get_type_hints(getattr(ChronyConnection, method))["return"]
    candidates = [returned, *typing.get_args(returned)]
    [record_class] = [c for c in candidates if inspect.isclass(c) and issubclass(c, Record)]
    docs = field_docs(record_class)
    rows = [_row(field, docs[field.name]) for field in fields(record_class)]
    text = inspect.getdoc(record_class) or ""
    return [
        f"## `{method}()` → `{_returned(returned, record_class)}`",
        "",
        text,
        "",
        "| field | type | unit | meaning | in libchrony |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _returned(returned: Any, record_class: type[Any]) -> str:
    name = record_class.__name__
    if typing.get_origin(returned) is list:
        return f"list[{name}]"
    return name if returned is record_class else f"{name} | None"


def render() -> str:
    """Return the page."""
    names = [name for class_ in ChronyConnection.__mro__ for name in vars(class_)]
    methods = [name for name in names if name.startswith("get_")]
    lines = [HEAD]
    for method in methods:
        lines += _section(method)
    return "\n".join(lines)


if __name__ == "__main__":
    print(render(), end="")  # noqa: T201
