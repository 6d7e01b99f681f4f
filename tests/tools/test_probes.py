"""/probe of the exporter: what it refuses, and that a silent target delays no other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from select import select
from typing import Any

import pytest

from pychrony.metrics import limits_of
from pychrony.metrics.prometheus import _exporter
from pychrony.metrics.prometheus._allowing import Allowed, RefusedError
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import Chronyd, wait_for
from tests.support.exporter import OPENMETRICS, Exporter, exporter
from tests.support.many_sources import ACTIVITY, ManySources
from tests.support.reply_servers import ReplyServer

UP = ("chrony_up", ())
HERE = ("--probe-allow", "127.0.0.0/8", "--probe-allow", "::1")


@pytest.fixture(scope="module")
def probing(local_chronyd: Chronyd) -> Generator[Exporter, None, None]:
    """Return an exporter that may ask 127.0.0.0/8, at the port of a chronyd and at 323."""
    ports = ("--probe-port", str(local_chronyd.port), "--probe-port", "323")
    names = ("--probe-allow", "localhost", "--probe-allow", "*.example.invalid")
    with exporter("-h", "/nope", *HERE, *names, *ports) as running:
        yield running


def test_a_target_is_asked(probing: Exporter, local_chronyd: Chronyd) -> None:
    for target in (local_chronyd.udp4, f"localhost:{local_chronyd.port}"):
        answer = probing.get(f"/probe?target={target}", Accept=OPENMETRICS)
        names = {name for name, _ in answer.series}

        assert answer.status == 200
        assert answer.series[UP] == 1
        assert answer.series["chrony_tracking_stratum", ()] == 8
        assert not any(name.startswith(("pychrony_", "process_")) for name in names)


def test_only_few_reports_are_read(probing: Exporter, local_chronyd: Chronyd) -> None:
    series = probing.get(f"/probe?target={local_chronyd.udp4}").series

    asked = {labels for name, labels in series if name == "chrony_scrape_success"}
    assert asked == {("tracking",), ("sources",), ("activity",)}


@pytest.mark.parametrize("target", ["127.0.0.9", "nosuch.example.invalid"])
def test_a_dead_target_is_down(probing: Exporter, target: str) -> None:
    answer = probing.get(f"/probe?target={target}")

    assert answer.status == 200
    assert answer.series[UP] == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?target=",
        "?target=127.0.0.1&target=127.0.0.2",
        "?target=/run/chrony/chronyd.sock",
        "?target=./chronyd.sock",
        "?target=unix:%2Frun%2Fchrony%2Fchronyd.sock",
        "?target=unix:chronyd.sock",
        "?target=127.0.0.1,127.0.0.2",
        "?target=127.0.0.1%00",
        "?target=127.0.0.1:0",
        "?target=127.0.0.1:65536",
        "?target=[::1",
        "?target=%ff",
        "?target=" + "a" * 400,
    ],
)
def test_a_malformed_target_is_a_bad_request(probing: Exporter, query: str) -> None:
    assert probing.get(f"/probe{query}").status == 400


@pytest.mark.parametrize(
    "target", ["10.0.0.1", "192.0.2.1", "[::2]", "127.0.0.1:324", "nosuch.invalid"]
)
def test_what_is_not_allowed_is_refused(probing: Exporter, target: str) -> None:
    assert probing.get(f"/probe?target={target}").status == 403


@pytest.mark.parametrize(
    "target", ["127.1", "0x7f000001", "2130706433", "127.0.0.1.nip.io", "[::ffff:10.0.0.1]"]
)
def test_other_spellings_of_an_address_are_no_way_around(probing: Exporter, target: str) -> None:
    assert probing.get(f"/probe?target={target}").status == 403


def test_a_name_that_resolves_to_a_private_address_is_refused(local_chronyd: Chronyd) -> None:
    port = str(local_chronyd.port)
    allowed = ("--probe-allow", "localhost", "--probe-port", port)
    with exporter("-h", "/nope", *allowed) as running:
        answer = running.get(f"/probe?target=localhost:{port}")

    assert answer.status == 403


def test_probing_is_off_until_something_is_allowed(local_chronyd: Chronyd) -> None:
    with exporter("-h", "/nope") as running:
        answer = running.get(f"/probe?target={local_chronyd.udp4}")

    assert answer.status == 403
    assert "--probe-allow" in answer.text


def test_silent_targets_delay_no_others(local_chronyd: Chronyd) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as silent:
        ports = {silent.address.rpartition(":")[2], str(local_chronyd.port)}
        options = [each for port in ports for each in ("--probe-port", port)]
        with (
            exporter("-h", "/nope", "-t", "300", *HERE, *options) as running,
            ThreadPoolExecutor(50) as pool,
        ):

            def ask(target: str) -> float:
                return running.get(f"/probe?target={target}").series[UP]

            delayed = [pool.submit(ask, silent.address) for _ in range(10)]
            wait_for(lambda: silent.requests >= len(delayed))

            assert list(pool.map(ask, [local_chronyd.udp4] * 40)) == [1.0] * 40
            assert not any(each.done() for each in delayed)
            silent.faults = None
            assert [each.result() for each in delayed] == [1.0] * 10


def test_of_too_many_probes_at_once_the_rest_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_exporter, "_MOST_PROBES", 1)
    limits = limits_of()
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Any:
        raise AssertionError

    async def ask(asked: list[str]) -> None:
        scopes = [
            {"type": "http", "method": "GET", "path": "/probe", "query_string": each, "headers": []}
            for each in (f"target={target}".encode() for target in asked)
        ]
        await asyncio.gather(*(application(scope, receive, send) for scope in scopes))

    with SimulatedChronyd(faults=Faults(silent=True)) as silent:
        allowed = Allowed(["127.0.0.0/8"], [int(silent.address.rpartition(":")[2])])
        settings = _exporter.Settings(None, 0.5, limits, allowed=allowed)
        application = _exporter.Exporter(settings, lambda _: None)
        asyncio.run(ask([silent.address] * 3))
        asyncio.run(ask([silent.address]))

    assert statuses == [503, 503, 200, 200]


def test_a_target_with_very_many_sources_delays_no_others() -> None:
    chronyd = ManySources(5_000)
    answered = {"while it is asked": 0, "while the page is made": 0}
    with ReplyServer(chronyd) as server:
        options = ("-t", "240", *HERE, "--probe-port", server.address.rpartition(":")[2])
        with exporter("-h", "/nope", *options) as running, running.connect() as probe:
            request = f"GET /probe?target={server.address} HTTP/1.1\r\nHost: x\r\n\r\n"
            probe.sendall(request.encode())
            while not is_answered(probe):
                is_asked = chronyd.requests[-1:] != [ACTIVITY]  # the last that is asked for
                assert running.get("/-/healthy").status == 200
                if not is_answered(probe):
                    answered["while it is asked" if is_asked else "while the page is made"] += 1
            response = HTTPResponse(probe)
            response.begin()
            page = response.read()

    assert page.count(b"\nchrony_sources_stratum{") == 5_000
    assert min(answered.values()) >= 3, answered  # it would be 1 at most


def is_answered(client: socket.socket) -> bool:
    """Return whether an answer has begun to arrive."""
    return bool(select([client], [], [], 0)[0])


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("93.184.216.34:323", True),
        ("[2606:2800:220:1::1]:323", True),
        ("10.1.2.3:323", True),
        ("[::ffff:10.1.2.3]:323", True),
        ("10.2.0.1:323", False),
        ("127.0.0.1:323", False),
        ("0.0.0.0:323", False),
        ("169.254.169.254:323", False),
        ("224.0.1.1:323", False),
        ("[::1]:323", False),
        ("[fe80::1%2]:323", False),
        ("[fd00::1]:323", False),
        ("[::ffff:127.0.0.1]:323", False),
        ("[64:ff9b::7f00:1]:323", False),
        ("[64:ff9b:1::7f00:1]:323", False),
        ("[2002:7f00:1::1]:323", False),
        ("[2001:0:7f00:1::1]:323", False),
        ("[::127.0.0.1]:323", False),
        ("[::ffff:0:7f00:1]:323", False),
        ("[fec0::1]:323", False),
        ("[2002:a00:1::1]:323", False),
        ("[64:ff9b::5db8:d822]:323", True),
    ],
)
def test_a_name_may_have_public_addresses_and_those_that_are_allowed(
    address: str, is_allowed: bool
) -> None:
    allowed = Allowed(["ntp.example.org", "10.1.0.0/16"])
    if is_allowed:
        assert allowed.choose("ntp.example.org", ["127.0.0.1:323", address]) == [address]
    else:
        with pytest.raises(RefusedError):
            allowed.choose("ntp.example.org", [address])


def test_an_address_that_needs_a_zone_is_left_out() -> None:
    allowed = Allowed(["ntp.example.org", "fe80::/10", "127.0.0.0/8"])

    found = ["[fe80::1]:323", "127.0.0.1:323"]
    assert allowed.choose("ntp.example.org", found) == ["127.0.0.1:323"]


@pytest.mark.parametrize("name", ["ntp.example.org", "NTP.EXAMPLE.ORG.", "a.b.example.net"])
def test_names_are_allowed_by_themselves_and_by_their_domain(name: str) -> None:
    allowed = Allowed(["ntp.Example.org.", "*.example.net"])

    assert allowed.check(name) == (name, 323)
    for other in ("example.net", "evilexample.net", "x.ntp.example.org", "org"):
        with pytest.raises(RefusedError):
            allowed.check(other)


@pytest.mark.parametrize("entry", ["", "10.0.0.1/8", "10.0.0.0/33", "a b", "/run/x", "*", "*x.org"])
def test_an_entry_that_makes_no_sense_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        Allowed([entry])
