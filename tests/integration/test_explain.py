"""`pychrony explain`, asking live chronyds: each state of a source that loopback can have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import REFCLOCK, REFCLOCK_SOCKET, SERVER, Chronyd, temporary_directory
from tests.support.command_line import run
from tests.support.ports import free_port
from tests.support.refclock import RefclockFeed

pytestmark = pytest.mark.slow  # chronyds that take seconds to be in such a state

QUICK = "iburst minpoll -2 maxpoll -2"
ANYWHERE = ("bindaddress 0.0.0.0", "binddevice lo", "allow 127.0.0.0/8")


@pytest.fixture(scope="module")
def server() -> Iterator[Chronyd]:
    """Return a server at all of 127.0.0.0/8."""
    with (
        temporary_directory() as directory,
        Chronyd(directory, *SERVER, *ANYWHERE, ntp_port=free_port()) as daemon,
    ):
        yield daemon


@pytest.fixture(scope="module")
def mixed(server: Chronyd) -> Iterator[Chronyd]:
    """Return a chronyd with a source of each kind that can be had beside the others."""
    with ExitStack() as stack:
        directory = stack.enter_context(temporary_directory())
        unsynchronized = stack.enter_context(
            Chronyd(stack.enter_context(temporary_directory()), *ANYWHERE, ntp_port=free_port())
        )
        stack.enter_context(RefclockFeed(directory / REFCLOCK_SOCKET, 0.5))
        lines = (
            *(source(server, host) for host in (2, 3)),
            source(server, 4, "noselect"),
            source(server, 5, "offline"),
            f"server 127.0.0.6 port {free_port()} {QUICK}",
            "server nosuch.invalid",
            source(server, 7, f"nts ntsport {free_port()}"),
            source(server, 8, "maxdelay 1e-9"),
            source(server, 9, "key 7"),
            source(unsynchronized, 10),
            "refclock SOCK run/unfed.sock refid PPS",  # nobody feeds it
            *REFCLOCK,
            "authselectmode ignore",  # sources without authentication are used too
            "combinelimit 1000000",
        )
        daemon = stack.enter_context(Chronyd(directory, *lines))
        daemon.wait_for(lambda: set(letters(daemon)) >= {"*", "+", "x"})
        daemon.wait_for(daemon.is_disciplined)
        daemon.wait_for(lambda: has_counted(daemon, SENT, "127.0.0.6"))
        daemon.wait_for(
            lambda: has_counted(daemon, RECEIVED, "127.0.0.4", "127.0.0.8", "127.0.0.10")
        )
        daemon.wait_for(lambda: has_tried_nts(daemon))
        yield daemon


def source(daemon: Chronyd, host: int, options: str = "") -> str:
    """Return a line of chrony.conf for a server at 127.0.0.`host`."""
    return f"server 127.0.0.{host} port {daemon.ntp_port} {QUICK} {options}"


def letters(daemon: Chronyd) -> list[str]:
    """Return chronyc's column S of selectdata."""
    return [letter for letter, _ in letters_and_addresses(daemon)]


def letters_and_addresses(daemon: Chronyd) -> list[tuple[str, ...]]:
    return [tuple(line.split(",")[:2]) for line in daemon.chronyc("selectdata").splitlines()]


SENT, RECEIVED = 30, 31  # columns of chronyc's ntpdata


def has_counted(daemon: Chronyd, column: int, *addresses: str) -> bool:
    """Return whether there were such messages to or from these sources."""
    rows = [line.split(",") for line in daemon.chronyc("ntpdata").splitlines()]
    counts = {row[0]: int(row[column]) for row in rows}
    return all(counts.get(address) for address in addresses)


def has_tried_nts(daemon: Chronyd) -> bool:
    """Return whether there was an attempt at an NTS key establishment."""
    rows = [line.split(",") for line in daemon.chronyc("authdata").splitlines()]
    return any(row[1] == "NTS" and row[6] != "0" for row in rows)


