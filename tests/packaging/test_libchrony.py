"""PYCHRONY_LIBCHRONY: which libchrony is compiled against, and what to do where there is none."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest

import build_ffi
from tests.packaging.builds import (
    SharedObject,
    build_wheel,
    clone,
    read_shared_object,
    run,
    try_build,
)

WAYS_OUT = ("libchrony-devel", "Fedora", "EPEL", "PYCHRONY_LIBCHRONY=bundled")


def offer_libchrony(folder: Path, version: str) -> None:
    """Put a libchrony.pc of that version where pkg-config looks."""
    lines = ["Name: libchrony", "Description: for a test", f"Version: {version}"]
    lines += ["Cflags: -I/nowhere/include", "Libs: -L/nowhere/lib -lchrony"]
    (folder / "libchrony.pc").write_text("\n".join([*lines, ""]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the one folder in which pkg-config looks. Nothing is in it."""
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    monkeypatch.delenv("PKG_CONFIG_PATH", raising=False)
    monkeypatch.delenv("PYCHRONY_LIBCHRONY", raising=False)
    return tmp_path


@pytest.mark.parametrize("value", ["System", "yes", "0", " bundled"])
def test_an_unknown_value_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("PYCHRONY_LIBCHRONY", value)
    with pytest.raises(SystemExit) as caught:
        build_ffi.choose_libchrony()

    message = str(caught.value)
    assert f"PYCHRONY_LIBCHRONY={value!r}" in message
    assert "'system'" in message
    assert "'bundled'" in message


@pytest.mark.parametrize("version", ["none", "0.0.9"])
def test_a_system_without_a_libchrony_new_enough_is_told_the_ways_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("PYCHRONY_LIBCHRONY", "system")
    if version != "none":
        offer_libchrony(folder, version)
    with pytest.raises(SystemExit) as caught:
        build_ffi.choose_libchrony()

    assert [way for way in WAYS_OUT if way not in str(caught.value)] == []


def test_a_system_without_pkg_config_is_told_the_ways_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_libchrony(folder, "0.2")
    monkeypatch.setenv("PKG_CONFIG", "/nowhere/pkg-config")
    monkeypatch.setenv("PYCHRONY_LIBCHRONY", "system")
    with pytest.raises(SystemExit) as caught:
        build_ffi.choose_libchrony()

    assert [way for way in WAYS_OUT if way not in str(caught.value)] == []


@pytest.mark.parametrize("version", ["none", "0.0.9"])
def test_where_there_is_no_other_the_bundled_one_is_taken(folder: Path, version: str) -> None:
    if version != "none":
        offer_libchrony(folder, version)

    assert build_ffi.choose_libchrony().kind == "bundled"


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0.3"])
def test_where_the_system_has_one_it_is_taken(folder: Path, version: str) -> None:
    offer_libchrony(folder, version)
    chosen = build_ffi.choose_libchrony()

    assert (chosen.kind, chosen.version) == ("system", version)
    assert "-I/nowhere/include" in chosen.compile_args
    assert {"-L/nowhere/lib", "-lchrony"} <= set(chosen.link_args)


def test_the_bundled_one_can_be_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer_libchrony(folder, "0.2")
    monkeypatch.setenv("PYCHRONY_LIBCHRONY", "bundled")

    assert build_ffi.choose_libchrony().kind == "bundled"


def test_the_reason_reaches_who_runs_the_build(tree: Path, folder: Path, out: Path) -> None:
    done = try_build(tree, out, "--wheel", PYCHRONY_LIBCHRONY="system")

    assert done.returncode != 0
    assert [way for way in WAYS_OUT if way not in done.stderr] == []
    assert "Traceback" not in done.stderr
    assert list(out.glob("*.whl")) == []


class SystemBuild(NamedTuple):
    wheel: Path
    run_path: list[str]  # that pkg-config asks for


@pytest.fixture(scope="module")
def system_build(project: Path, tmp_path_factory: pytest.TempPathFactory) -> SystemBuild:
    """Build against the real libchrony, with our own removed."""
    folder = tmp_path_factory.mktemp("system")
    found = run(project / "scripts" / "get-libchrony", PYTHON=sys.executable).strip()
    tree = clone(project, folder / "tree")
    shutil.rmtree(tree / "src" / "libchrony")
    path = found or os.environ.get("PKG_CONFIG_PATH", "")  # empty where it is known already
    wheel = build_wheel(tree, folder / "dist", PYCHRONY_LIBCHRONY="system", PKG_CONFIG_PATH=path)
    pkg_config = os.environ.get("PKG_CONFIG", "pkg-config")
    flags = run(pkg_config, "--libs", "libchrony", PKG_CONFIG_PATH=path)
    return SystemBuild(wheel, re.findall(r"-Wl,-rpath,(\S+)", flags))


@pytest.fixture(scope="module")
def system_object(system_build: SystemBuild) -> SharedObject:
    return read_shared_object(system_build.wheel)


def test_the_systems_libchrony_is_linked(
    system_object: SharedObject, system_build: SystemBuild
) -> None:
    assert [name for name in system_object.needs if name.startswith("libchrony")] != []
    assert system_object.run_path == system_build.run_path
    assert system_object.exports == ["PyInit__binding"]


def test_the_systems_libchrony_is_found_again_when_the_module_is_imported(
    system_build: SystemBuild, tmp_path: Path
) -> None:
    with ZipFile(system_build.wheel) as archive:
        archive.extractall(tmp_path)
    program = "import pychrony; print(pychrony.__file__, pychrony.libchrony_info().kind)"
    output = run(sys.executable, "-c", program, PYTHONPATH=str(tmp_path))

    assert output.split() == [str(tmp_path / "pychrony" / "__init__.py"), "system"]
