"""The names of many sources, which chronyc judges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pychrony import ChronyConnection
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.many_sources import LISTS, read_list

BY_ADDRESS, BY_NAME = 200, 50

# Where chronyc has the name in its rows.
COLUMNS = {"sources": 2, "sourcestats": 0, "selectdata": 1, "authdata": 0}


@pytest.fixture(scope="module")
def daemon() -> Iterator[Chronyd]:
    """Return one with sources whose names are not resolved among others."""
    lines = [f"server 127.0.1.{host} offline" for host in range(1, BY_ADDRESS + 1)]
    for number in range(BY_NAME):
        lines.insert(number * 5, f"server source-{number}.invalid offline")
    with temporary_directory() as directory, Chronyd(directory, *lines) as daemon:
        yield daemon


@pytest.mark.parametrize("report", COLUMNS)
def test_each_of_many_sources_has_the_name_that_chronyc_gives(report: str, daemon: Chronyd) -> None:
    rows = [line.split(",") for line in daemon.chronyc("-N", report, "-a").splitlines()]
    with ChronyConnection(daemon.socket_path, timeout=30.0) as connection:
        records = read_list(report, connection, names=True)

    assert [record.name for record in records] == [row[COLUMNS[report]] for row in rows]
    assert len(records) == BY_ADDRESS + BY_NAME
    assert len([record for record in records if not record.is_resolved()]) == BY_NAME


def test_every_list_has_the_same_names(daemon: Chronyd) -> None:
    with ChronyConnection(daemon.socket_path, timeout=30.0) as connection:
        names = [[r.name for r in read_list(report, connection, names=True)] for report in LISTS]

    assert names == [names[0]] * len(LISTS)
