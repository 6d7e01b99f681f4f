"""How the compiler is called, and what becomes of the build when it fails."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, build_wheel, read_shared_object, run, try_build


def test_a_failed_compilation_fails_the_build_and_leaves_nothing_behind(
    tree: Path, out: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with (tree / "src" / "libchrony" / "socket.c").open("a") as file:
        file.write("#error broken on purpose\n")
    done = try_build(tree, out, "--wheel", TMPDIR=str(temporary))

    assert done.returncode != 0
    assert "broken on purpose" in done.stderr
    assert list(out.glob("*.whl")) == []
    assert list(temporary.iterdir()) == []


def test_the_compiler_and_its_flags_come_from_the_environment(
    tree: Path, out: Path, tmp_path: Path, executable: Callable[[str], Path]
) -> None:
    calls = tmp_path / "calls"
    usual = os.environ.get("CC", "cc")
    compiler = executable(f'echo "$*" >>{shlex.quote(str(calls))}\nexec {usual} "$@"')
    wheel = build_wheel(
        tree,
        out,
        CC=str(compiler),
        CFLAGS="-O0 -DFOR_THE_COMPILER",
        LDFLAGS="-Wl,-rpath,/for/the/linker",
    )
    lines = calls.read_text().splitlines()
    compiled = [line for line in lines if " -c " in f" {line}"]
    sources = [source for source in (tree / "src").rglob("*.c") if source.stem != "_binding"]

    assert len(compiled) == len(sources) + 1  # and cffi's own
    assert [line for line in compiled if "-DFOR_THE_COMPILER" not in line] == []
    assert read_shared_object(wheel).run_path == ["/for/the/linker"]


def test_a_walks_compiler_takes_what_distributions_build_python_with(tmp_path: Path) -> None:
    (tmp_path / "source.c").write_text("int x;\n")
    flags = ["-O2", "-flto=auto", "-ffat-lto-objects", "-march=x86-64", "-Wp,-D_FORTIFY_SOURCE=3"]
    files = ["-c", tmp_path / "source.c", "-o", tmp_path / "object.o"]
    compiler = [ROOT / "scripts" / "zig-cc", "x86_64-linux-gnu.2.28"]
    run(*compiler, *flags, *files, PYTHON=sys.executable)

    assert (tmp_path / "object.o").read_bytes()[:4] == b"\x7fELF"


@pytest.mark.parametrize(
    ("lie", "place"),
    [
        ("sys.implementation.name = 'pypy'", "pypy on linux"),
        ("sys.platform = 'darwin'", "cpython on darwin"),
    ],
)
def test_another_interpreter_or_system_is_told_what_pychrony_is_for(
    lie: str, place: str, tree: Path, out: Path, executable: Callable[[str], Path]
) -> None:
    with (tree / "build_ffi.py").open("a") as file:
        file.write(f"{lie}\n")
    done = try_build(tree, out, "--wheel", CC=str(executable("exit 1")))
    [line] = [line for line in done.stderr.splitlines() if "pychrony is for" in line]

    assert done.returncode != 0
    assert line.startswith(f"pychrony is for CPython on Linux, and this is {place}: ")
