"""The help of what asks chronyd: complete, the same for methods and functions, and true."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pychrony
from pychrony import Answer, Answers, ChronyConnection, Fleet
from pychrony.testing import SimulatedChronyd

GETTERS = [name for name in pychrony.__all__ if name.startswith("get_")]
METHODS = [*GETTERS, "check", "open", "read_record", "read_records"]
FUNCTIONS = [*GETTERS, "check", "report_names"]
DOCUMENTED: list[Any] = [
    ChronyConnection,
    *(getattr(ChronyConnection, name) for name in METHODS),
    *(getattr(pychrony, name) for name in FUNCTIONS),
]
OF_FLEETS: list[Any] = [
    *(Fleet.get_tracking, Fleet.get_sources, Fleet.get_activity, Fleet.check),
    *(Answers.poll, Answers.fileno, Answer.get),
]
ASKING = [each for each in DOCUMENTED if each not in (ChronyConnection, pychrony.report_names)]

# Whatever asks may raise these; a method also where it cannot be used.
RAISED = {
    *("ChronyConnectionError", "ChronyTimeoutError", "ChronyPermissionError", "ChronyDataError"),
    *("ChronyLibraryError", "ValueError"),
}
OWN = ("RuntimeError", "ValueError")  # differ between a method and its function


def sections(documented: Any) -> dict[str, str]:
    """Return a docstring's sections by their titles, and what stands before them."""
    text = inspect.getdoc(documented) or ""
    parts = re.split(r"^(Args|Returns|Raises|Example):\n", text, flags=re.M)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def entries(section: str) -> dict[str, str]:
    """Return the entries of Args or Raises, each as one line."""
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, flags=re.M)
    return {name: " ".join(text.split()) for name, text in found}


@pytest.mark.parametrize("each", ASKING, ids=lambda each: each.__qualname__)
def test_each_argument_and_each_error_is_explained(each: Callable[..., Any]) -> None:
    found = sections(each)
    parameters = {*inspect.signature(each).parameters}
    raised = RAISED | {"RuntimeError"} if "self" in parameters else RAISED
    if each is ChronyConnection.open:  # it asks for nothing, and takes nothing
        raised -= {"ChronyDataError", "ValueError"}

    assert set(entries(found.get("Args", ""))) == parameters - {"self"}
    assert set(entries(found["Raises"])) == raised
    assert found.get("Returns", "").strip() or each is ChronyConnection.open
    assert found["Example"].lstrip().startswith(">>> ")


@pytest.mark.parametrize("name", [*GETTERS, "check"])
def test_a_method_and_its_function_say_the_same(name: str) -> None:
    of_method = sections(getattr(ChronyConnection, name))
    of_function = sections(getattr(pychrony, name))

    assert of_method[""].split() == of_function[""].split()
    assert of_method["Returns"].split() == of_function["Returns"].split()
    for section in ("Args", "Raises"):
        first, second = entries(of_method[section]), entries(of_function[section])
        shared = (first.keys() & second.keys()) - {"timeout", *OWN}
        assert {key: first[key] for key in shared} == {key: second[key] for key in shared}


@pytest.mark.parametrize("each", OF_FLEETS, ids=lambda each: each.__qualname__)
def test_each_argument_and_what_comes_back_is_explained_for_fleets(
    each: Callable[..., Any],
) -> None:
    found = sections(each)

    assert set(entries(found.get("Args", ""))) == {*inspect.signature(each).parameters} - {"self"}
    assert found["Returns"].strip()
    assert found["Example"].lstrip().startswith(">>> ")


def test_a_fleet_explains_the_limits_of_check_as_the_function_does() -> None:
    of_fleet = inspect.signature(Fleet.check).parameters
    of_function = inspect.signature(pychrony.check).parameters
    limits = of_fleet.keys() - {"self"}

    assert limits == of_function.keys() - {"address", "timeout"}
    assert {name: of_fleet[name] for name in limits} == {n: of_function[n] for n in limits}


@pytest.mark.parametrize(
    "each",
    [*DOCUMENTED, *OF_FLEETS, Fleet, Answers, Answer],
    ids=lambda each: each.__qualname__,
)
def test_the_examples_are_true(each: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with SimulatedChronyd(address=str(tmp_path / "s")) as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        names = {name: getattr(pychrony, name) for name in pychrony.__all__}
        text = inspect.getdoc(each) or ""
        examples = doctest.DocTestParser().get_doctest(text, names, each.__name__, None, None)
        result = doctest.DocTestRunner().run(examples)

    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("each", DOCUMENTED, ids=lambda each: each.__qualname__)
def test_no_docstring_sends_the_reader_elsewhere_for_what_is_raised(each: Any) -> None:
    assert not re.search(r"[Rr]aises what|as `?get_\w+`? do", inspect.getdoc(each) or "")
