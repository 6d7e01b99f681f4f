"""A folder /dev without null, as in a chroot: nobody reads what the command line prints.

It takes a mount namespace, which is for root, and which the containers that wheels are built in do
not allow.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.command_line import PYCHRONY

pytestmark = pytest.mark.who("root")

# The real libchrony opens urandom, which is kept at the path that is given.
WITHOUT_NULL = """
touch "$0" && mount --bind /dev/urandom "$0" && mount -t tmpfs tmpfs /dev &&
touch /dev/urandom && mount --bind "$0" /dev/urandom && exec "$@"
"""


@pytest.mark.parametrize(("command", "status"), [("tracking", 1), ("check", 3), ("explain", 3)])
def test_a_closed_pipe_is_no_traceback_without_dev_null(
    command: str, status: int, tmp_path: Path
) -> None:
    aside = ["unshare", "--mount", "sh", "-c", WITHOUT_NULL, str(tmp_path / "urandom")]
    reader, writer = os.pipe()
    os.close(reader)
    with SimulatedChronyd() as server:
        words = [*aside, *PYCHRONY, command, "-h", server.address]
        result = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)

    assert (result.returncode, result.stderr) == (status, b"")
