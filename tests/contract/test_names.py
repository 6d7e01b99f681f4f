"""The names that users may rely on, and what each field says of itself."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path

import pytest

import pychrony
from pychrony import LeapStatus, TrackingStatus, Transport
from pychrony.testing import make_tracking

PUBLIC = {
    *("ChronyConnection", "ChronyConnectionError", "ChronyDataError", "ChronyError"),
    *("ChronyLibraryError", "ChronyPermissionError", "ChronyTimeoutError", "LeapStatus"),
    *("LibchronyInfo", "TrackingStatus", "Transport", "__version__", "get_tracking"),
    "libchrony_info",
}
UNITS = {"", "s", "ns", "ppm"}


def test_all_names_what_there_is() -> None:
    assert set(pychrony.__all__) == PUBLIC
    assert pychrony.__all__ == sorted(pychrony.__all__)
    assert all(hasattr(pychrony, name) for name in PUBLIC)


def test_public_objects_show_a_public_module() -> None:
    for name in PUBLIC - {"__version__"}:
        module = getattr(pychrony, name).__module__
        assert module in ("pychrony", "pychrony.exceptions", "pychrony.models"), name


def test_the_version_is_the_distributions() -> None:
    from importlib.metadata import version

    assert pychrony.__version__ == version("pychrony")


def test_importing_reads_no_metadata() -> None:
    program = "import sys, pychrony; print('importlib.metadata' in sys.modules)"
    output = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert output.strip() == "False"


def test_libchrony_info_says_what_was_built_in() -> None:
    info = pychrony.libchrony_info()

    assert info.kind in ("bundled", "system")
    assert re.fullmatch(r"\d+(\.\d+)+", info.version)


def test_each_field_names_its_libchrony_field_and_unit() -> None:
    for field in fields(TrackingStatus):
        assert field.metadata["libchrony"], field.name
        assert field.metadata["unit"] in UNITS, field.name
        assert isinstance(field.type, type), field.name


def test_each_field_has_a_docstring() -> None:
    source = Path(sys.modules["pychrony.models"].__file__ or "").read_text()
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    for class_ in classes:
        for node, after in zip(class_.body, [*class_.body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign):
                assert isinstance(after, ast.Expr), f"{class_.name}.{ast.unparse(node.target)}"


def test_a_record_passes_through_json_pickle_and_copy() -> None:
    status = make_tracking()

    assert json.loads(json.dumps(asdict(status)))["stratum"] == status.stratum
    assert pickle.loads(pickle.dumps(status)) == status
    assert copy.deepcopy(status) == copy.copy(status) == status
    assert hash(copy.copy(status)) == hash(status)
    assert replace(status, stratum=9) != status
    assert "stratum=3" in repr(status)


def test_a_record_cannot_be_changed() -> None:
    status = make_tracking()

    with pytest.raises(FrozenInstanceError):
        status.stratum = 1  # ty: ignore[invalid-assignment]


def test_a_record_read_from_chronyd_is_as_frozen_as_one_that_was_made() -> None:
    from pychrony.testing import SimulatedChronyd

    made = make_tracking()
    with SimulatedChronyd(made) as server:
        read = pychrony.get_tracking(server.address)

    assert type(read) is TrackingStatus
    assert read == made
    assert hash(read) == hash(made)
    with pytest.raises(FrozenInstanceError):
        read.stratum = 1  # ty: ignore[invalid-assignment]


def test_the_enumerations_have_chronyds_numbers() -> None:
    assert [(status.name, status.value) for status in LeapStatus] == [
        ("NORMAL", 0),
        ("INSERT", 1),
        ("DELETE", 2),
        ("UNSYNC", 3),
    ]
    assert {transport.name for transport in Transport} == {"UNIX_SOCKET", "COMMAND_PORT"}


def test_a_value_that_a_newer_chronyd_invents_keeps_its_number() -> None:
    unknown = LeapStatus(7)

    assert isinstance(unknown, LeapStatus)
    assert unknown == unknown.value == 7
    assert unknown is LeapStatus(7)
    assert unknown.name == "UNKNOWN_7"
    assert not unknown.is_known
    assert LeapStatus.UNSYNC.is_known
    assert "UNKNOWN_7" in repr(unknown)
    assert len(LeapStatus) == 4
    assert pickle.loads(pickle.dumps(unknown)) is unknown
    assert copy.deepcopy(unknown) is unknown
    assert {unknown: 1}[LeapStatus(7)] == 1
    with pytest.raises(ValueError, match="seven"):
        LeapStatus("seven")
