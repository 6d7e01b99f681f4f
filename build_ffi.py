"""Compile pychrony._binding: cffi's builder and hatchling's hooks in one.

PYCHRONY_LIBCHRONY in the environment says which libchrony is compiled against:

    system    the system's, found by pkg-config
    bundled   the one in src/libchrony
    (unset)   the system's where pkg-config finds one, else the bundled one
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.tags import platform_tags

MODULE = "pychrony._binding"
SOURCES = Path(__file__).parent / "src"
OLDEST_LIBCHRONY = "0.1"
BUNDLED_API_LEVEL = "0.2"

# Free-threaded interpreters have no limited API that is the other ones' too.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
LIMITED_API = "0x030a0000"

OVERRIDES = ("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_PYCHRONY", "SETUPTOOLS_SCM_PRETEND_VERSION")


def refuse_other_systems() -> None:
    """Say what pychrony is for where it is not: nothing that went wrong later would."""
    interpreter = sys.implementation.name
    if (interpreter, sys.platform) != ("cpython", "linux"):
        raise SystemExit(
            f"pychrony is for CPython on Linux, and this is {interpreter} on {sys.platform}: "
            "install it there, and depend on it by \"pychrony; sys_platform == 'linux' and "
            "implementation_name == 'cpython'\""
        )


class Libchrony(NamedTuple):
    """Which library is compiled against, and the compiler's and linker's flags for it."""

    kind: str
    version: str
    compile_args: list[str]
    link_args: list[str]


def choose_libchrony() -> Libchrony:
    """Decide between the system's libchrony and the bundled one."""
    wanted = os.environ.get("PYCHRONY_LIBCHRONY", "")
    if wanted not in ("", "system", "bundled"):
        raise SystemExit(
            f"PYCHRONY_LIBCHRONY={wanted!r} is not known: "
            "set it to 'system' or 'bundled', or leave it unset"
        )
    system = None if wanted == "bundled" else find_system_libchrony()
    if system is None and wanted == "system":
        raise SystemExit(
            f"PYCHRONY_LIBCHRONY=system, but pkg-config finds no libchrony {OLDEST_LIBCHRONY} or "
            "newer. Install pkg-config and libchrony-devel (on Fedora; on RHEL and its kin enable "
            "EPEL first: dnf install epel-release), or build with "
            "PYCHRONY_LIBCHRONY=bundled, which needs nothing."
        )
    compile_args = ["-Ilibchrony", "-pthread"]
    if sys.maxsize < 2**32:
        # On a 32-bit system glibc's times end in 2038, unless it is told otherwise. A report may
        # have later ones. A libchrony of the system was compiled with times of its own.
        compile_args += ["-D_TIME_BITS=64", "-D_FILE_OFFSET_BITS=64"]
    return system or Libchrony("bundled", BUNDLED_API_LEVEL, compile_args, ["-pthread"])


def find_system_libchrony() -> Libchrony | None:
    """Ask pkg-config for libchrony; None where there is none, or one too old."""
    pkg_config = os.environ.get("PKG_CONFIG") or "pkg-config"

    def ask(*arguments: str) -> str:
        command = [pkg_config, *arguments, "libchrony"]
        # A path may hold any bytes, and each that is not ASCII comes after a backslash.
        return subprocess.check_output(command, text=True, errors="surrogateescape").strip()

    if shutil.which(pkg_config) is None:
        return None
    try:
        ask(f"--atleast-version={OLDEST_LIBCHRONY}")
    except subprocess.CalledProcessError:
        return None
    return Libchrony(
        "system",
        ask("--modversion"),
        ["-DPYCHRONY_SYSTEM_LIBCHRONY", "-pthread", *shlex.split(ask("--cflags"))],
        ["-pthread", *shlex.split(ask("--libs"))],
    )


