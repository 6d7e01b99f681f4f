"""What the wheel holds, and what it says of itself."""

from __future__ import annotations

import os
import re
import tempfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.packaging.builds import (
    DATA,
    OBJECT,
    ROOT,
    Built,
    SharedObject,
    read_from_wheel,
    tracked_files,
    wheel_files,
)

DIST_INFO = "pychrony-4.2.3.dist-info"
C_LIBRARY = re.compile(r"lib(c|m|pthread)\.so\.[06]|ld-linux[-\w]*\.so\.\d|libc\.musl-\w+\.so\.1")


def read_metadata(built: Built, name: str) -> Message:
    return BytesParser().parsebytes(read_from_wheel(built.wheel, f"{DIST_INFO}/{name}"))


@pytest.fixture
def metadata(built: Built) -> Message:
    return read_metadata(built, "METADATA")


def test_the_wheel_holds_the_package_one_shared_object_the_license_and_data(
    built: Built, project: Path
) -> None:
    package = [name for name in tracked_files(project) if name.startswith("src/pychrony/")]
    package.append("src/_pychrony_pytest.py")
    about = ["METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"]
    expected = {name.removeprefix("src/") for name in package} | {OBJECT}
    expected |= {f"{DIST_INFO}/{name}" for name in about}
    expected |= {f"pychrony-4.2.3.data/data/{name}" for name in DATA}

    assert set(wheel_files(built.wheel)) == expected
    assert len(wheel_files(built.wheel)) == len(expected)
    assert {"pychrony/py.typed", "pychrony/_binding.pyi", "pychrony/__init__.py"} < expected


def test_the_license_is_the_projects(built: Built) -> None:
    text = read_from_wheel(built.wheel, f"{DIST_INFO}/licenses/LICENSE")

    assert text == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_is_tagged_for_its_platform(built: Built) -> None:
    wheel = read_metadata(built, "WHEEL")

    assert wheel["Root-Is-Purelib"] == "false"
    assert wheel.get_all("Tag") == [built.wheel.stem.removeprefix("pychrony-4.2.3-")]


def test_the_metadata_name_the_project_its_version_and_its_license(metadata: Message) -> None:
    assert metadata["Name"] == "pychrony"
    assert metadata["Version"] == "4.2.3"
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE"]


def test_the_metadata_require_python_and_cffi_alone(metadata: Message) -> None:
    requirements = metadata.get_all("Requires-Dist", [])
    extra = [line for line in requirements if "extra ==" in line]

    assert metadata["Requires-Python"] == ">=3.10"
    assert {re.split(r"[^\w.-]", line)[0] for line in requirements if line not in extra} == {"cffi"}
    assert [re.sub("[\"']", "", line) for line in extra] == [
        "opentelemetry-api>=1.27; extra == opentelemetry",
        "prometheus-client>=0.22; extra == prometheus",
        "uvicorn>=0.30; extra == prometheus",
    ]


def test_the_metadata_name_every_python_the_wheel_is_for(metadata: Message) -> None:
    pattern = r"Programming Language :: Python :: (3\.\d+)"
    matches = [re.fullmatch(pattern, line) for line in metadata.get_all("Classifier", [])]

    assert [match[1] for match in matches if match] == [f"3.{minor}" for minor in range(10, 16)]


def test_the_metadata_link_to_the_project(metadata: Message) -> None:
    links = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL", []))

    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= links.keys()
    assert all(link.startswith("https://") for link in links.values())


def test_the_shared_object_exports_its_initialization_alone(shared_object: SharedObject) -> None:
    assert shared_object.exports == ["PyInit__binding"]


def test_the_shared_object_needs_the_c_library_alone(shared_object: SharedObject) -> None:
    assert [name for name in shared_object.needs if not C_LIBRARY.fullmatch(name)] == []


def test_the_shared_object_is_told_of_no_folder_to_find_libraries_in(
    shared_object: SharedObject,
) -> None:
    assert shared_object.run_path == []


def test_the_shared_object_names_no_folder_of_its_builder(shared_object: SharedObject) -> None:
    temporary = os.environ.get("TMPDIR", tempfile.gettempdir()).rstrip("/")
    folders = [temporary, str(ROOT), str(Path.home())]

    assert [name for name in folders if f"{name}/".encode() in shared_object.content] == []
