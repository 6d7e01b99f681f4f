"""What `help()` tells: each field and member of a class, by the text under it in the source."""

from __future__ import annotations

import compileall
import doctest
import inspect
import os
import pydoc
import re
import shutil
import subprocess
import sys
from dataclasses import fields, is_dataclass
from enum import Enum, Flag
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pychrony
import pychrony.testing
from pychrony import ClockInterval, NTPData, TrackingStatus, models
from pychrony.models._help import read_texts
from pychrony.testing import SimulatedChronyd
from tests.support.replay import RECORDS
from tests.support.vectors import load

PUBLIC: list[type[Any]] = [
    value
    for module in (models, pychrony.testing)
    for name in module.__all__
    if inspect.isclass(value := getattr(module, name))
]
WITH_FIELDS = [class_ for class_ in PUBLIC if is_dataclass(class_)]
ENUMERATIONS = [class_ for class_ in PUBLIC if issubclass(class_, Enum)]


def listed(text: str) -> dict[str, tuple[str, str]]:
    """Return the items of the list at the end: name, what is in parentheses, and the text."""
    items = text[text.index("\n- `") :].split("\n- ")[1:]
    found = [re.fullmatch(r"`(\w+)` \((.*?)\)(?:: (.+))?", " ".join(i.split())) for i in items]
    return {match[1]: (match[2], match[3]) for match in found if match}


@pytest.mark.parametrize("class_", WITH_FIELDS)
def test_help_tells_each_field_with_its_unit_and_the_text_under_it(class_: type[Any]) -> None:
    told = listed(inspect.getdoc(class_) or "")

    assert list(told) == [field.name for field in fields(class_)]
    assert {name: text for name, (_, text) in told.items()} == read_texts(class_)
    for field in fields(class_):
        _type, _, unit = told[field.name][0].partition(", ")
        assert unit == field.metadata.get("unit", "")


def test_help_tells_the_fields_of_an_interval_and_the_text_under_each() -> None:
    told = listed(inspect.getdoc(ClockInterval) or "")

    assert list(told) == ["earliest_ns", "latest_ns", "status"]
    assert {name: text for name, (_, text) in told.items()} == read_texts(ClockInterval)
    assert [kind for kind, _ in told.values()] == ["int", "int", "ClockStatus"]


@pytest.mark.parametrize("class_", [pychrony.ChronyConnection, *PUBLIC])
def test_a_class_has_itself_what_private_ones_give_it(class_: type[Any]) -> None:
    """Sphinx and pdoc show nothing else on its page."""
    private = [base for base in class_.__mro__[1:] if base.__module__.startswith("pychrony")]
    given = {name for base in private for name in vars(base) if not name.startswith("_")}

    assert given <= vars(class_).keys() | annotated(class_)


def annotated(class_: type[Any]) -> set[str]:
    """Return the names of its bases' annotations, which are no values."""
    return {name for base in class_.__mro__ for name in vars(base).get("__annotations__", ())}


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_help_tells_each_member_with_its_value_and_the_text_under_it(
    enumeration: type[Enum],
) -> None:
    told = listed(inspect.getdoc(enumeration) or "")

    show = hex if issubclass(enumeration, Flag) else repr
    assert told == {
        name: (show(member.value), read_texts(enumeration)[name])
        for name, member in enumeration.__members__.items()
    }


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_a_member_has_its_own_docstring(enumeration: type[Enum]) -> None:
    texts = read_texts(enumeration)

    assert {name: each.__doc__ for name, each in enumeration.__members__.items()} == texts
    shown = pydoc.plain(pydoc.render_doc(enumeration))
    assert shown.count((inspect.getdoc(enumeration) or "").splitlines()[0]) == 1


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_help_tells_of_values_without_a_name(enumeration: type[Enum]) -> None:
    """Python leaves methods of enumerations out of help()."""
    shown = pydoc.plain(pydoc.render_doc(enumeration))
    assert ("its `is_known()` is false" in shown) == hasattr(enumeration, "is_known")
    assert ("Bits that only a newer chronyd has" in shown) == issubclass(enumeration, Flag)


