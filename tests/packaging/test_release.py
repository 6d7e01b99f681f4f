"""The scripts and settings that take a tag to an index. scripts/rehearse walks the whole way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from scripts.release import check
from tests.packaging.builds import EPOCH, OBJECT, ROOT, Built, clone, run

RELEASE = ROOT / "scripts" / "release"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def refused(*command: str | Path, **variables: str) -> str:
    """Return the one line that a script says when it refuses."""
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("tag", "version"),
    {
        "v4.1.0": "4.1.0",
        "v10.20.30": "10.20.30",
        "v4.1.0a0": "4.1.0a0",
        "v4.1.0b12": "4.1.0b12",
        "v4.1.0rc1": "4.1.0rc1",
        "v4.1.0-test": "4.1.0.dev0",
        "v4.1.0-test0": "4.1.0.dev0",
        "v4.1.0-test17": "4.1.0.dev17",
    }.items(),
)
def test_a_tag_stands_for_a_version(tag: str, version: str) -> None:
    assert run(RELEASE / "version", tag) == f"{version}\n"


@pytest.mark.parametrize(
    "tag",
    [
        *("", "v", "v1", "v1.2", "4.1.0", "V4.1.0", "v4.1.0.0", "v04.1.0", "v4.1.0 ", "v4.1.0\n"),
        *("v4.1.0-beta!", "v4.1.0-rc1", "v4.1.0rc", "v4.1.0rc01", "v4.1.0.rc1", "v4.1.0c1"),
        *("v4.1.0.dev1", "v4.1.0.post1", "v4.1.0+local", "v1!4.1.0", "v4.1.0rc1-test"),
        *("v4.1.0-tests", "v4.1.0-test-1", "v4.1.0-test01", "v4.1.0-TEST", "v\u0661.0.0", "$(id)"),
    ],
)
def test_any_other_tag_is_refused_with_what_a_tag_must_look_like(tag: str) -> None:
    line = refused(RELEASE / "version", tag)

    assert "no release tag" in line
    assert all(example in line for example in ("v4.2.3 ", "v4.2.3rc1", "v4.2.3-test"))


@pytest.mark.parametrize("tag", ["v0.1.0", "v2.0.4", "v3.0.3", "v3.99.99", "v3.1.0rc1"])
def test_a_release_that_pip_would_pass_over_is_refused(tag: str) -> None:
    line = refused(RELEASE / "version", tag)

    assert line.startswith(f"{tag} is no tag of this project: PyPI has versions up to 2.0.3")
    assert "the first is v4.0.0" in line


def test_a_rehearsal_may_have_any_number() -> None:
    assert run(RELEASE / "version", "v0.0.0-test") == "0.0.0.dev0\n"


@pytest.mark.parametrize("tag", ["v1", "4.1.0", "v4.1.0-beta!"])
def test_no_other_tag_is_rehearsed(tag: str) -> None:
    assert refused(ROOT / "scripts" / "rehearse", tag) == refused(RELEASE / "version", tag)


FindRun = Callable[..., list[str | Path]]

# Which run's files go to PyPI. GitHub is asked by gh; here another program answers in its place.


@pytest.fixture
def find_run(tmp_path: Path) -> FindRun:
    """Return a function that makes find-run's command, and a gh that prints the run it is given."""

    def make(
        run: str, tag: str = "v4.2.3", artifact: str = "23", ref: str = ""
    ) -> list[str | Path]:
        gh = tmp_path / "gh"
        answers = {"run": run, "api repos/a/b/commits": COMMIT, "api repos/a/b/actions": artifact}
        cases = "".join(f'"{words}"*) echo "{line}" ;;\n' for words, line in answers.items())
        gh.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}esac\n')
        gh.chmod(0o755)
        path = f"PATH={tmp_path}:{os.environ['PATH']}"
        return ["env", path, f"GITHUB_REF=refs/{ref or f'tags/{tag}'}", RELEASE / "find-run", tag]

    return make


def test_the_run_that_released_the_tag_is_found(
    find_run: FindRun,
) -> None:
    command = find_run(f"17 {COMMIT} completed success")

    assert run(*command, GITHUB_REPOSITORY="a/b") == "run=17\nartifact=23\n"


@pytest.mark.parametrize(
    ("found", "reason"),
    {
        "": "has not run",
        f"17 {COMMIT} in_progress ": "run 17 is still in_progress",
        f"17 {COMMIT} completed failure": "run 17 ended with failure",
        f"17 {COMMIT} completed cancelled": "run 17 ended with cancelled",
        f"17 {COMMIT[::-1]} completed success": f"but the tag is at {COMMIT}",
    }.items(),
)
def test_a_run_whose_files_must_not_go_out_is_refused(
    find_run: FindRun, found: str, reason: str
) -> None:
    assert reason in refused(*find_run(found), GITHUB_REPOSITORY="a/b")


@pytest.mark.parametrize("artifact", ["", "23\n24"])
def test_a_run_whose_files_are_gone_or_not_certain_is_refused(
    find_run: FindRun, artifact: str
) -> None:
    command = find_run(f"17 {COMMIT} completed success", artifact=artifact)

    assert "run 17 has no files, or not any more" in refused(*command, GITHUB_REPOSITORY="a/b")


