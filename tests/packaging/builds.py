"""Copies of this project in git, what uv builds of them, and what lies in that."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

ROOT = Path(__file__).parent.parent.parent
VERSION = "4.2.3"
OBJECT = "pychrony/_binding.abi3.so"
DATA = {  # where a wheel puts what lies in docs: manpath(1) and the shells' manuals say where
    "share/man/man1/pychrony.1": "pychrony.1",
    "share/bash-completion/completions/pychrony": "completion/pychrony.bash",
    "share/zsh/site-functions/_pychrony": "completion/pychrony.zsh",
    "share/fish/vendor_completions.d/pychrony.fish": "completion/pychrony.fish",
}
EPOCH = "1700000000"  # of every file in what is built

# What would decide how a build turns out. Each test says that itself.
DECISIVE = ("CFLAGS", "CPPFLAGS", "LDFLAGS", "LDSHARED", "PYCHRONY_", "PYTHON", "SOURCE_DATE_EPOCH")
DECISIVE += ("GIT_", "HATCH_", "SETUPTOOLS_SCM_")

WITHOUT_CACHES = shutil.ignore_patterns("__pycache__")  # which come and go

IDENTITY = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
UNSIGNED = ("-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false")


class Built(NamedTuple):
    sdist: Path
    wheel: Path


class SharedObject(NamedTuple):
    content: bytes
    exports: list[str]
    needs: list[str]
    run_path: list[str]


def environment(**variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(DECISIVE)}
    fixed = {"PYCHRONY_LIBCHRONY": "bundled", "UV_PYTHON_DOWNLOADS": "never"}
    return inherited | fixed | variables


def run(*command: str | Path, umask: int = -1, **variables: str) -> str:
    """Return what a program prints. A failure shows all it said."""
    done = subprocess.run(
        command, env=environment(**variables), umask=umask, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def git(tree: Path, *arguments: str | Path) -> str:
    return run("git", "-C", tree, *IDENTITY, *UNSIGNED, *arguments)


def commit_checkout(tree: Path) -> None:
    """Commit the checkout as it is now, changes and all, to a new repository, and tag that.

    It may also be an unpacked sdist, without git; its PKG-INFO would be taken for the version.
    """
    run("git", "init", "--quiet", tree)
    checkout = ("--git-dir", tree / ".git", "--work-tree", ROOT)
    run("git", *checkout, "add", "--all", ":/", ":(top,exclude)PKG-INFO")
    git(tree, "commit", "--quiet", "--message", "The checkout as it is")
    git(tree, "tag", f"v{VERSION}")
    git(tree, "reset", "--quiet", "--hard")


def clone(project: Path, tree: Path, umask: int = -1) -> Path:
    run("git", "clone", "--quiet", project, tree, umask=umask)
    return tree


def tracked_files(tree: Path) -> set[str]:
    return set(git(tree, "ls-files").splitlines())


def try_build(
    tree: Path, out: Path, *options: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Build what the options say, or else an sdist and from it a wheel, into `out`."""
    command = ["uv", "build", "--python", sys.executable, *options, "--out-dir", out, tree]
    env = environment(SOURCE_DATE_EPOCH=EPOCH, **variables)
    return subprocess.run(command, env=env, capture_output=True, text=True)


def build(tree: Path, out: Path, *options: str, **variables: str) -> list[Path]:
    """Return the files that it makes, in the order of their names."""
    done = try_build(tree, out, *options, **variables)
    assert done.returncode == 0, done.stderr
    return sorted(out.glob("pychrony*"))


def build_wheel(tree: Path, out: Path, **variables: str) -> Path:
    """Return a wheel built straight from the tree."""
    [wheel] = build(tree, out, "--wheel", **variables)
    return wheel


def build_both(tree: Path, out: Path, **variables: str) -> Built:
    wheel, sdist = build(tree, out, **variables)
    return Built(sdist, wheel)


def wheel_files(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def read_from_wheel(wheel: Path, name: str) -> bytes:
    with ZipFile(wheel) as archive:
        return archive.read(name)


def read_data(built: Built, name: str) -> bytes:
    """Return what an installer puts below an environment's folder."""
    return read_from_wheel(built.wheel, f"pychrony-{VERSION}.data/data/{name}")


def sdist_files(sdist: Path) -> set[str]:
    """Return the paths below its one folder."""
    with tarfile.open(sdist) as archive:
        names = [member.name for member in archive if not member.isdir()]
    return {name.removeprefix(f"pychrony-{VERSION}/") for name in names}


def read_shared_object(wheel: Path) -> SharedObject:
    content = read_from_wheel(wheel, OBJECT)
    elf = ELFFile(io.BytesIO(content))
    symbols, dynamic = elf.get_section_by_name(".dynsym"), elf.get_section_by_name(".dynamic")
    assert isinstance(symbols, SymbolTableSection)
    assert isinstance(dynamic, DynamicSection)
    return SharedObject(
        content,
        [symbol.name for symbol in symbols.iter_symbols() if symbol["st_shndx"] != "SHN_UNDEF"],
        _texts(dynamic, "needed"),
        [*_texts(dynamic, "runpath"), *_texts(dynamic, "rpath")],
    )


def _texts(dynamic: DynamicSection, kind: str) -> list[str]:
    """Return the texts of one kind of entry: elftools names an attribute after each kind."""
    return [getattr(tag, kind) for tag in dynamic.iter_tags(f"DT_{kind.upper()}")]