@pytest.mark.parametrize("class_", [*WITH_FIELDS, ClockInterval, *ENUMERATIONS])
def test_the_written_docstring_comes_first_and_help_shows_all_of_it(class_: type[Any]) -> None:
    text = inspect.getdoc(class_) or ""
    written = re.search(r'"""(.+?)(\n|""")', inspect.getsource(class_))

    assert written
    assert text.startswith(written[1])
    shown = pydoc.plain(pydoc.render_doc(class_))
    assert all(f" |  {line}".rstrip() in shown for line in text.splitlines())


def test_help_tells_type_unit_and_sign() -> None:
    told = listed(inspect.getdoc(NTPData) or "") | listed(inspect.getdoc(TrackingStatus) or "")

    assert told["offset"] == (
        "float, s",
        "What is still to be corrected. Positive means that the system clock is slow of NTP time, "
        "negative that it is fast.",
    )
    assert told["local_address"][0] == "str or None"
    assert told["leap_status"][0] == "LeapStatus"


def signed_fields() -> set[tuple[str, str]]:
    """Return the fields that libchrony calls offsets, and those that were seen below zero."""
    return {
        (exchange.report, field.name)
        for session in load()
        for exchange in session.exchanges
        for field in exchange.fields
        if field.content.startswith("OFFSET_")
        or (
            session.file != "synthetic"
            and isinstance(field.value, (int, float))
            and field.value < 0
        )
    }


def test_each_field_that_may_be_negative_says_what_the_sign_means() -> None:
    signed = signed_fields()
    without = [
        (class_.__name__, field.name)
        for report, class_ in RECORDS.items()
        for field in fields(class_)
        if (report, field.metadata.get("libchrony")) in signed
        and not re.search(r"\b([Pp]ositive|[Nn]egative|sign)\b", read_texts(class_)[field.name])
    ]

    assert len(signed) > 15
    assert without == []


def run(program: str, *options: str, path: Path | None = None) -> str:
    places = [*([str(path)] if path else []), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    command = [sys.executable, *options, "-c", program]
    return subprocess.check_output(command, text=True, env=environment)


def test_no_source_is_read_before_somebody_asks() -> None:
    read = run("import linecache, pychrony.testing; print(*linecache.cache)").split()

    assert [file for file in read if file.endswith(".py")] == []


def test_without_docstrings_help_tells_the_fields() -> None:
    told = run("import pychrony; print(pychrony.Source.__doc__)", "-OO")

    assert "- `latest_meas` (float, s): The offset of the last" in told


def test_without_source_help_tells_names_types_units_and_values(tmp_path: Path) -> None:
    # Other tests may be writing what they have compiled.
    rest = shutil.ignore_patterns("__pycache__")
    package = shutil.copytree(Path(pychrony.__file__).parent, tmp_path / "pychrony", ignore=rest)
    compileall.compile_dir(package, quiet=1, legacy=True)
    for source in package.rglob("*.py"):
        source.unlink()

    program = "from pychrony import *; print(Source.__doc__); print(LeapStatus.__doc__)"
    told = run(program, path=tmp_path).splitlines()

    assert told[0] == "A source and its last measurement: `chronyc sources`."
    assert "- `latest_meas` (float, s)" in told
    assert "- `name` (str or None)" in told
    assert "- `INSERT` (1)" in told


@pytest.mark.parametrize("module", [pychrony, pychrony.testing], ids=lambda m: m.__name__)
def test_the_example_of_a_package_prints_what_stands_there(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    [example] = doctest.DocTestFinder(recurse=False).find(module)
    with SimulatedChronyd() as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        failed, tried = doctest.DocTestRunner().run(example)

    assert (failed, tried > 2) == (0, True)