def test_a_rehearsal_is_never_published(find_run: FindRun) -> None:
    command = find_run(f"17 {COMMIT} completed success", tag="v4.2.3-test4")

    assert "it is a rehearsal, version 4.2.3.dev4" in refused(*command, GITHUB_REPOSITORY="a/b")


@pytest.mark.parametrize("ref", ["heads/main", "tags/v4.2.4", "heads/v4.2.3"])
def test_a_release_is_published_from_its_tag_alone(find_run: FindRun, ref: str) -> None:
    command = find_run(f"17 {COMMIT} completed success", ref=ref)

    line = refused(*command, GITHUB_REPOSITORY="a/b")
    assert f"this was run from refs/{ref}: choose the tag v4.2.3" in line


# The files, before they are uploaded.


@pytest.fixture(scope="module")
def repaired(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist and the wheel as they would be uploaded."""
    folder = tmp_path_factory.mktemp("repaired") / "dist"
    tree = clone(project, folder.parent / "tree")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    walk = ("bash", "-euc", '. scripts/walking; build_release "$0" "$1"', tree, folder)
    run("env", "-C", ROOT, *walk, PATH=path, SOURCE_DATE_EPOCH=EPOCH)
    return folder


@pytest.fixture
def files(repaired: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may spoil."""
    return Path(shutil.copytree(repaired, tmp_path / "files"))


def wheel_in(files: Path) -> Path:
    [wheel] = files.glob("*.whl")
    return wheel


def test_what_was_built_is_fit(files: Path) -> None:
    check.check("4.2.3", files, complete=None)


def test_another_version_is_refused(files: Path) -> None:
    with pytest.raises(SystemExit, match=r"wanted, pychrony-4\.2\.4\.tar\.gz"):
        check.check("4.2.4", files, complete=None)


def test_a_wheel_of_another_version_is_refused(files: Path) -> None:
    wheel = wheel_in(files)
    wheel.rename(files / wheel.name.replace("4.2.3", "4.2.30"))

    with pytest.raises(SystemExit, match=r"not of version 4\.2\.3"):
        check.check("4.2.3", files, complete=None)


def test_a_wheel_for_this_system_alone_is_refused(files: Path, built: Built) -> None:
    shutil.copy(built.wheel, files)

    with pytest.raises(SystemExit, match="not repaired"):
        check.check("4.2.3", files, complete=None)


def test_a_release_without_wheels_or_sdist_is_refused(files: Path) -> None:
    wheel_in(files).unlink()
    with pytest.raises(SystemExit, match="no wheel"):
        check.check("4.2.3", files, complete=None)
    (files / "pychrony-4.2.3.tar.gz").unlink()
    with pytest.raises(SystemExit, match="not none"):
        check.check("4.2.3", files, complete=None)


def test_a_file_that_is_neither_is_refused(files: Path) -> None:
    (files / "notes.txt").touch()

    with pytest.raises(SystemExit, match=r"notes\.txt"):
        check.check("4.2.3", files, complete=None)


@pytest.mark.parametrize(
    ("removed", "added", "reason"),
    [
        (OBJECT, None, "0 compiled modules"),
        ("pychrony/py.typed", None, r"\['pychrony/py.typed'\]"),
        (None, "tests/conftest.py", r"\['tests/conftest.py'\]"),
        ("pychrony-4.2.3.dist-info/licenses/LICENSE", None, "no license"),
        ("pychrony-4.2.3.data/data/share/man/man1/pychrony.1", None, "has other data"),
        (None, "pychrony-4.2.3.data/data/bin/chronyc", "has other data"),
    ],
)
def test_a_wheel_that_is_not_the_package_is_refused(
    files: Path, removed: str | None, added: str | None, reason: str
) -> None:
    rewrite(wheel_in(files), removed, added)

    with pytest.raises(SystemExit, match=reason):
        check.check("4.2.3", files, complete=None)


def rewrite(wheel: Path, removed: str | None, added: str | None) -> None:
    with ZipFile(wheel) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name != removed}
    with ZipFile(wheel, "w") as archive:
        for name, content in (kept | ({added: b""} if added else {})).items():
            archive.writestr(name, content)


def test_a_release_that_lacks_a_promised_wheel_is_refused(files: Path) -> None:
    with pytest.raises(SystemExit, match="cp315t-musllinux_aarch64"):
        check.check("4.2.3", files, complete=["*"])


def test_a_release_that_has_a_wheel_more_than_was_promised_is_refused(files: Path) -> None:
    wheel = wheel_in(files)
    shutil.copy(wheel, files / wheel.name.replace(".whl", ".another_1_1_x86_64.whl"))

    with pytest.raises(SystemExit, match="1 wheels are promised, not 2 files"):
        check.check("4.2.3", files, complete=[check.read_name(wheel).build])


def test_a_part_of_a_release_is_complete_when_what_it_asks_for_is_there(files: Path) -> None:
    check.check("4.2.3", files, complete=[check.read_name(wheel_in(files)).build])


@pytest.mark.parametrize("patterns", [[], ["*_riscv64"], ["*", "cp399-*"]])
def test_a_part_that_was_never_promised_is_no_part(files: Path, patterns: list[str]) -> None:
    with pytest.raises(SystemExit, match="no promised wheel matches"):
        check.check("4.2.3", files, complete=patterns)
