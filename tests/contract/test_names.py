"""The names that users may rely on."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FrameType, ModuleType
from typing import get_args, get_type_hints

import pytest

import pychrony
import pychrony.testing
from pychrony import AsyncChronyConnection, ChronyConnection
from pychrony.testing import SimulatedChronyd

PUBLIC = {
    *("Activity", "Address", "Answer", "Answers", "AsyncChronyConnection", "AuthData", "AuthMode"),
    *("BoundedClock", "ClockInterval", "ClockStatus", "ClockUnknownError", "bounded_now"),
    *(
        "CheckResult",
        "ChronyConnection",
        "ChronyConnectionError",
        "Client",
        "Finding",
        "FindingCode",
        "Fleet",
        "Limits",
        "Verdict",
        "check",
    ),
    *("ChronyDataError", "ChronyError", "ChronyLibraryError", "ChronyPermissionError"),
    *("ChronyTimeoutError", "KeyType", "LeapStatus", "LibchronyInfo", "NTPData", "NTPMode"),
    *("NTPTests", "RTCData", "SelectData", "SelectOptions", "SelectState", "ServerStats"),
    *("Smoothing", "Source", "SourceMode", "SourceState", "SourceStats", "Timestamping"),
    *("TrackingStatus", "Transport", "__version__", "get_activity", "get_auth_data", "get_clients"),
    *("get_ntp_data", "get_rtc_data", "get_select_data", "get_server_stats", "get_smoothing"),
    *("get_source_stats", "get_sources", "get_tracking", "libchrony_info", "report_names"),
}


def test_all_names_what_there_is() -> None:
    assert set(pychrony.__all__) == PUBLIC
    assert pychrony.__all__ == sorted(pychrony.__all__)
    assert all(hasattr(pychrony, name) for name in PUBLIC)


@pytest.mark.parametrize(
    "module",
    [pychrony, pychrony.exceptions, pychrony.models, pychrony.testing],
    ids=lambda module: module.__name__,
)
def test_inspect_finds_the_source_of_each_public_class_and_function(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            first_lines = inspect.getsource(value).splitlines()[:3]
            defined = rf"(class|def) {name}\b"
            assert any(re.match(defined, line) for line in first_lines), name


def test_four_files_touch_the_compiled_module() -> None:
    package = Path(pychrony.__file__).parent
    files = [path for path in package.rglob("*.py") if "_binding" in path.read_text()]

    assert {path.relative_to(package).as_posix() for path in files} == {
        *(f"_client/{name}.py" for name in ("compiled", "handle", "window")),
        "_bounded/compiled.py",
    }


@pytest.mark.parametrize("kind", ["function", "connection"])
def test_four_calls_of_python_lead_to_c(kind: str) -> None:
    frames: list[list[str]] = []

    def note(frame: FrameType | None, event: str, called: object) -> None:
        if event == "c_call" and "pychrony_fetch" in repr(called):
            frames.append([])
            while frame is not None and frame.f_code is not ask.__code__:
                frames[-1].append(frame.f_code.co_name)
                frame = frame.f_back

    def ask() -> None:
        if kind == "function":
            pychrony.get_tracking(server.address)
        else:
            connection.get_tracking()

    with SimulatedChronyd() as server, ChronyConnection(server.address) as connection:
        sys.setprofile(note)
        try:
            ask()
        finally:
            sys.setprofile(None)

    middle = ["get_tracking", "_ask"] if kind == "function" else ["_ask", "ask"]
    assert frames == [["read", *reversed(middle), "get_tracking"]]


BRITISH = r"(?i)\b(\w{4,}[lnrt]is(ed?|ing|ation)|for ever|\w*colour\w*|judgement|learnt|spoilt)\b"


def test_names_and_texts_have_american_spelling_but_for_chronycs_words() -> None:
    package = Path(pychrony.__file__).parent
    found = {
        f"{path.relative_to(package)}: {match[0]}"
        for path in package.rglob("*.py")
        for match in re.finditer(BRITISH, path.read_text())
    }

    assert found == {"_cli/words.py: synchronised", "_cli/words.py: authorised"}


def test_the_version_is_the_distributions() -> None:
    from importlib.metadata import version

    assert pychrony.__version__ == version("pychrony")


@pytest.mark.parametrize(
    "module", ["importlib.metadata", "asyncio", "threading", "socket", "pychrony._judgment.clock"]
)
def test_importing_leaves_out_what_not_everybody_needs(module: str) -> None:
    program = f"import sys, pychrony; print({module!r} in sys.modules)"
    output = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert output.strip() == "False"


@pytest.mark.parametrize("name", ["checking", "explain.explaining", "waiting", "hosts", "watching"])
def test_the_command_line_leaves_out_what_a_report_does_not_need(name: str) -> None:
    program = f"import sys, pychrony._cli.main; print('pychrony._cli.{name}' in sys.modules)"
    output = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert output.strip() == "False"


def test_libchrony_info_says_what_was_built_in() -> None:
    info = pychrony.libchrony_info()

    assert info.kind in ("bundled", "system")
    assert re.fullmatch(r"\d+(\.\d+)+", info.version)


def test_each_function_is_the_method_of_its_name_with_an_address_and_a_timeout_of_its_own() -> None:
    methods = {name for name in dir(ChronyConnection) if name.startswith("get_")}
    functions = {name for name in PUBLIC if name.startswith("get_")}

    assert methods == functions
    for name in functions:
        method, function = getattr(ChronyConnection, name), getattr(pychrony, name)
        of_method = dict(inspect.signature(method).parameters)
        of_function = dict(inspect.signature(function).parameters)
        address = of_function.pop("address")
        timeouts = of_function.pop("timeout"), of_method.pop("timeout")
        del of_method["self"]

        assert (address.annotation, address.default) == ("Address", None)
        assert [timeout.annotation for timeout in timeouts] == ["float | None", "Timeout"]
        assert [timeout.default for timeout in timeouts] == [3.0, "connection"]
        assert {timeout.kind for timeout in timeouts} == {inspect.Parameter.KEYWORD_ONLY}
        assert of_method == of_function
        assert method.__annotations__["return"] == function.__annotations__["return"]


def test_an_address_can_be_annotated_at_run_time() -> None:
    def ask(address: pychrony.Address = None) -> None: ...

    allowed = set(get_args(get_type_hints(ask)["address"]))
    assert allowed == {str, os.PathLike[str], type(None)}


def test_the_annotations_of_all_methods_and_functions_can_be_read_at_run_time() -> None:
    functions = [getattr(pychrony, name) for name in PUBLIC if name.islower()]
    methods = [
        value
        for connection in (ChronyConnection, AsyncChronyConnection)
        for _, value in inspect.getmembers(connection, inspect.isfunction)
    ]
    for each in [*filter(inspect.isfunction, functions), *methods]:
        assert "return" in get_type_hints(each) or each.__name__ == "__init__"
