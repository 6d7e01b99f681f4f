"""What type checkers, at their strictest, say of users' programs."""

from __future__ import annotations

import ast
import doctest
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

import pychrony
import pychrony.metrics.opentelemetry
import pychrony.testing
from pychrony.testing import SimulatedChronyd

README = Path(__file__).parents[2] / "README.md"
PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))
RUNNING = [path for path in PROGRAMS if path.stem != "wrong" and not path.stem.startswith("test_")]

# A line, by the name of its file and its number.
Line = tuple[str, int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an environment that has the package under test, and the programs."""
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder / "venv")
    [site] = (folder / "venv").glob("lib/python*/site-packages")
    installed = [Path(pychrony.__file__).parents[1], sysconfig.get_path("purelib")]
    (site / "installed.pth").write_text("".join(f"{path}\n" for path in installed))
    (folder / "programs").mkdir()
    for name, text in programs().items():
        (folder / "programs" / name).write_text(text)
    (folder / "pyright.json").write_text('{"include": ["programs"], "typeCheckingMode": "strict"}')
    return folder


def programs() -> dict[str, str]:
    """Return all programs by their names: also README's, and the examples of docstrings."""
    readme = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    texts = {path.name: path.read_text() for path in PROGRAMS}
    texts |= {f"readme_{n}.py": typed(text) or text for n, text in enumerate(readme)}
    for module in (pychrony, pychrony.testing, pychrony.metrics.opentelemetry):
        public = [module, *(getattr(module, name) for name in module.__all__)]
        for test in (test for each in public for test in find_examples(each)):
            text = awaited(typed(str(test.docstring)))
            used = [n for n in module.__all__ if re.search(rf"(?<![.\w]){n}\b", text)]
            if used and "import" not in text:
                text = f"from {module.__name__} import {', '.join(used)}\n{text}"
            texts[f"docstring_{test.name.replace('.', '_')}.py"] = text
    return texts


def find_examples(documented: Any) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder().find(documented, getattr(documented, "__name__", "text"))
    return [test for test in found if test.examples]


def typed(text: str) -> str:
    """Return what a text has somebody type at a Python prompt, which shows what is no call."""
    sources = [example.source for example in doctest.DocTestParser().get_examples(text)]
    return "".join(f"print({text.strip()})\n" if is_shown(text) else text for text in sources)


def awaited(text: str) -> str:
    """Return what a text has somebody type at the prompt of `python -m asyncio`, as a function."""
    try:
        compile(text, "text", "exec")
    except SyntaxError:
        return f"async def main() -> None:\n{indent(text, '    ')}"
    return text


def is_shown(source: str) -> bool:
    [statement] = ast.parse(source).body
    return isinstance(statement, ast.Expr) and not isinstance(
        statement.value, (ast.Call, ast.Await)
    )


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a type checker as in the activated environment."""
    ours = ("PYTHON", "MYPY", "PYRIGHT", "TY_", "FORCE_COLOR")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"VIRTUAL_ENV": f"{folder}/venv", "PATH": f"{folder}/venv/bin:{env['PATH']}"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=env, capture_output=True, text=True
    )


def by_mypy(folder: Path) -> dict[Line, str]:
    return read_lines(
        run(folder, "mypy", "--strict", "--python-executable", "venv/bin/python", "programs")
    )


def by_ty(folder: Path) -> dict[Line, str]:
    return read_lines(
        run(folder, "ty", "check", "--error", "all", "--output-format", "concise", "programs")
    )


def read_lines(done: subprocess.CompletedProcess[str]) -> dict[Line, str]:
    found = re.findall(r"^programs/(\S+?):(\d+):(?:\d+:)? error(.*)", done.stdout, flags=re.M)
    assert found, done.stdout + done.stderr
    return {(name, int(number)): message for name, number, message in found}


def by_pyright(folder: Path) -> dict[Line, str]:
    done = run(folder, "pyright", "-p", "pyright.json", "--outputjson")
    return {
        (Path(found["file"]).name, found["range"]["start"]["line"] + 1): found["message"]
        for found in json.loads(done.stdout)["generalDiagnostics"]
    }


CHECKERS = {"mypy": by_mypy, "pyright": by_pyright, "ty": by_ty}


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_type_checker_sees_what_is_wrong_and_nothing_else(folder: Path, checker: str) -> None:
    wrong = {
        (name, number)
        for name, text in programs().items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(rf"# wrong for .*\b{checker}\b", line)
    }
    found = CHECKERS[checker](folder)

    assert {line: message for line, message in found.items() if line not in wrong} == {}
    assert wrong - found.keys() == set()


def test_pyright_knows_the_type_of_each_public_name(folder: Path) -> None:
    done = run(folder, "pyright", "--verifytypes", "pychrony", "--ignoreexternal", "--outputjson")
    report = json.loads(done.stdout)["typeCompleteness"]
    unknown = [
        symbol for symbol in report["symbols"] if symbol["isExported"] and not symbol["isTypeKnown"]
    ]

    assert report["moduleName"] == "pychrony"
    assert report["exportedSymbolCounts"]["withKnownType"] > len(pychrony.__all__)
    assert (report["completenessScore"], unknown, done.returncode) == (1.0, [], 0)


def test_the_programs_use_each_public_name() -> None:
    used = {
        name.name
        for path in PROGRAMS
        if path.stem != "wrong"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }

    assert {*pychrony.__all__, *pychrony.testing.__all__} - used == set()


@pytest.mark.parametrize("path", RUNNING, ids=lambda path: path.stem)
def test_a_program_runs(path: Path, tmp_path: Path) -> None:
    """Beside a simulated chronyd, in the place of the system's."""
    address = str(tmp_path / "chronyd.sock")
    program = path.read_text().replace("/run/chrony/chronyd.sock", address)
    addresses = f"import pychrony._client.addresses as a; a.DEFAULT_ADDRESSES = ({address!r},)"
    with SimulatedChronyd(address=address):
        command = [sys.executable, "-c", f"{addresses}; exec({program!r})"]
        done = subprocess.run(command, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
