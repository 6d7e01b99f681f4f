"""Check the files of a release before anybody can install them.

    python check.py VERSION FOLDER [--complete PATTERNS]

Stops at the first file that is wrong, and says what is wrong with it. With --complete each wheel
that we promise and whose build, such as cp310-manylinux_x86_64, matches one of the patterns has to
be there, and nothing else: "*" are all of them.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

PYTHONS = ("cp310-abi3", "cp314-cp314t", "cp315-cp315t")
C_LIBRARIES = ("manylinux", "musllinux")
MACHINES = ("x86_64", "aarch64")
OLDEST = {"manylinux": (2, 28), "musllinux": (1, 2)}  # C libraries that wheels have to run on

OBJECT = re.compile(r"pychrony/_binding\.(abi3|cpython-31\dt-[a-z0-9_]+-linux-(gnu|musl))\.so")
PACKAGE = ("src/pychrony/", "src/_pychrony_pytest.py")
DATA = {  # of a wheel, below its folder for them
    "share/man/man1/pychrony.1",
    "share/bash-completion/completions/pychrony",
    "share/zsh/site-functions/_pychrony",
    "share/fish/vendor_completions.d/pychrony.fish",
}
SOURCES = (".github", "src", "tests", "scripts", "benchmarks", "docs")
SINGLE = ("PKG-INFO", "pyproject.toml", "build_ffi.py", "LICENSE", "README.md")


class Wheel(NamedTuple):
    """What a wheel's name says."""

    path: Path
    version: str
    python: str
    """The tags of the interpreter and its ABI, such as "cp310-abi3"."""
    c_library: str
    machine: str

    @property
    def build(self) -> str:
        """The name that cibuildwheel has for it, such as "cp310-manylinux_x86_64"."""
        return name_build(self.python, self.c_library, self.machine)


def name_build(python: str, c_library: str, machine: str) -> str:
    """Return cibuildwheel's name for a build."""
    interpreter, abi = python.split("-")
    return f"{interpreter if abi == 'abi3' else abi}-{c_library}_{machine}"


def read_name(path: Path) -> Wheel:
    """Return what a wheel's name says, which has to be one for other systems than this."""
    try:
        _, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise SystemExit(f"{path.name}: no name of a wheel: {error}") from None
    python = " ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))
    platforms = [re.fullmatch(r"(manylinux|musllinux)_\d+_\d+_(\w+)", tag.platform) for tag in tags]
    kinds = {match.groups() for match in platforms if match}
    if len(kinds) != 1:
        raise SystemExit(f"{path.name}: not repaired for manylinux or musllinux by auditwheel")
    return Wheel(path, str(version), python, *kinds.pop())


def check_names(version: str, sdists: list[Path], wheels: list[Wheel]) -> None:
    """Refuse another version, a second sdist, and a release without wheels."""
    if [path.name for path in sdists] != [f"pychrony-{version}.tar.gz"]:
        found = ", ".join(path.name for path in sdists) or "none"
        raise SystemExit(
            f"one source distribution is wanted, pychrony-{version}.tar.gz, not {found}"
        )
    if not wheels:
        raise SystemExit("there is no wheel")
    for wheel in wheels:
        if not wheel.path.name.startswith(f"pychrony-{version}-"):
            raise SystemExit(f"{wheel.path.name}: not of version {version}")


def promised_builds(patterns: list[str]) -> set[str]:
    """Return the builds that we promise and that match a pattern. Each has to match one."""
    builds = [name_build(*kind) for kind in product(PYTHONS, C_LIBRARIES, MACHINES)]
    matches = {p: {build for build in builds if fnmatchcase(build, p)} for p in patterns}
    idle = [pattern for pattern, matched in matches.items() if not matched]
    if idle or not patterns:
        raise SystemExit(f"no promised wheel matches {', '.join(idle) or 'nothing'}")
    return set[str]().union(*matches.values())


def check_complete(files: list[Path], wheels: list[Wheel], patterns: list[str]) -> None:
    """Refuse a release that lacks a promised wheel that matches, or has one more."""
    promised = promised_builds(patterns)
    missing = sorted(promised - {wheel.build for wheel in wheels})
    if missing:
        raise SystemExit(f"wheels are missing: {', '.join(missing)}")
    if len(files) != len(promised) + 1:
        raise SystemExit(f"{len(promised)} wheels are promised, not {len(files) - 1} files")


