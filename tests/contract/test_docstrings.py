"""The help of what asks chronyd: complete, the same for methods and functions, and true."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import io
import re
import types
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import pychrony
from pychrony import (
    Answer,
    Answers,
    AsyncChronyConnection,
    BoundedClock,
    ChronyConnection,
    Fleet,
    bounded_now,
)
from pychrony.testing import SimulatedChronyd

GETTERS = [name for name in pychrony.__all__ if name.startswith("get_")]
METHODS = [*GETTERS, "check", "open", "read_record", "read_records"]
BOTH = [*METHODS, "close", "address", "transport"]  # of both kinds of connection
FUNCTIONS = [*GETTERS, "check", "report_names"]
CONNECTIONS = (ChronyConnection, AsyncChronyConnection)
DOCUMENTED: list[Any] = [
    *CONNECTIONS,
    *(getattr(connection, name) for connection in CONNECTIONS for name in METHODS),
    *(getattr(pychrony, name) for name in FUNCTIONS),
]
OF_FLEETS: list[Any] = [
    *(Fleet.get_tracking, Fleet.get_sources, Fleet.get_activity, Fleet.check),
    *(Answers.poll, Answers.fileno, Answer.get),
]
ASKING = [each for each in DOCUMENTED if each not in (*CONNECTIONS, pychrony.report_names)]
OF_CLOCKS: list[Any] = [BoundedClock, bounded_now]
OPENING = [connection.open for connection in CONNECTIONS]

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
    if each in OPENING:  # it asks for nothing, and takes nothing
        raised -= {"ChronyDataError", "ValueError"}

    assert set(entries(found.get("Args", ""))) == parameters - {"self"}
    assert set(entries(found["Raises"])) == raised
    assert found.get("Returns", "").strip() or each in OPENING
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


@pytest.mark.parametrize("each", OF_CLOCKS, ids=lambda each: each.__qualname__)
def test_each_argument_and_each_error_is_explained_for_clocks(each: Callable[..., Any]) -> None:
    found = sections(each)

    assert set(entries(found["Args"])) == {*inspect.signature(each).parameters}
    assert "ValueError" in entries(found["Raises"])
    assert found["Example"].lstrip().startswith(">>> ")


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
    explained = entries(sections(pychrony.check)["Args"])
    assert entries(sections(Fleet.check)["Args"]) == {name: explained[name] for name in limits}


# What differs between the two kinds of connection: on the left of the one for asyncio.
DIFFERING = (
    ("or was opened before a fork or in another event loop.", "or was opened before a fork."),
    (
        "or was opened before a fork; or this thread is in another call on it already, as in a "
        "signal handler that interrupts one.",
        "or was opened before a fork.",
    ),
    ("is open already, or no event loop is running.", "is open already."),
    ("under way in another task", "under way in another thread"),
    ("an `async with` block", "a `with` block"),
    ("async with AsyncChronyConnection()", "with ChronyConnection()"),
    ("= AsyncChronyConnection()", "= ChronyConnection()"),
)


def without_differences(text: str) -> str:
    text = " ".join(text.split())
    for first, second in DIFFERING:
        text = text.replace(first, second)
    text = re.sub(r"\(await (connection\.\w+\([^()]*\))\)", r"\1", text)
    return text.replace("await ", "")


@pytest.mark.parametrize("name", BOTH)
def test_both_kinds_of_connection_take_and_say_the_same(name: str) -> None:
    blocking, asynchronous = (getattr(connection, name) for connection in CONNECTIONS)

    assert without_differences(inspect.getdoc(asynchronous) or "") == without_differences(
        inspect.getdoc(blocking) or ""
    )
    if name not in ("address", "transport"):
        assert inspect.iscoroutinefunction(asynchronous)
        assert inspect.signature(asynchronous) == inspect.signature(blocking)


def test_both_kinds_of_connection_have_the_same_methods_and_arguments() -> None:
    first, second = ({name for name in dir(each) if name[0] != "_"} for each in CONNECTIONS)

    assert first == second == {*BOTH}
    assert inspect.signature(ChronyConnection) == inspect.signature(AsyncChronyConnection)


async def run_examples(text: str, names: dict[str, Any]) -> int:
    """Run the examples of a docstring as `python -m asyncio` would. Return how many there are."""
    examples = doctest.DocTestParser().get_examples(text)
    for example in examples:
        flag = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(example.source, "example", "single", flag, dont_inherit=True)
        with redirect_stdout(io.StringIO()) as shown:
            result = types.FunctionType(code, names)()
            if inspect.iscoroutine(result):
                await result
        assert shown.getvalue() == example.want
    return len(examples)


@pytest.mark.parametrize(
    "each",
    [*DOCUMENTED, *OF_FLEETS, *OF_CLOCKS, Fleet, Answers, Answer],
    ids=lambda each: each.__qualname__,
)
def test_the_examples_are_true(each: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with SimulatedChronyd(address=str(tmp_path / "s")) as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        names = {name: getattr(pychrony, name) for name in pychrony.__all__}

        assert asyncio.run(run_examples(inspect.getdoc(each) or "", names)) > 0


@pytest.mark.parametrize("each", DOCUMENTED, ids=lambda each: each.__qualname__)
def test_no_docstring_sends_the_reader_elsewhere_for_what_is_raised(each: Any) -> None:
    assert not re.search(r"[Rr]aises what|as `?get_\w+`? do", inspect.getdoc(each) or "")
