"""Compile pychrony._binding: cffi's builder and hatchling's build hook in one.

PYCHRONY_LIBCHRONY in the environment says which libchrony is compiled against:

    system    the system's, found by pkg-config
    bundled   the one in src/libchrony
    (unset)   the system's where pkg-config finds one, else the bundled one
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "pychrony._binding"
SOURCES = Path(__file__).parent / "src"
OLDEST_LIBCHRONY = "0.1"
BUNDLED_API_LEVEL = "0.2"

# A free-threaded interpreter has no limited API before 3.15.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
LIMITED_API = "0x030a0000"


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
            "newer. Install pkg-config and libchrony-devel (Fedora; on RHEL and its kin from "
            "EPEL: dnf install epel-release libchrony-devel), or build with "
            "PYCHRONY_LIBCHRONY=bundled, which needs nothing."
        )
    return system or Libchrony("bundled", BUNDLED_API_LEVEL, ["-Ilibchrony"], [])


def find_system_libchrony() -> Libchrony | None:
    """Ask pkg-config for libchrony; None where there is none, or one too old."""
    pkg_config = os.environ.get("PKG_CONFIG") or "pkg-config"

    def ask(*arguments: str) -> str:
        return subprocess.check_output([pkg_config, *arguments, "libchrony"], text=True).strip()

    if shutil.which(pkg_config) is None:
        return None
    try:
        ask("--print-errors", f"--atleast-version={OLDEST_LIBCHRONY}")
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


def compile_module(version: str, folder: Path) -> Path:
    """Compile the module below `folder` and return the shared object. A failure is an error."""
    for sources in ("binding", "libchrony"):
        if (SOURCES / sources).is_dir():
            shutil.copytree(SOURCES / sources, folder / sources)
    return Path(make_ffi(choose_libchrony(), version).compile(tmpdir=str(folder), verbose=True))


class BindingBuildHook(BuildHookInterface):
    """Compile the module for a wheel, and tag the wheel for what it holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, then hand the shared object to the wheel (or, if editable, to src)."""
        self._folder = tempfile.TemporaryDirectory()
        compiled = compile_module(self.metadata.version, Path(self._folder.name))
        if version == "editable":
            shutil.copy2(compiled, SOURCES / "pychrony")
            return
        build_data["force_include"][str(compiled)] = f"pychrony/{compiled.name}"
        build_data["pure_python"] = False
        if FREE_THREADED:
            build_data["infer_tag"] = True
        else:
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"cp310-abi3-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what compiling left behind."""
        self._folder.cleanup()
