"""The version of what is built: of git's tags, of the environment, or none that can be told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.builds import VERSION, build, clone, environment, git, run, try_build

OVERRIDE = "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_PYCHRONY"
WAYS_OUT = ("git fetch --unshallow --tags", OVERRIDE)
ANOTHERS = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}  # as for root in a container

MakeTree = Callable[[Path, Path], Path]


def ask_version(tree: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "metadata", "version"]
    env = environment(**variables)
    return subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True)


def version_of(tree: Path, **variables: str) -> str:
    done = ask_version(tree, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def assert_refused(tree: Path, **variables: str) -> None:
    done = ask_version(tree, **variables)

    assert (done.returncode, done.stdout) == (1, "")
    assert [way for way in WAYS_OUT if way not in done.stderr.splitlines()[-1]] == []


def commit(tree: Path) -> None:
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "A change")


def clone_shallow(project: Path, tree: Path) -> Path:
    run("git", "clone", "--quiet", "--depth", "1", project.as_uri(), tree)
    return tree


def add_worktree(project: Path, tree: Path) -> Path:
    git(project, "worktree", "add", "--quiet", "--detach", tree)
    return tree


def add_submodule(project: Path, tree: Path) -> Path:
    run("git", "init", "--quiet", tree.parent)
    allowed = ("-c", "protocol.file.allow=always")
    git(tree.parent, *allowed, "submodule", "--quiet", "add", project, tree.name)
    return tree


@pytest.fixture
def later(tree: Path) -> Path:
    """Return a clone with one commit after the release."""
    commit(tree)
    return tree


@pytest.fixture
def shallow(later: Path, tmp_path: Path) -> Path:
    return clone_shallow(later, tmp_path / "shallow")


@pytest.mark.parametrize("kind", ["--sdist", "--wheel"])
def test_nothing_is_built_of_a_shallow_clone(kind: str, shallow: Path, out: Path) -> None:
    done = try_build(shallow, out, kind)

    assert done.returncode != 0
    assert [way for way in WAYS_OUT if way not in done.stderr] == []
    assert list(out.glob("pychrony*")) == []


def test_a_shallow_clone_that_has_fetched_the_rest_has_a_version(shallow: Path) -> None:
    git(shallow, "fetch", "--quiet", "--unshallow", "--tags")

    assert re.fullmatch(r"4\.2\.4\.dev1\+g[0-9a-f]+", version_of(shallow))


def test_a_shallow_clone_has_the_version_that_it_is_given(shallow: Path) -> None:
    assert version_of(shallow, **{OVERRIDE: "5.6.7.dev0"}) == "5.6.7.dev0"


def test_a_shallow_clone_of_a_release_has_its_version(tree: Path, tmp_path: Path) -> None:
    assert version_of(clone_shallow(tree, tmp_path / "shallow")) == VERSION


def test_a_shallow_clone_of_a_rehearsal_is_refused(later: Path, tmp_path: Path) -> None:
    git(later, "tag", "v1.3.0-test")

    assert_refused(clone_shallow(later, tmp_path / "shallow"))


@pytest.mark.parametrize("make", [clone, add_worktree, add_submodule])
def test_a_clone_has_its_version_wherever_its_git_folder_lies(
    make: MakeTree, tree: Path, tmp_path: Path
) -> None:
    assert version_of(make(tree, tmp_path / "outer" / "tree")) == VERSION


def test_a_worktree_of_a_shallow_clone_is_refused(shallow: Path, tmp_path: Path) -> None:
    assert_refused(add_worktree(shallow, tmp_path / "worktree"))


def test_anothers_clone_has_its_version(tree: Path) -> None:
    assert version_of(tree, **ANOTHERS) == VERSION


def test_anothers_shallow_clone_is_refused(shallow: Path) -> None:
    assert_refused(shallow, **ANOTHERS)


def test_a_copy_without_gits_folder_is_before_the_first_release(tree: Path, out: Path) -> None:
    shutil.rmtree(tree / ".git")
    [sdist] = build(tree, out, "--sdist")

    assert sdist.name == "pychrony-4.0.0.dev0.tar.gz"


def test_a_clone_is_before_the_first_release_where_there_is_no_git(
    tree: Path, tmp_path: Path
) -> None:
    assert version_of(tree, PATH=str(tmp_path)) == "4.0.0.dev0"


def test_an_unpacked_sdist_keeps_its_version_where_there_is_no_git(
    later: Path, tmp_path: Path, out: Path
) -> None:
    [sdist] = build(later, out, "--sdist")
    run("tar", "-xzf", sdist, "-C", tmp_path)
    version = sdist.name.removeprefix("pychrony-").removesuffix(".tar.gz")

    assert version.startswith("4.2.4.dev1+g")
    assert version_of(tmp_path / f"pychrony-{version}", PATH=str(tmp_path)) == version


def test_a_clone_without_tags_is_above_what_pypi_has_and_below_every_release(
    later: Path, out: Path
) -> None:
    git(later, "tag", "--delete", f"v{VERSION}")
    [sdist] = build(later, out, "--sdist")

    assert re.fullmatch(r"pychrony-4\.0\.0\.dev2\+g[0-9a-f]+\.tar\.gz", sdist.name)
