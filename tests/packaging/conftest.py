"""One copy of the checkout, tagged v4.2.3, and what is built of it, for all tests here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.builds import (
    ROOT,
    Built,
    SharedObject,
    build_both,
    clone,
    commit_checkout,
    run,
)
from tests.packaging.builds import read_shared_object as read

# cibuildwheel and act's package need a newer Python than pychrony does.
NEWER = ["test_act.py", "test_cibuildwheel.py", "test_workflows.py"]
collect_ignore = [] if sys.version_info >= (3, 11) else NEWER


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository to clone. Nothing is built in it."""
    tree = tmp_path_factory.mktemp("project")
    commit_checkout(tree)
    return tree


@pytest.fixture
def tree(project: Path, tmp_path: Path) -> Path:
    """Return a clone that a test may change."""
    return clone(project, tmp_path / "tree")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture(scope="session")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    return build_both(clone(project, folder / "tree"), folder / "dist")


@pytest.fixture(scope="session")
def shared_object(built: Built) -> SharedObject:
    return read(built.wheel)


@pytest.fixture(scope="session")
def shells() -> Path | None:
    """Put zsh, fish and mandoc on PATH; return the folder they were unpacked to, if they were."""
    prefix = run(ROOT / "scripts" / "get-shells").strip()
    if not prefix:
        return None
    os.environ["PATH"] = f"{prefix}:{os.environ['PATH']}"
    return Path(prefix).parent


@pytest.fixture
def executable(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a program of a shell script's lines."""

    def make(script: str) -> Path:
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    return make
