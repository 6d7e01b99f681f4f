"""What a pychrony offers to its users, found by looking at it. It runs beside any version:

    python tests/support/surface.py >FILE

Each line of the JSON is one promise: a name, a parameter and its place, a field and its type, an
enumerator and its value, a base class, a property, a fixture.
"""

import dataclasses
import enum
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

MODULES = ["pychrony", "pychrony.models", "pychrony.exceptions", "pychrony.testing"]
Promises = Iterator[tuple[str, str]]


def surface() -> dict[str, str]:
    return dict(sorted([*_modules(), *_fixtures()]))


def _modules() -> Promises:
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in _public(module):
            thing = getattr(module, name)
            yield f"{module_name}.{name}", _kind(thing)
            if inspect.isclass(thing):
                yield from _class(thing)


def _public(module: object) -> list[str]:
    """Return the names of a module, without its private ones."""
    declared = getattr(module, "__all__", None)
    if declared is None:
        declared = [name for name, thing in vars(module).items() if inspect.isclass(thing)]
    return [name for name in declared if not name.startswith("_") or name == "__version__"]


def _kind(thing: object) -> str:
    if inspect.isclass(thing):
        return "enumeration" if issubclass(thing, enum.Enum) else "class"
    return "function" if inspect.isfunction(thing) else type(thing).__name__


def _class(kind: type) -> Promises:
    for base in kind.__mro__[1:-1]:
        if not base.__name__.startswith("_"):
            yield f"{kind.__name__}: {base.__name__}", "base class"
    if issubclass(kind, enum.Enum):
        for member in kind:
            yield f"{kind.__name__}.{member.name}", f"{member.value!r}"
        return
    if dataclasses.is_dataclass(kind):
        for place, field in enumerate(dataclasses.fields(kind)):
            yield f"{kind.__name__}.{field.name}", f"field {place}: {_type(field.type)}"
    yield from _parameters(kind.__name__, kind)
    for name, thing in inspect.getmembers(kind):
        public = not name.startswith("_") or name in ("__enter__", "__exit__")
        if public and isinstance(thing, property):
            yield f"{kind.__name__}.{name}", "attribute"
        elif name.startswith("__") and public:
            yield f"{kind.__name__}.{name}()", "method"
        elif public and inspect.isfunction(thing):
            yield f"{kind.__name__}.{name}()", _type(inspect.signature(thing).return_annotation)
            yield from _parameters(f"{kind.__name__}.{name}", thing)
    if issubclass(kind, Exception):
        for name in vars(kind("text")):
            yield f"{kind.__name__}.{name}", "attribute"


def _parameters(name: str, function: Callable[..., object]) -> Promises:
    for place, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
            yield f"{name}({parameter.name})", f"{place}, {parameter.kind.description}{default}"


def _type(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\bpychrony\.[\w.]*\.|'", "", text)


def _fixtures() -> Promises:
    for plugin in entry_points(group="pytest11", name="pychrony"):
        for name, thing in vars(plugin.load()).items():
            if type(thing).__name__ == "FixtureFunctionDefinition":  # of pytest 8.4 and newer
                yield f"fixture {name}", "fixture"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(surface(), indent=1) + "\n")
