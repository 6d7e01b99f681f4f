"""All ten reports of a real chronyd, beside what chronyc says of it."""

from __future__ import annotations

from typing import Any

import pytest

import pychrony
from pychrony import (
    Activity,
    AuthMode,
    ChronyPermissionError,
    KeyType,
    NTPTests,
    SelectOptions,
    SelectState,
    get_activity,
    get_auth_data,
    get_ntp_data,
    get_rtc_data,
    get_smoothing,
    get_source_stats,
    get_sources,
)
from tests.conftest import (
    BUSY_NAMES,
    KEYED,
    LATE,
    OFFLINE,
    PLAIN,
    QUICK,
    RESOLVABLE,
    UNREACHABLE,
    UNRESOLVABLE,
    UNRESOLVED,
    PickAddress,
    StartChronyd,
)
from tests.support.chronyc import ROWS, flag
from tests.support.chronyd import LOCAL, Chronyd
from tests.support.comparison import Rows, assert_agrees
from tests.support.ports import free_port

# What is asked of chronyc for each report, and the function of ours.
COMMANDS = {
    "tracking": ("tracking", "get_tracking"),
    "sources": ("sources -a", "get_sources"),
    "sourcestats": ("sourcestats -a", "get_source_stats"),
    "selectdata": ("selectdata -a", "get_select_data"),
    "activity": ("activity", "get_activity"),
    "authdata": ("authdata -a", "get_auth_data"),
    "ntpdata": ("ntpdata", "get_ntp_data"),
    "serverstats": ("serverstats", "get_server_stats"),
    "rtcdata": ("rtcdata", "get_rtc_data"),
    "smoothing": ("smoothing", "get_smoothing"),
}
CLOSED = ("selectdata", "authdata", "ntpdata", "serverstats")  # over UDP
OPEN = tuple(report for report in COMMANDS if report not in CLOSED)
COMPARED = [report for report in COMMANDS if report != "rtcdata"]  # which no test machine has
LISTS = ("sources", "sourcestats", "selectdata", "authdata", "ntpdata")


def ask_chronyc(daemon: Chronyd, report: str) -> Rows:
    command, _ = COMMANDS[report]
    lines = daemon.chronyc(*command.split()).splitlines()
    return [list(line.split(",")) for line in lines]


def read(address: str, report: str, **options: bool) -> list[Any]:
    """Return the records of a report, by the function of ours."""
    answer = getattr(pychrony, COMMANDS[report][1])(address, **options)
    return answer if isinstance(answer, list) else [answer]


def ask_us(address: str, report: str) -> Rows:
    """Return a report in chronyc's terms."""
    records = read(address, report)
    if report == "ntpdata":  # chronyc has no option that shows these
        records = [record for record in records if record.is_resolved()]
    return [ROWS[type(record)](record) for record in records]


