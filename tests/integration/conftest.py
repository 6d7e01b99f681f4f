"""What these tests share, beside the chronyds of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chronyd import temporary_directory


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that other users see, and with a path short enough for sockets."""
    with temporary_directory() as directory:
        yield directory
        directory.chmod(0o700)
