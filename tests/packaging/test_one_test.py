"""scripts/test one: a test from nothing, and without delay when nothing has changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, WITHOUT_CACHES, clone, environment

MINE = "tests/unit/test_mine.py"
TEST = """
import pychrony

def test_that_is_mine():
    assert pychrony.MINE == 1

def test_that_passes():
    pass
"""


def start(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [tree / "scripts" / "test", *arguments]
    env = environment(PYTHON=sys.executable)
    return subprocess.run(command, env=env, capture_output=True, text=True)


def try_one(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return start(tree, "one", *arguments)


@pytest.fixture(scope="module")
def tree(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone that has no more than the developers' tools, and two tests of its own."""
    tree = clone(project, tmp_path_factory.mktemp("one") / "tree")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True)
    [packages] = tree.glob(".venv/lib/python*/site-packages")
    (packages / "tools.pth").write_text(sysconfig.get_path("purelib"))
    (tree / ".venv" / "tools").touch()
    (tree / MINE).write_text(TEST)
    return tree


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one"], "one takes a PATTERN: a file, a folder, FILE::TEST, or an expression "),
        (["one", ""], "one takes a PATTERN: "),
        (["one", "", "-x"], "one takes a PATTERN: "),
        (["one", " ", "-x"], "one takes a PATTERN: "),
        (["one more"], "one takes a PATTERN: "),
        (["one", "tests/unit/test_nothing.py"], "there is no tests/unit/test_nothing.py: "),
        (["one", "test_nothing.py::test_it", "-x"], "there is no test_nothing.py: "),
        (["once", "more"], "'once' 'more' is not known: there are --fast, one PATTERN, "),
    ],
)
def test_what_names_no_test_is_refused_before_anything_is_made(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=WITHOUT_CACHES)
    done = start(tmp_path, *arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["scripts"]


def test_one_test_runs_in_a_tree_where_nothing_is_installed(tree: Path) -> None:
    shutil.rmtree(tree / "build", ignore_errors=True)
    done = try_one(tree, f"{MINE}::test_that_passes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_test_sees_what_has_changed_in_the_sources_and_what_was_removed(tree: Path) -> None:
    new = tree / "src" / "pychrony" / "new.py"
    package = tree / "src" / "pychrony" / "__init__.py"
    new.touch()
    first = try_one(tree, MINE)
    before = package.read_text()
    package.write_text(f"{before}\nMINE = 1\n")
    new.unlink()
    second = try_one(tree, MINE)
    package.write_text(before)

    assert "1 failed, 1 passed" in first.stdout
    assert "2 passed" in second.stdout, second.stdout + second.stderr
    assert not (tree / "build" / "bundled" / "pychrony" / "new.py").exists()


def test_tests_of_tools_run_where_prometheus_cannot_be_fetched(tree: Path) -> None:
    (tree / "scripts" / "get-prometheus").write_text("#!/bin/sh\nexit 1\n")
    mine = "tests/tools/test_mine.py"
    (tree / mine).write_text("def test_that_is_mine():\n    pass\n")
    done = try_one(tree, mine)

    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert "there is no Prometheus" in done.stderr


def test_nothing_is_installed_again_where_no_source_has_changed(tree: Path) -> None:
    try_one(tree, MINE)
    installed = tree / "build" / "bundled" / "pychrony"
    before = installed.stat()
    done = try_one(tree, MINE, "-k", "passes")

    assert "1 passed, 1 deselected" in done.stdout
    assert (installed.stat().st_ino, installed.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_an_expression_picks_tests_wherever_they_are(tree: Path) -> None:
    done = try_one(tree, "test_mine and passes")

    assert "1 passed, " in done.stdout, done.stdout + done.stderr


def test_an_expression_that_no_test_matches_is_named(tree: Path) -> None:
    done = try_one(tree, "nothing_of_that_name")

    assert done.returncode == 1
    assert done.stderr.endswith("no test for this user matches 'nothing_of_that_name'\n")