def read_declarations() -> str:
    """Return what cffi is to know: the headers less their preprocessor lines."""
    binding = SOURCES / "binding"
    text = (binding / "chrony.cdef").read_text() + (binding / "binding.h").read_text()
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def make_ffi(libchrony: Libchrony, version: str) -> FFI:
    """Describe the module to cffi. Paths are relative to src, so that none gets into the object."""
    folders = ["binding"] + (["libchrony"] if libchrony.kind == "bundled" else [])
    texts = {
        "PYCHRONY_LIBCHRONY_KIND": libchrony.kind,
        "PYCHRONY_LIBCHRONY_VERSION": libchrony.version,
        "PYCHRONY_VERSION": version,
    }
    macros: list[tuple[str, str | None]] = [(name, f'"{text}"') for name, text in texts.items()]
    if not FREE_THREADED:
        macros.append(("Py_LIMITED_API", LIMITED_API))
    ffi = FFI()
    ffi.cdef(read_declarations())
    ffi.set_source(
        MODULE,
        '#include <chrony.h>\n#include "binding.h"',
        sources=sorted(
            path.relative_to(SOURCES).as_posix()
            for folder in folders
            for path in (SOURCES / folder).glob("*.c")
        ),
        py_limited_api=not FREE_THREADED,
        define_macros=macros,
        extra_compile_args=["-Ibinding", "-fvisibility=hidden", *libchrony.compile_args],
        extra_link_args=libchrony.link_args,
    )
    return ffi


def strip_build_paths() -> None:
    """Drop what Python's own build would put into the object: debug information and a run path.

    Both name folders of this machine. CFLAGS and LDFLAGS in the environment still have their say.
    """
    variables = sysconfig.get_config_vars()
    variables["CFLAGS"] += " -g0"
    variables["LDSHARED"] = re.sub(r"-Wl,-rpath[,=]\S+", "", variables["LDSHARED"])


def compile_module(version: str, folder: Path) -> Path:
    """Compile the module below `folder` and return the shared object. A failure is an error."""
    for sources in ("binding", "libchrony"):
        if (SOURCES / sources).is_dir():
            shutil.copytree(SOURCES / sources, folder / sources)
    strip_build_paths()
    return Path(make_ffi(choose_libchrony(), version).compile(tmpdir=str(folder), verbose=True))


class BindingBuildHook(BuildHookInterface):
    """Compile the module for a wheel, and tag the wheel for what it holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, then hand the shared object to the wheel (or, if editable, to src)."""
        refuse_other_systems()
        self._folder = tempfile.TemporaryDirectory()
        compiled = compile_module(self.metadata.version, Path(self._folder.name))
        # Python 3.15 would put the platform into it, and no older one looks for that.
        name = compiled.name if FREE_THREADED else "_binding.abi3.so"
        if version == "editable":
            target = SOURCES / "pychrony" / name
            target.unlink(missing_ok=True)  # never into a file that a running process has mapped
            shutil.copy2(compiled, target)
            return
        build_data["force_include"][str(compiled)] = f"pychrony/{name}"
        build_data["pure_python"] = False
        if FREE_THREADED:
            build_data["infer_tag"] = True
        else:
            platform = next(tag for tag in platform_tags() if tag.startswith("linux_"))
            build_data["tag"] = f"cp310-abi3-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what compiling left behind."""
        self._folder.cleanup()


def is_shallow(root: str) -> bool:
    """Ask git whether the clone at `root` holds its last commits alone. An sdist is no clone."""
    if shutil.which("git") is None:
        return False
    # Where its folder is named git minds no other owner, as of a tree that a container is given.
    command = ["git", "--git-dir", str(Path(root) / ".git"), "rev-parse", "--is-shallow-repository"]
    return subprocess.run(command, capture_output=True, text=True).stdout == "true\n"


class VersionHook(MetadataHookInterface):
    """Stop a build from a shallow clone, unless its last commit is a release.

    hatch-vcs makes the version of git's tags. It is 4.0.0.dev0 where there is no git, and where
    there are no tags 4.0.0.devN+gCOMMIT, below every release. A shallow clone would get that too,
    although the project has tags.
    """

    def update(self, metadata: dict[str, Any]) -> None:
        """Raise SystemExit where the version is a guess."""
        is_given = any(name in os.environ for name in OVERRIDES)
        if not is_given and ".dev" in metadata["version"] and is_shallow(self.root):
            raise SystemExit(
                "This clone is shallow, and lacks the tags that tell pychrony's version: run "
                "'git fetch --unshallow --tags' in it, or set the version, as in "
                f"{OVERRIDES[0]}=4.0.0.dev0"
            )
