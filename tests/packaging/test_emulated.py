"""scripts/get-emulated: what it installs, or says that somebody has to install."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT


def put_program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("machine", "headers"),
    [("aarch64", "libc6-dev-arm64-cross"), ("s390x", "libc6-dev-s390x-cross")],
)
def test_a_cross_compiler_without_the_c_librarys_headers_is_not_enough(
    machine: str, headers: str, tmp_path: Path
) -> None:
    """Here it finds no header, and what apt-get is called with is printed."""
    put_program(tmp_path, f"{machine}-linux-gnu-gcc", "cat >/dev/null; exit 1")
    put_program(tmp_path, "apt-get", 'echo "apt-get $*"; test "$1" = update')
    for name in ("debootstrap", f"qemu-{machine}-static"):
        put_program(tmp_path, name, "exit 1")
    path = f"{tmp_path}:{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [ROOT / "scripts" / "get-emulated", machine], env=env, capture_output=True, text=True
    )

    assert done.returncode != 0
    assert headers in done.stderr.splitlines()[-1].split()
