"""The programs of tests/c, compiled together with the library in src/libchrony."""

import os
import platform
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LIBRARY = ROOT / "src" / "libchrony"
PROGRAMS = ROOT / "tests" / "c"

WARNINGS = (
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wstrict-prototypes",
    "-Wconversion",
    "-Wshadow",
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


def _compile(*command: str, folder: Path) -> None:
    command = (*command, f"-I{LIBRARY}")
    env = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} failed:\n{done.stderr}")
