"""What a clone and an sdist can be built to, wherever they lie."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from tests.packaging.builds import (
    ROOT,
    Built,
    build,
    build_both,
    build_wheel,
    clone,
    git,
    run,
    sdist_files,
    tracked_files,
    wheel_files,
)

BUILT_FROM = ("src/", "tests/", "scripts/", "build_")


def test_a_clean_clone_makes_one_sdist_and_one_wheel_of_the_tags_version(built: Built) -> None:
    assert built.sdist.name == "pychrony-4.2.3.tar.gz"
    assert re.fullmatch(r"pychrony-4\.2\.3-cp310-abi3-linux_[a-z0-9_]+\.whl", built.wheel.name)


def test_a_rehearsal_tag_is_no_version(tree: Path, out: Path) -> None:
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "Rehearsed")
    git(tree, "tag", "v1.3.0-test")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "After it")
    [sdist] = build(tree, out, "--sdist")

    assert re.fullmatch(r"pychrony-4\.2\.4\.dev2\+g[0-9a-f]+\.tar\.gz", sdist.name)


def test_the_sdist_holds_all_sources_and_nothing_that_was_made_of_them(
    built: Built, project: Path
) -> None:
    files, tracked = sdist_files(built.sdist), tracked_files(project)
    needed = {name for name in tracked if name.startswith(BUILT_FROM)}

    assert files - tracked == {"PKG-INFO"}
    assert needed | {"pyproject.toml", "LICENSE", "README.md"} <= files


def test_an_unpacked_sdist_makes_the_same_wheel_without_git(
    built: Built, tmp_path: Path, out: Path
) -> None:
    run("tar", "-xzf", built.sdist, "-C", tmp_path)
    wheel = build_wheel(tmp_path / "pychrony-4.2.3", out)

    assert wheel.name == built.wheel.name
    assert wheel_files(wheel) == wheel_files(built.wheel)


def test_another_copy_in_another_place_makes_the_same_bytes(
    built: Built, project: Path, tmp_path: Path, out: Path
) -> None:
    """The compiler's temporary folder and the files' modes are others too."""
    temporary = tmp_path / "of-the-compiler"
    temporary.mkdir()
    tree = clone(project, tmp_path / "quite" / "another" / "place", umask=0o077)
    again = build_both(tree, out, TMPDIR=str(temporary))

    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_object_has_one_name_whatever_the_builders_interpreter_prefers(
    built: Built, tree: Path, tmp_path: Path, out: Path
) -> None:
    """From CPython 3.15 on it is `.abi3-x86_64-linux-gnu.so`, which none before can import."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import importlib.machinery, sysconfig\n"
        "importlib.machinery.EXTENSION_SUFFIXES.insert(0, '.abi3-later.so')\n"
        "sysconfig.get_config_vars()['SOABI_PLATFORM'] = 'later'\n"
    )
    wheel = build_wheel(tree, out, PYTHONPATH=str(site))

    assert wheel_files(wheel) == wheel_files(built.wheel)


def test_the_build_requires_all_that_it_imports() -> None:
    [requires] = re.findall(r"^requires = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.M)
    required = {re.split(r"\W", line)[0] for line in ast.literal_eval(requires)}

    assert {name for path in ROOT.glob("build_*.py") for name in imports_of(path)} <= required


def imports_of(path: Path) -> set[str]:
    """Return the packages that a file imports, without Python's own."""
    lines = re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.M)
    return set(lines) - sys.stdlib_module_names