@pytest.mark.parametrize("report", [report for report in COMPARED if report in OPEN])
def test_an_open_report_agrees_with_chronyc_over_every_address(
    report: str, busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    address = pick_address(busy_chronyd)

    assert_agrees(lambda: ask_chronyc(busy_chronyd, report), lambda: ask_us(address, report))


@pytest.mark.parametrize("report", CLOSED)
def test_a_closed_report_agrees_with_chronyc_over_the_unix_socket(
    report: str, busy_chronyd: Chronyd
) -> None:
    address = busy_chronyd.socket_path

    assert_agrees(lambda: ask_chronyc(busy_chronyd, report), lambda: ask_us(address, report))


def test_a_servers_counts_agree_with_chronyc(
    synchronized_chronyd: Chronyd, ntp_server: Chronyd
) -> None:
    def ask() -> Rows:
        return ask_us(ntp_server.socket_path, "serverstats")

    assert_agrees(lambda: ask_chronyc(ntp_server, "serverstats"), ask)
    assert pychrony.get_server_stats(ntp_server.socket_path).ntp_received > 0


@pytest.mark.parametrize("report", LISTS)
def test_sources_have_the_names_of_the_configuration(report: str, busy_chronyd: Chronyd) -> None:
    records = read(busy_chronyd.socket_path, report, names=True)
    names = {record.address: record.name for record in records}
    of_clock = {"GPS": None} if report in (*OPEN, "selectdata") else {}

    assert list(names.values()) == [*of_clock.values(), *BUSY_NAMES]
    assert of_clock.items() <= names.items()
    for address in names.keys() - of_clock:
        assert names[address] == busy_chronyd.chronyc("sourcename", address).strip()


def test_names_are_read_over_udp_too(busy_chronyd: Chronyd, pick_address: PickAddress) -> None:
    sources = get_sources(pick_address(busy_chronyd), names=True)

    assert [source.name for source in sources] == [None, *BUSY_NAMES]


def test_names_are_not_read_unless_asked_for(busy_chronyd: Chronyd) -> None:
    for report in LISTS:
        assert {record.name for record in read(busy_chronyd.socket_path, report)} == {None}


@pytest.mark.parametrize("report", ["sources", "sourcestats", "selectdata"])
def test_a_reference_clock_is_named_by_its_id(report: str, busy_chronyd: Chronyd) -> None:
    clocks = [r for r in read(busy_chronyd.socket_path, report) if r.is_reference_clock()]

    assert [(clock.address, clock.is_resolved()) for clock in clocks] == [("GPS", True)]


@pytest.mark.parametrize("report", ["authdata", "ntpdata"])
def test_reports_of_ntp_sources_leave_reference_clocks_out(
    report: str, busy_chronyd: Chronyd
) -> None:
    records = read(busy_chronyd.socket_path, report)

    assert len(records) == len(BUSY_NAMES)
    assert not any(record.is_reference_clock() for record in records)


@pytest.mark.parametrize("report", LISTS)
def test_one_source_alone_is_not_resolved(report: str, busy_chronyd: Chronyd) -> None:
    records = read(busy_chronyd.socket_path, report, names=True)
    unresolved = [(r.name, r.address) for r in records if not r.is_resolved()]

    assert unresolved == [(UNRESOLVABLE, UNRESOLVED)]


def test_sources_say_in_words_what_chronyc_shows_in_signs(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    def look() -> Rows:
        rows = ask_chronyc(busy_chronyd, "sources")
        return [[flag(row[1] == "*"), flag(row[5] != "0"), flag(row[0] == "#")] for row in rows]

    def ask() -> Rows:
        sources = get_sources(pick_address(busy_chronyd))
        words = [(s.is_selected(), s.is_reachable(), s.is_reference_clock()) for s in sources]
        return [[flag(word) for word in row] for row in words]

    assert_agrees(look, ask)
    expected = {("Yes", "Yes", "No"), ("No", "No", "No")}
    busy_chronyd.wait_for(lambda: expected <= {tuple(row) for row in ask()})


def test_a_source_may_be_polled_four_times_a_second(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    polls = {s.address: (s.poll, s.poll_seconds) for s in get_sources(pick_address(busy_chronyd))}

    assert polls[QUICK] == (-2, 0.25)
    assert polls[PLAIN] == (-1, 0.5)
    assert polls[UNREACHABLE] == (0, 1.0)


def test_samples_are_sufficient_from_four_on(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    def look() -> Rows:
        rows = ask_chronyc(busy_chronyd, "sourcestats")
        return [[flag(int(str(row[1])) >= 4), flag(int(str(row[1])) >= 10)] for row in rows]

    def ask() -> Rows:
        records = get_source_stats(pick_address(busy_chronyd))
        enough = [(r.has_sufficient_samples(), r.has_sufficient_samples(10)) for r in records]
        return [[flag(word) for word in row] for row in enough]

    assert_agrees(look, ask)
    assert ["No", "No"] in ask()
    busy_chronyd.wait_for(lambda: "Yes" in {row[0] for row in ask()})


def test_sources_have_the_options_of_the_configuration(busy_chronyd: Chronyd) -> None:
    selection = {r.name: r for r in read(busy_chronyd.socket_path, "selectdata", names=True)}

    assert selection[QUICK].configured_options == SelectOptions.PREFER | SelectOptions.TRUST
    assert selection[RESOLVABLE].configured_options == SelectOptions.TRUST | SelectOptions.REQUIRE
    assert selection[OFFLINE].configured_options == SelectOptions.NOSELECT
    assert selection[OFFLINE].state is SelectState.IGNORED
    assert [name for name, r in selection.items() if r.authentication] == [KEYED]


def test_a_source_with_a_key_is_authenticated(busy_chronyd: Chronyd) -> None:
    keys = {r.address: r for r in get_auth_data(busy_chronyd.socket_path)}
    data = {r.address: r for r in get_ntp_data(busy_chronyd.socket_path)}

    assert (keys[KEYED].mode, keys[KEYED].key_type) == (AuthMode.SYMMETRIC_KEY, KeyType.SHA256)
    assert (keys[KEYED].key_id, keys[KEYED].key_length) == (1, 256)
    assert (keys[PLAIN].mode, keys[PLAIN].key_type) == (AuthMode.NONE, KeyType.NONE)
    assert [address for address, r in data.items() if r.authenticated] == [KEYED]


def test_a_response_that_fails_a_test_is_valid_but_not_good(busy_chronyd: Chronyd) -> None:
    late, *_ = (r for r in get_ntp_data(busy_chronyd.socket_path) if r.address == LATE)

    assert NTPTests.TEST1 in late.tests
    assert NTPTests.TESTA not in late.tests  # the test of maxdelay
    assert late.rx_good == 0 < late.rx_valid


def test_what_was_never_measured_is_none(busy_chronyd: Chronyd) -> None:
    sources = {s.address: s for s in get_sources(busy_chronyd.socket_path)}
    data = {r.address: r for r in get_ntp_data(busy_chronyd.socket_path)}

    for address in (OFFLINE, UNREACHABLE, UNRESOLVED):
        assert sources[address].last_sample_ago is None
        assert (data[address].local_address, data[address].ref_time) == (None, None)
        assert (data[address].ref_time_ns, data[address].ref_datetime) == (None, None)


@pytest.mark.parametrize("report", CLOSED)
def test_a_report_refused_over_udp_says_what_would_help(report: str, busy_chronyd: Chronyd) -> None:
    for address in busy_chronyd.addresses[1:]:
        with pytest.raises(ChronyPermissionError, match=r"Unix socket.*opencommands") as caught:
            read(address, report)
        assert (caught.value.address, caught.value.errno) == (address, None)
        assert report in str(caught.value)


def test_there_is_no_rtc_data_where_chronyd_drives_no_rtc(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    with pytest.raises(RuntimeError, match="RTC driver not running"):
        busy_chronyd.chronyc("rtcdata")

    assert get_rtc_data(pick_address(busy_chronyd)) is None


def test_there_is_no_smoothing_where_none_is_configured(
    local_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    with pytest.raises(RuntimeError, match="not enabled"):
        local_chronyd.chronyc("smoothing")

    assert get_smoothing(pick_address(local_chronyd)) is None


def test_smoothing_of_leap_seconds_alone_agrees_with_chronyc(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd("smoothtime 400 0.01 leaponly", *LOCAL)
    smoothing = get_smoothing(daemon.socket_path)

    assert smoothing is not None
    assert smoothing.leap_only
    assert_agrees(
        lambda: ask_chronyc(daemon, "smoothing"), lambda: ask_us(daemon.udp4, "smoothing")
    )


def test_activity_counts_the_sources_of_each_kind(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    online = len(BUSY_NAMES) - len((OFFLINE, UNRESOLVABLE))

    assert get_activity(pick_address(busy_chronyd)) == Activity(
        online=online, offline=1, burst_online=0, burst_offline=0, unresolved=1
    )


def test_activity_counts_bursts(start_chronyd: StartChronyd) -> None:
    silent = free_port()
    online = [f"server 127.0.0.{host} port {silent}" for host in range(2, 5)]
    offline = [f"server 127.0.0.{host} port {silent} offline" for host in range(5, 10)]
    daemon = start_chronyd(*online, *offline)
    for address in ("127.0.0.2", "127.0.0.5", "127.0.0.6"):
        daemon.chronyc("burst", "10/10", address)

    assert get_activity(daemon.udp4) == Activity(
        online=2, offline=3, burst_online=1, burst_offline=2, unresolved=0
    )
    assert ask_us(daemon.udp4, "activity") == [
        [int(str(cell)) for cell in row] for row in ask_chronyc(daemon, "activity")
    ]
