"""What is read from a simulated chronyd is what was put in, in every report and version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import pychrony
from pychrony import ChronyDataError, ChronyPermissionError, ChronyTimeoutError, Source
from pychrony.testing import (
    Faults,
    SimulatedChronyd,
    make_server_stats,
    make_source,
    make_source_stats,
)
from tests.support.chronyd import temporary_directory
from tests.support.extreme_records import (
    ATTRIBUTES,
    EVERYTHING,
    LISTS,
    U64,
    VERSIONS,
    as_reported_by,
    knows,
)
from tests.support.replay import Player, Read, read_as_only_ones
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import load

CLOSED = ("select_data", "auth_data", "ntp_data", "server_stats")
NAMES_IN_CHRONYC = {"select_data": "selectdata", "server_stats": "serverstats"}


def read(server: SimulatedChronyd, report: str, **options: Any) -> Any:
    return getattr(pychrony, f"get_{report}")(server.address, **options)


def without_names(records: list[Any]) -> list[Any]:
    return [replace(record, name=None) for record in records]


@pytest.fixture
def path() -> Iterator[str]:
    """Return a path for a socket, short enough for libchrony's own next to it."""
    with temporary_directory() as folder:
        yield str(folder / "s")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("report", [report for report in EVERYTHING if report not in LISTS])
def test_each_record_is_read_as_it_was_put_in(report: str, version: str, path: str) -> None:
    with SimulatedChronyd(version=version, address=path) as server:
        for record in EVERYTHING[report]:
            setattr(server, report, record)
            assert read(server, report) == as_reported_by(version, record)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("report", LISTS)
def test_each_list_is_read_as_it_was_put_in(report: str, version: str, path: str) -> None:
    lists: dict[str, Any] = {name: EVERYTHING[name] for name in ("sources", "source_stats", report)}
    with SimulatedChronyd(version=version, address=path, **lists) as server:
        if not knows(version, report):
            with pytest.raises(ChronyDataError, match="too old"):
                read(server, report)
            return
        expected = without_names(as_reported_by(version, EVERYTHING[report]))

        assert read(server, report) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_names_are_read_since_4_0(version: str, path: str) -> None:
    lists: dict[str, Any] = {name: EVERYTHING[name] for name in LISTS[:3]}
    with SimulatedChronyd(version=version, address=path, **lists) as server:
        sources = read(server, "sources", names=True)

        if version < "4.0":
            assert {source.name for source in sources} == {None}
            return
        assert [s.name for s in sources] == [None, "ntp1.example.net", "ü", "x" * 255, "192.0.2.4"]
        for report in LISTS[1:]:
            names = {record.address: record.name for record in read(server, report, names=True)}
            assert names.items() <= {source.address: source.name for source in sources}.items()


def test_name_is_cut_to_256_bytes(path: str) -> None:
    with SimulatedChronyd(address=path, sources=[make_source(name="y" * 300)]) as server:
        [source] = read(server, "sources", names=True)

    assert source.name == "y" * 256


def test_flags_are_reported_before_4_0_only(path: str) -> None:
    for version, flags in (("3.5", 0xFFFF), ("4.0", 0)):
        sources = [make_source(flags=0xFFFF)]
        with SimulatedChronyd(version=version, address=path, sources=sources) as server:
            assert [source.flags for source in read(server, "sources")] == [flags]


def test_counts_have_64_bits_since_4_4(path: str) -> None:
    many = make_server_stats(ntp_received=U64, served_kernel_rx=2**63)
    with SimulatedChronyd(server_stats=many, address=path) as server:
        assert read(server, "server_stats") == many

    with pytest.raises(ValueError, match=r"ntp_received must be from 0 to 4294967295"):
        SimulatedChronyd(server_stats=many, version="4.3")


@pytest.mark.parametrize("version", VERSIONS)
def test_defaults_are_read_as_they_are(version: str, path: str) -> None:
    with SimulatedChronyd(version=version, address=path) as server:
        for report in EVERYTHING:
            if knows(version, report):
                expected = as_reported_by(version, getattr(server, report))
                assert read(server, report) == expected, report


def test_reports_are_open_over_udp_as_chronyd_has_them(path: str) -> None:
    with SimulatedChronyd() as server:
        for report in EVERYTHING.keys() - set(CLOSED):
            assert read(server, report) == as_reported_by("4.8", getattr(server, report))
        for report in CLOSED:
            with pytest.raises(ChronyPermissionError):
                read(server, report)


def test_opened_reports_are_read_over_udp() -> None:
    with SimulatedChronyd(open_commands=["selectdata", "serverstats"]) as server:
        for report in NAMES_IN_CHRONYC:
            assert read(server, report) == as_reported_by("4.8", getattr(server, report))
        with pytest.raises(ChronyPermissionError):
            read(server, "tracking")


def test_records_may_change_while_it_runs() -> None:
    with SimulatedChronyd() as server, pychrony.ChronyConnection(server.address) as connection:
        server.tracking = replace(server.tracking, offset=0.2)
        assert connection.get_tracking().offset == pytest.approx(0.2)

        server.sources = [make_source(address=f"10.0.0.{host}") for host in range(1, 101)]
        assert connection.get_sources() == list(server.sources)
        assert [each.address for each in connection.get_source_stats()][-1] == "10.0.0.100"

        server.source_stats = [make_source_stats(samples=n) for n in range(100)]
        assert connection.get_source_stats() == list(server.source_stats)


def test_answer_with_a_wrong_sequence_is_none() -> None:
    with SimulatedChronyd(faults=Faults(wrong_sequence=True)) as server:
        with pytest.raises(ChronyTimeoutError):
            pychrony.get_tracking(server.address, timeout=0.1)
        server.faults = Faults()
        assert pychrony.get_tracking(server.address) == server.tracking


# Random answers, which no real daemon gave.

# The last version that has the layout of a reply.
VERSION_OF = {14: "3.5", 16: "4.5", 22: "4.1", 24: "4.3"}


def synthetic_records() -> Iterator[tuple[str, str, Any]]:
    """Yield an attribute, a version, and the record that was read of a synthetic answer."""
    with ReplyServer(Player()) as server:
        for session in load():
            for each in read_as_only_ones(server, session) if session.file == "synthetic" else ():
                if isinstance(each.outcome, list) and each.outcome:
                    [record] = each.outcome
                    if isinstance(record, Source):
                        record = replace(record, flags=0)  # which it has had none of since 4.0
                    yield ATTRIBUTES[each.exchange.report], version_of(each), record


def version_of(each: Read) -> str:
    code = int.from_bytes(each.exchange.datagrams[-1].data[6:8], "big")
    return VERSION_OF.get(code, "4.8")


@pytest.mark.slow
def test_random_record_is_read_again_as_it_was_but_for_addresses_of_no_kind(path: str) -> None:
    refusals, read_again = [], 0
    for attribute, version, record in synthetic_records():
        given: dict[str, Any] = {attribute: [record] if attribute in LISTS else record}
        try:
            server = SimulatedChronyd(version=version, address=path, **given)
        except ValueError as error:
            refusals.append(str(error))
            continue
        with server:
            assert read(server, attribute) == given[attribute]
        read_again += 1

    assert read_again > 800
    assert [text for text in refusals if "not '?'" not in text and "not ''" not in text] == []
