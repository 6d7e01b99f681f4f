"""The programs of tests/c, compiled with the library in src/libchrony, or the binding too."""

import os
import platform
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LIBRARY = ROOT / "src" / "libchrony"
BINDING = ROOT / "src" / "binding"
PROGRAMS = ROOT / "tests" / "c"
RESPONDER = ROOT / "benchmarks" / "fleet"

WARNINGS = (
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wstrict-prototypes",
    "-Wconversion",
    "-Wshadow",
    "-Wcast-qual",
    "-Werror",
)
NATIVE = shlex.split(os.environ.get("CC", "cc"))
MUSL = [str(ROOT / "scripts" / "musl-cc"), platform.machine()]
BUILDS = {
    "plain": (*NATIVE, "-O2", *WARNINGS),
    "musl": (*MUSL, "-static", "-O2", *WARNINGS),
    "sanitized": (*NATIVE, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "thread-sanitized": (*NATIVE, "-g", "-O1", "-fsanitize=thread"),
}


def compile_library(folder: Path, *options: str) -> list[Path]:
    """Return the object files of the library alone."""
    sources = sorted(LIBRARY.glob("*.c"))
    _compile(*NATIVE, "-c", *options, *map(str, sources), folder=folder)
    return [folder / f"{source.stem}.o" for source in sources]


def compile_program(name: str, build: str, folder: Path, *, in_steps: bool = False) -> Path:
    """Return the program that one file of tests/c makes; `build` is a key of BUILDS.

    `in_steps` lets it stop at each system call of the library's: see tests/c/steps.c.
    """
    program = folder / name
    sources = [PROGRAMS / f"{name}.c", *sorted(LIBRARY.glob("*.c"))]
    options = [*BUILDS[build], "-pthread"]
    if in_steps:
        steps = PROGRAMS / "steps.c"
        wrapped = re.findall(r"\b__wrap_(\w+)\(.*;|^WRAP\((\w+)", steps.read_text(), re.MULTILINE)
        sources.append(steps)
        options += [f"-Wl,--wrap={function or call}" for function, call in wrapped]
    _compile(*options, "-o", str(program), *map(str, sources), folder=folder)
    return program


# What tests/c/pretended.c puts in the place of the system's.
PRETENDED = ("clock_gettime", "getpeername", "poll", "ppoll", "sched_yield", "recv", "send")
NAMES = [f'-DPYCHRONY_{name}=""' for name in ("LIBCHRONY_KIND", "LIBCHRONY_VERSION", "VERSION")]


def compile_pretended(
    name: str, build: str, folder: Path, *options: str, wrapped: tuple[str, ...] = ()
) -> Path:
    """Return the program that one file of tests/c makes, with the binding, in a pretended world.

    It has `__wrap_` functions for what is `wrapped`.
    """
    options = (str(PROGRAMS / "pretended.c"), *options)
    return compile_binding(name, build, folder, *options, wrapped=(*PRETENDED, *wrapped))


def compile_binding(
    name: str,
    build: str,
    folder: Path,
    *options: str,
    wrapped: tuple[str, ...] = (),
    libchrony: tuple[str, ...] = (),
) -> Path:
    """Return the program that one file of tests/c makes, with the binding.

    `libchrony` are the flags of the real library, to take that one.
    """
    program = folder / name
    library = [] if libchrony else sorted(LIBRARY.glob("*.c"))
    sources = [PROGRAMS / f"{name}.c", *sorted(BINDING.glob("*.c")), *library]
    wraps = [f"-Wl,--wrap={function}" for function in wrapped]
    settings = [*BUILDS[build], "-pthread", f"-I{BINDING}", *NAMES, *options, *wraps]
    if libchrony:
        settings.append("-DPYCHRONY_SYSTEM_LIBCHRONY")
    _compile(*settings, "-o", str(program), *map(str, sources), *libchrony, folder=folder)
    return program


def real_libchrony_flags() -> tuple[str, ...]:
    """Return what the compiler and the linker need for the real libchrony."""
    done = _ask_pkg_config(os.environ.get("PKG_CONFIG_PATH", ""))
    if done.returncode != 0:  # scripts/test has done this already
        get = [str(ROOT / "scripts" / "get-libchrony")]
        environment = {"PYTHON": sys.executable, **os.environ}
        got = subprocess.run(get, check=True, capture_output=True, text=True, env=environment)
        done = _ask_pkg_config(got.stdout.strip())
    done.check_returncode()
    return tuple(shlex.split(done.stdout))


def compile_responder(folder: Path) -> Path:
    """Return the program that tests/support/responder.py starts."""
    program = folder / "responder"
    sources = [RESPONDER / f"{name}.c" for name in ("responder", "answers")]
    _compile(*BUILDS["plain"], "-o", str(program), *map(str, sources), folder=folder)
    return program


def compile_preload(name: str, folder: Path) -> Path:
    """Return the shared object that one file of tests/c makes, to be preloaded."""
    library = folder / f"{name}.so"
    source = PROGRAMS / f"{name}.c"
    _compile(*NATIVE, "-O2", "-shared", "-fPIC", "-o", str(library), str(source), folder=folder)
    return library


def _ask_pkg_config(path: str) -> subprocess.CompletedProcess[str]:
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), "--cflags", "--libs", "libchrony"]
    environment = {**os.environ, "PKG_CONFIG_PATH": path}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def _compile(*command: str, folder: Path) -> None:
    command = (*command, f"-I{LIBRARY}")
    env = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} failed:\n{done.stderr}")
