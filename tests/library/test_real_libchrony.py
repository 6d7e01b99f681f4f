"""What the real libchrony reads of a chronyd, in a C program, and what we read."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable

import pytest

from pychrony import (
    ChronyConnection,
    ChronyDataError,
    ChronyPermissionError,
    get_select_data,
    get_source_stats,
    get_sources,
)
from tests.conftest import PickAddress
from tests.support.c_programs import PROGRAMS, WARNINGS, real_libchrony_flags
from tests.support.chronyd import Chronyd
from tests.support.comparison import Cell, Rows, assert_agrees

Dump = Callable[[str, str], Rows]

REPORTS = (
    *("tracking", "sources", "sourcestats", "selectdata", "activity"),
    *("authdata", "ntpdata", "serverstats", "rtcdata", "smoothing"),
)
# What chronyc does not show, by our name and by libchrony's.
LEFT_OUT = {
    "sources": (get_sources, {"flags": "flags"}),
    "sourcestats": (
        get_source_stats,
        {"reference_id": "reference ID", "offset_err": "offset error"},
    ),
    "selectdata": (get_select_data, {"reference_id": "reference ID"}),
}


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Dump:
    """Return a function that reads with the real libchrony: each record's names and values."""
    program = tmp_path_factory.mktemp("dump") / "dump"
    source = str(PROGRAMS / "dump.c")
    compiler = shlex.split(os.environ.get("CC", "cc"))
    command = [*compiler, *WARNINGS, source, "-o", str(program), *real_libchrony_flags()]
    subprocess.run(command, check=True)

    def read(address: str, report: str) -> Rows:
        command = [str(program), address, report]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return parse_dump(done.stdout)

    return read


def parse_dump(text: str) -> Rows:
    rows: Rows = []
    for line in text.splitlines():
        kind, *rest = line.split("\t")
        if kind in ("record", "error"):
            rows.append([])
        if kind not in ("report", "record"):
            rows[-1] += parse_field(kind, *rest)
    return rows


def parse_field(kind: str, name: str, *values: str) -> list[Cell]:
    """Return a name and its value; libchrony 0.2 reads 16-bit signed numbers as unsigned."""
    if kind == "error":
        return [kind, int(name)]
    if kind == "t":
        return [name, int(values[0]) * 10**9 + int(values[1])]
    if kind == "i" and int(values[0]) > 0x7FFF:
        return [name, int(values[0]) - 0x10000]
    return [name, {"u": int, "i": int, "f": float, "s": str}[kind](*values)]


def read_record(connection: ChronyConnection, report: str, index: int) -> list[Cell]:
    try:
        record = connection.read_record(report, index)
    except (ChronyDataError, ChronyPermissionError) as error:
        return ["error", error.error_code or 0]
    return [cell for field in record.items() for cell in field]


@pytest.mark.parametrize("report", REPORTS)
def test_each_field_agrees_with_the_real_libchrony(
    report: str, dump: Dump, busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    address = pick_address(busy_chronyd)
    with ChronyConnection(address) as connection:
        indices = range(len(dump(address, report)))

        assert_agrees(
            lambda: dump(address, report),
            lambda: [read_record(connection, report, index) for index in indices],
        )


@pytest.mark.parametrize("report", LEFT_OUT)
def test_what_chronyc_leaves_out_agrees_with_the_real_libchrony(
    report: str, dump: Dump, busy_chronyd: Chronyd
) -> None:
    address, (get, attributes) = busy_chronyd.socket_path, LEFT_OUT[report]

    def look() -> Rows:
        records = [dict(zip(row[::2], row[1::2], strict=True)) for row in dump(address, report)]
        return [[record[name] for name in attributes.values()] for record in records]

    def ask() -> Rows:
        return [[getattr(r, name) for name in attributes] for r in get(address)]

    assert_agrees(look, ask)
