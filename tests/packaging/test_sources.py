"""What linters do not find in the sources."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.packaging.builds import ROOT, run

CODE = (".c", ".h", ".py")
FOLDERS = [ROOT / name for name in ("src", "tests", "scripts", "benchmarks")]
TEXTS = [*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in folder.rglob("*.py"))]
TEXTS += [path for path in (ROOT / "scripts").iterdir() if path.is_file()]


def defined_twice(path: Path) -> Iterator[str]:
    """Yield each function that another of the same name in the same block replaces."""
    for block in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(block, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        functions = [each for each in block.body if isinstance(each, ast.FunctionDef)]
        # A decorator may make one of several: a property's setter, an overload.
        plain = Counter(each.name for each in functions if not each.decorator_list)
        yield from (f"{path}: {name}" for name, count in plain.items() if count > 1)


def test_no_function_is_written_twice() -> None:
    assert [name for path in TEXTS if path.suffix == ".py" for name in defined_twice(path)] == []


def test_each_command_that_a_text_names_runs_a_module_that_is_there() -> None:
    found = [
        (path.name, module)
        for path in TEXTS
        for module in re.findall(r"python -m ((?:tests|benchmarks)[.\w]+)", path.read_text())
    ]
    missing = [
        (name, module)
        for name, module in found
        if not (ROOT / module.replace(".", "/")).with_suffix(".py").exists()
    ]

    assert len(found) >= 3
    assert missing == []


def test_the_layout_tells_of_each_source_file() -> None:
    layout = (ROOT / "CLAUDE.md").read_text()
    files = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".c", ".py")]
    named = [path.name for path in files if not path.name.startswith("__")]

    assert len(named) > 80
    assert [name for name in named if f"`{name}`" not in layout and f"/{name}`" not in layout] == []


def test_the_tests_readme_tells_of_each_folder() -> None:
    told = (ROOT / "tests" / "README.md").read_text()
    folders = {path.parent.relative_to(ROOT / "tests") for path in ROOT.glob("tests/**/test_*.py")}

    assert len(folders) >= 10
    assert [name for name in map(str, folders) if f"`{name}`" not in told] == []


def included(folder: str) -> set[str]:
    """Return the headers of this tree that the C files in a folder include."""
    texts = [path.read_text() for path in (ROOT / "src" / folder).glob("*.[ch]")]
    return {name for text in texts for name in re.findall(r'#include [<"](\w+\.h)[>"]', text)}


def test_the_two_libraries_meet_at_one_header() -> None:
    binding, libchrony = (
        {path.name for path in (ROOT / "src" / folder).glob("*.h")}
        for folder in ("binding", "libchrony")
    )

    assert included("binding") & libchrony == {"chrony.h"}
    assert included("libchrony") & binding == set()


def test_nothing_waits_in_c_but_blocking_calls_and_fleets() -> None:
    waits = re.compile(r"\b(p?poll|p?select|epoll_p?wait|u?sleep|nanosleep|sched_yield)\(")
    files = (ROOT / "src" / "binding").glob("*.c")

    assert {path.name for path in files if waits.search(path.read_text())} == {"wait.c", "fleet.c"}


def test_no_file_is_long() -> None:
    files = [path for folder in FOLDERS for path in folder.rglob("*") if path.suffix in CODE]

    assert len(files) > 250
    assert [path.name for path in files if path.read_text().count("\n") > 350] == []


def test_what_runs_on_one_libchrony_alone_imports_no_pychrony() -> None:
    """To all others of tests/library it matters which libchrony pychrony is installed on."""
    files = (ROOT / "tests" / "library").glob("test_*.py")
    once = [f"tests.library.{path.stem}" for path in files if "mark.sources" in path.read_text()]
    program = """import importlib, sys
sys.modules["pychrony"] = None
for name in sys.argv[1:]:
    importlib.import_module(name)"""

    assert len(once) > 5
    run("env", "-C", ROOT, sys.executable, "-c", program, *once)


def test_what_was_built_is_not_linted_without_git_either(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "built.py").write_text("import os\n")

    run("ruff", "check", tmp_path)
