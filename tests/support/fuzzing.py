"""The fuzz targets of tests/c: run by libFuzzer where clang has it, else by mutations of their own.

Both under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SANITIZED = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
LIBFUZZER = ("-fsanitize=fuzzer", "-DWITH_LIBFUZZER")


@dataclass(frozen=True)
class Target:
    """A fuzz target: the files that it is made of, and what else the compiler is told."""

    sources: tuple[Path, ...]
    options: tuple[str, ...]

    def compile_plain(self, folder: Path) -> Path:
        """Return the program that makes its own mutations."""
        program = folder / "target"
        done = self._compile_with(shlex.split(os.environ.get("CC", "cc")), SANITIZED, program)
        assert done.returncode == 0, done.stderr
        return program

    def compile_libfuzzer(self, folder: Path) -> Path | None:
        """Return the program with libFuzzer; None where there is no clang that has it."""
        clang, program = shutil.which("clang"), folder / "target_libfuzzer"
        if clang is None:
            return None
        done = self._compile_with([clang], (*SANITIZED, *LIBFUZZER), program)
        return program if done.returncode == 0 else None

    def _compile_with(
        self, compiler: list[str], how: tuple[str, ...], program: Path
    ) -> subprocess.CompletedProcess[str]:
        sources = map(str, self.sources)
        command = [*compiler, *how, "-o", str(program), *sources, *self.options, "-lm"]
        return subprocess.run(command, capture_output=True, text=True)

    def fuzz(self, inputs: Iterable[bytes], plain: Path, folder: Path, seconds: int) -> int:
        """Run the best fuzzer there is for so long; return how many inputs it tried.

        `plain` is the program that makes its own mutations.
        """
        files = write_inputs(inputs, folder / "inputs")
        program, where = self.compile_libfuzzer(folder), ["inputs"]
        if program is None:
            program, where = plain, files
        output = run(program, f"-max_total_time={seconds}", *where, folder=folder)
        runs = re.search(r"Done (\d+) runs", output)
        assert runs, output
        return int(runs[1])

    def fuzz_by_hand(self, inputs: Iterable[bytes]) -> None:
        """Do the same for the seconds that the command line has, and say how many it tried."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            n_runs = self.fuzz(inputs, self.compile_plain(folder), folder, int(sys.argv[1]))
        sys.stdout.write(f"{n_runs} runs\n")


def write_inputs(inputs: Iterable[bytes], folder: Path) -> list[str]:
    """Write each to a file of its own; return their paths."""
    folder.mkdir()
    paths = []
    for number, data in enumerate(inputs):
        path = folder / f"{number:04}"
        path.write_bytes(data)
        paths.append(str(path))
    return paths


def run(program: Path, *arguments: str, folder: Path) -> str:
    """Return what the program said; what it finds is an error, with the input that does it."""
    done = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, errors="replace"
    )
    output = done.stdout + done.stderr
    found = {path.name: path.read_bytes().hex() for path in folder.glob("*-*") if path.is_file()}
    assert done.returncode == 0, f"{output[-10_000:]}\n{found}"
    return output


def count_records(program: Path, inputs: Iterable[bytes], folder: Path) -> int:
    """Return how many records the program reads from inputs."""
    output = run(program, *write_inputs(inputs, folder / "inputs"), folder=folder)
    [records] = re.findall(r"have (\d+) records", output)
    return int(records)
