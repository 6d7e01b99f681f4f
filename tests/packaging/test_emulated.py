"""scripts/get-emulated: what it installs, or says that somebody has to install."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT

MISSING = ("qemu-", "debootstrap", "apt-get")


def hide_tools(folder: Path) -> None:
    """Fill a folder with links to this system's programs, but for those that are to be missing."""
    for name in os.environ["PATH"].split(":"):
        for program in Path(name).glob("*"):
            link = folder / program.name
            if not program.name.startswith(MISSING) and not link.is_symlink():
                link.symlink_to(program)


@pytest.mark.parametrize("machine", ["aarch64", "s390x"])
def test_a_machine_that_never_had_the_tools_gets_all_of_them(machine: str, tmp_path: Path) -> None:
    """Or is told to, where packages may not be installed. Here apt-get only says its arguments."""
    hide_tools(tmp_path)
    apt = tmp_path / "apt-get"
    apt.write_text('#!/bin/sh\necho "apt-get $*"\ntest "$1" = update\n')
    apt.chmod(0o755)
    env = os.environ | {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    env["TRY_AGAIN_PAUSE"] = "0"
    done = subprocess.run(
        [ROOT / "scripts" / "get-emulated", machine], env=env, capture_output=True, text=True
    )

    assert done.returncode != 0
    words = done.stderr.splitlines()[-1].split()
    assert words[-2:] == ["debootstrap", "qemu-user-static"]
    assert "install" in words