def explain(address: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Return the exit status, the sources of the JSON by address, and the text in one line."""
    document = json.loads(run("explain", "--json", "-h", address).stdout)
    result = run("explain", "-h", address)
    assert result.stderr == ""
    sources = {each["address"]: each for each in document["sources"]}
    return result.returncode, sources, " ".join(result.stdout.split())


def test_each_source_is_told_why_it_is_or_is_not_used(mixed: Chronyd) -> None:
    status, sources, text = explain(mixed.socket_path)

    assert status == 1  # NTS fails, which check warns of
    assert {address: (each["letter"], each["cause"]) for address, each in sources.items()} == {
        **{each: (sources[each]["letter"], None) for each in ("127.0.0.2", "127.0.0.3")},
        "127.0.0.4": ("N", None),
        "127.0.0.5": (sources["127.0.0.5"]["letter"], "not_asked"),
        "127.0.0.6": (sources["127.0.0.6"]["letter"], "never_answered"),
        "ID#0000000001": (sources["ID#0000000001"]["letter"], "name_not_resolved"),
        "127.0.0.7": (sources["127.0.0.7"]["letter"], "nts_without_keys"),
        "127.0.0.8": (sources["127.0.0.8"]["letter"], "answers_unusable"),
        "127.0.0.9": (sources["127.0.0.9"]["letter"], "key_missing"),
        "127.0.0.10": (sources["127.0.0.10"]["letter"], "source_not_synchronized"),
        "PPS": (sources["PPS"]["letter"], "reference_clock_without_samples"),
        "GPS": ("x", None),
    }
    assert {sources[each]["letter"] for each in ("127.0.0.2", "127.0.0.3")} == {"*", "+"}
    assert "nosuch.invalid (ID#0000000001), a server, cannot be used" in text
    assert "of the last, it took too long" in text
    assert "The limit is `maxdelay`" in text
    assert "If this is one: `chronyc online 127.0.0.5`" in text
    assert "2 of 12 sources are used" in text


def test_the_letters_are_chronycs(mixed: Chronyd) -> None:
    rows = [line.split(",") for line in mixed.chronyc("selectdata", "-a").splitlines()]
    _, sources, _ = explain(mixed.socket_path)

    settled = {"127.0.0.4", "GPS", "127.0.0.6", "PPS", "127.0.0.7"}
    expected = {row[1]: row[0] for row in rows if row[1] in settled}
    assert {address: sources[address]["letter"] for address in settled} == expected


def test_over_udp_less_is_told_and_nothing_else(mixed: Chronyd) -> None:
    _, sources, text = explain(mixed.udp4)

    assert {each["letter"] for each in sources.values()} == {None}
    causes = {address: each["cause"] for address, each in sources.items() if each["cause"]}
    assert causes == {
        **dict.fromkeys(("127.0.0.5", "127.0.0.6", "127.0.0.7"), "never_measured"),
        **dict.fromkeys(("127.0.0.9", "127.0.0.10"), "never_measured"),
        "127.0.0.8": "answers_unusable",
        "ID#0000000001": "name_not_resolved",
        "PPS": "reference_clock_without_samples",
    }
    assert text.count("over its Unix socket chronyd tells more") == 1


@pytest.mark.parametrize(
    ("lines", "options", "letter", "words"),
    [
        (("minsources 5",), "", "W", "`minsources` in chrony.conf says so, and"),
        (("maxdistance 1e-9",), "", "d", "`maxdistance` in chrony.conf: 3 seconds unless"),
        (("maxjitter 1e-12",), "", "~", "`maxjitter` in chrony.conf: 1 second unless"),
        (("local stratum 5 orphan",), "", "O", "Its stratum, 5, is not below that of `local`"),
        ((f"server 127.0.0.9 port {{port}} {QUICK} prefer",), "", "P", "prefers another source"),
        (("authselectmode require",), "", "N", "not authenticated, and `authselectmode`"),
        ((), "iburst polltarget 64", "*", "the best of the sources"),
    ],
)
def test_what_the_configuration_asks_for_is_the_reason(
    lines: tuple[str, ...],
    options: str,
    letter: str,
    words: str,
    server: Chronyd,
    start_chronyd: StartChronyd,
) -> None:
    others = (line.format(port=server.ntp_port) for line in lines)
    daemon = start_chronyd(source(server, 2, options), *others)
    daemon.wait_for(lambda: (letter, "127.0.0.2") in letters_and_addresses(daemon))

    _, sources, text = explain(daemon.socket_path)

    assert sources["127.0.0.2"]["letter"] == letter
    assert words in text


def test_a_source_with_few_samples_is_waited_for(
    server: Chronyd, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(f"server 127.0.0.2 port {server.ntp_port} minpoll 6")
    daemon.wait_for(lambda: daemon.chronyc("sourcestats").split(",")[1:2] == ["1"])

    status, sources, text = explain(daemon.socket_path)

    assert (status, sources["127.0.0.2"]["letter"]) == (2, "M")
    assert "chronyd has one measurement of it, and wants more" in text
    assert "Nothing to do: wait." in text


def test_sources_that_disagree_without_a_majority_are_both_named(
    server: Chronyd, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(source(server, 2), *REFCLOCK)
    with RefclockFeed(daemon.directory / REFCLOCK_SOCKET, 0.5):
        daemon.wait_for(lambda: letters(daemon) == ["x", "x"])
        status, sources, text = explain(daemon.udp4)

    assert (status, set(sources)) == (2, {"127.0.0.2", "GPS"})
    assert "The sources tell different times, and chronyd cannot know which is right" in text
    assert "this computer's clock is 500 milliseconds slow" in text


def test_a_trusted_source_goes_before_others(server: Chronyd, start_chronyd: StartChronyd) -> None:
    vague = f"{REFCLOCK[0]} delay 0.1"  # its interval is wider than the trusted one's
    daemon = start_chronyd(source(server, 2, "trust"), vague)
    with RefclockFeed(daemon.directory / REFCLOCK_SOCKET):
        daemon.wait_for(lambda: letters(daemon) == ["T", "*"])
        daemon.wait_for(daemon.is_disciplined)
        status, sources, text = explain(daemon.socket_path)

    assert (status, sources["GPS"]["letter"]) == (0, "T")
    assert "does not agree with the sources that the configuration trusts" in text
    assert "It has the option `trust`" in text


def test_sources_without_an_address_a_network_or_a_line_are_told_apart(
    server: Chronyd, start_chronyd: StartChronyd
) -> None:
    nowhere = f"server 127.0.0.6 port {free_port()} {QUICK}"
    for lines, code, n_sources in (
        ((), "NO_SOURCES", 0),
        (("server nosuch.invalid",), "NAMES_NOT_RESOLVED", 1),
        ((source(server, 2, "offline"), source(server, 3, "offline")), "ALL_OFFLINE", 2),
        ((nowhere,), "ALL_SILENT", 1),
    ):
        daemon = start_chronyd(*lines)
        result = run("explain", "--json", "-h", daemon.udp4)
        document = json.loads(result.stdout)
        assert result.returncode == 2
        assert code in [finding["code"] for finding in document["findings"]]
        assert len(document["sources"]) == n_sources


def test_a_pool_without_addresses_is_told_of_once(start_chronyd: StartChronyd) -> None:
    names = ("server one.invalid", "pool many.invalid maxsources 3")
    daemon = start_chronyd(*names)

    _, _, text = explain(daemon.socket_path)
    n_listed = int(daemon.chronyc("activity").split(",")[4])

    assert n_listed > 3
    assert text.count("many.invalid (ID#") == text.count("one.invalid (ID#") == 1
    assert f"and {n_listed - 2} more of that name), a server, cannot be used" in text
    assert f"0 of {n_listed} sources are used" in text


def test_a_source_that_died_was_there_before(start_chronyd: StartChronyd) -> None:
    other = start_chronyd(*SERVER, *ANYWHERE, ntp_port=free_port())
    daemon = start_chronyd(source(other, 2))
    daemon.wait_synchronized()
    other.stop()
    daemon.wait_for(lambda: daemon.chronyc("sources").split(",")[5] == "0")

    status, sources, text = explain(daemon.socket_path)

    assert status == 1
    assert sources["127.0.0.2"]["cause"] == "answered_before"
    assert "It has answered before, but not in its last eight polls" in text
