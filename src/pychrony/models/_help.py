"""What `help()` shows of a record's fields and an enumeration's members.

Each is described once, by the text under it in the source, where editors and documentation tools
look for it. Python does not keep that text, so it is read from the source when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum, EnumMeta, Flag
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

_ClassT = TypeVar("_ClassT", bound=type)
_WIDTH = 76  # help() puts four characters before each line
_UNKNOWN = """\
A value that only a newer chronyd has is a member too. Its name is `UNKNOWN_` and the value, and
its `is_known()` is false.

"""
_UNKNOWN_BITS = """\
Bits that only a newer chronyd has are kept, and named by `UNKNOWN_` and their number.

"""


class ClassHelp:
    """The docstring of a class with fields, which are listed at its end."""

    def __init__(self, written: str | None) -> None:
        self.written = written

    def __get__(self, _instance: object, class_: type[Any]) -> str:
        return _with_list(self.written, "Fields, with type and unit:", class_, _fields)


def document(*classes: Any) -> None:
    """Let the docstring of each class list its fields, which are not read yet."""
    for class_ in classes:
        class_.__doc__ = ClassHelp(class_.__doc__)


class MemberHelp:
    """The docstring of an enumeration, which is that of its members: what is under each."""

    def __init__(self, written: str | None) -> None:
        self.written = written

    def __get__(self, member: Any, class_: type[Any]) -> str | None:
        return read_texts(class_).get(getattr(member, "name", None))


def show_inherited(class_: _ClassT) -> _ClassT:
    """Let a class have itself what private ones give it, for pdoc and Sphinx to show it there."""
    inherited = [item for base in class_.__mro__[1:] for item in vars(base).items()]
    for name, value in inherited:
        shown = isinstance(value, FunctionType | property) and not name.startswith("_")
        if shown and name not in vars(class_):
            setattr(class_, name, value)
    return class_


if TYPE_CHECKING:
    DocumentedEnum = EnumMeta  # type checkers know more of an enumeration that has no other
else:

    class DocumentedEnum(EnumMeta):
        def __new__(cls, name: str, bases: Any, namespace: Any, **kwargs: Any) -> Any:
            namespace["__doc__"] = MemberHelp(namespace.get("__doc__"))
            return super().__new__(cls, name, bases, namespace, **kwargs)

        def __init__(cls, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            show_inherited(cls)

        # help() asks an enumeration's metaclass first.
        @property
        def __doc__(cls) -> str:
            unknown = _UNKNOWN if hasattr(cls, "is_known") else ""
            if issubclass(cls, Flag):
                unknown = _UNKNOWN_BITS
            head = f"{unknown}Members, with their values:"
            return _with_list(vars(cls)["__doc__"].written, head, cls, _members)


def read_texts(class_: type[Any]) -> dict[str, str]:
    """Return the text under each name in the body of a class; nothing where there is no source."""
    import ast
    import inspect
    import sys
    from itertools import pairwise

    try:
        module = ast.parse(inspect.getsource(sys.modules[class_.__module__]))
    except (OSError, TypeError, SyntaxError):  # there is none, or it has changed since
        return {}
    bodies = {node.name: node.body for node in module.body if isinstance(node, ast.ClassDef)}
    body = bodies.get(class_.__name__, [])
    texts = {}
    for node, after in pairwise(body):
        match node, after:
            case (
                ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)]),
                ast.Expr(ast.Constant(str(text))),
            ):
                texts[name] = " ".join(text.split())
    return texts


def type_name(annotation: Any) -> str:
    """Return the name of a field's type: "float", "int or None"."""
    from types import UnionType
    from typing import get_args

    if isinstance(annotation, UnionType):
        return " or ".join(type_name(part) for part in get_args(annotation))
    if isinstance(annotation, str):
        return annotation.replace(" | ", " or ")
    return "None" if annotation is type(None) else annotation.__name__


def _with_list(
    written: str | None,
    head: str,
    class_: type[Any],
    entries: Callable[[type[Any]], Iterable[tuple[str, str]]],
) -> str:
    """Return a docstring with a list in a form that help(), Sphinx and pdoc show well."""
    from inspect import cleandoc  # not everybody needs it
    from textwrap import wrap

    texts = read_texts(class_)
    lines = [cleandoc(written or ""), "", head, ""]
    for name, kind in entries(class_):
        item = f"- `{name}` ({kind}): {texts.get(name, '')}".rstrip(": ")
        lines += wrap(item, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines).strip()


def _fields(class_: type[Any]) -> Iterable[tuple[str, str]]:
    if issubclass(class_, tuple):
        for name, kind in class_.__annotations__.items():
            yield name, type_name(kind)
        return
    for field in fields(class_):
        unit = field.metadata.get("unit")
        yield field.name, type_name(field.type) + (f", {unit}" if unit else "")


def _members(enumeration: type[Enum]) -> Iterable[tuple[str, str]]:
    show = hex if issubclass(enumeration, Flag) else repr
    for name, member in enumeration.__members__.items():
        yield name, show(member.value)