def read_sdist(sdist: Path) -> list[str]:
    """Return the paths of its files, below its one folder."""
    with tarfile.open(sdist) as archive:
        names = [member.name for member in archive if not member.isdir()]
    return [name.partition("/")[2] for name in names]


def check_contents(version: str, sdist: Path, wheels: list[Wheel]) -> None:
    """Refuse an sdist that is not all sources, and a wheel that is not its package."""
    sources = read_sdist(sdist)
    for name in sources:
        if name.partition("/")[0] not in SOURCES and "/" in name:
            raise SystemExit(f"{sdist.name}: {name} does not belong there")
        if name.endswith((".so", ".o", ".pyc")):
            raise SystemExit(f"{sdist.name}: {name} was made, it is no source")
    missing = [name for name in SINGLE if name not in sources]
    if missing:
        raise SystemExit(f"{sdist.name}: lacks {', '.join(missing)}")
    package = {name[4:] for name in sources if name.startswith(PACKAGE)}
    for wheel in wheels:
        check_wheel_contents(version, wheel.path, package)


def check_wheel_contents(version: str, wheel: Path, package: set[str]) -> None:
    """Refuse a wheel that is not the package, one compiled module, the license and the data."""
    with ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if not name.endswith("/")]
    about = f"pychrony-{version}.dist-info/"
    data = f"pychrony-{version}.data/data/"
    content = [name for name in files if not name.startswith((about, data))]
    objects = [name for name in content if OBJECT.fullmatch(name)]
    if len(objects) != 1:
        raise SystemExit(f"{wheel.name}: has {len(objects)} compiled modules, not one")
    difference = package.symmetric_difference(content) - {*objects}
    if difference or len(content) != len(package) + 1:
        raise SystemExit(f"{wheel.name}: is not the package of the sdist: {sorted(difference)}")
    if f"{about}licenses/LICENSE" not in files:
        raise SystemExit(f"{wheel.name}: has no license")
    if {name.removeprefix(data) for name in files if name.startswith(data)} != DATA:
        raise SystemExit(f"{wheel.name}: has other data than the manual and completions")


def check_systems(wheels: list[Wheel]) -> None:
    """Refuse a wheel that needs a newer C library than promised."""
    for wheel in wheels:
        command = ["auditwheel", "show", "--json", str(wheel.path)]
        shown = json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))
        needed = re.match(r"(manylinux|musllinux)_(\d+)_(\d+)_", shown["overall_tag"])
        if not needed or (int(needed[2]), int(needed[3])) > OLDEST[needed[1]]:
            raise SystemExit(f"{wheel.path.name}: needs {shown['overall_tag']}")
        print(f"{wheel.path.name}: {shown['overall_tag']}")


def tools(sdist: Path, wheels: list[Wheel]) -> Iterator[list[str]]:
    """Yield the commands of other projects that check the files."""
    paths = [str(wheel.path) for wheel in wheels]
    yield ["twine", "check", "--strict", str(sdist), *paths]
    yield ["check-wheel-contents", *paths]
    yield ["abi3audit", "--strict", *(str(w.path) for w in wheels if w.python.endswith("-abi3"))]


def check(version: str, folder: Path, complete: list[str] | None) -> None:
    """Raise `SystemExit`, with what is wrong, unless the folder's files are fit for an index."""
    files = sorted(folder.iterdir())
    sdists = [path for path in files if path.name.endswith(".tar.gz")]
    wheels = [read_name(path) for path in files if path not in sdists]
    check_names(version, sdists, wheels)
    if complete is not None:
        check_complete(files, wheels, complete)
    check_contents(version, sdists[0], wheels)
    check_systems(wheels)
    for command in tools(sdists[0], wheels):
        if subprocess.run(command).returncode != 0:
            raise SystemExit(f"{command[0]} found something: see above")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check the files of a release.")
    parser.add_argument("version")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--complete",
        type=str.split,
        metavar="PATTERNS",
        help="these wheels must be there, and no others",
    )
    options = parser.parse_args()
    check(options.version, options.folder, options.complete)
    print(f"The files of {options.version} are fit to upload.")
