"""Metrics in programs of one's own: a collector for a registry, and an ASGI application."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families as parse
from starlette.applications import Starlette
from starlette.routing import Mount

from pychrony import ChronyConnection
from pychrony.metrics import limits_of
from pychrony.metrics._asking import take_snapshot
from pychrony.metrics.prometheus import ChronyCollector, _pages, make_asgi_app
from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.support.chronyd import Chronyd
from tests.support.counting import count_requests
from tests.support.exporter import Answer, Series, series_of

UP = ("chrony_up", ())
TIMEOUT = 60.0  # seconds, for what shall succeed


def read(registry: CollectorRegistry) -> Series:
    return series_of(parse(generate_latest(registry).decode()))


def ask(app: Any, path: str, headers: dict[str, str] | None = None) -> Answer:
    """Return what an ASGI application answers."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    named = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": named}
    asyncio.run(app({**scope, "root_path": ""}, receive, send))
    start, *rest = sent
    found: Any = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], found, b"".join(each["body"] for each in rest))


def test_a_collector_gives_what_chronyd_reports(local_chronyd: Chronyd) -> None:
    registry = CollectorRegistry()
    registry.register(ChronyCollector(local_chronyd.udp4, timeout=TIMEOUT, max_age=70))
    series = read(registry)

    assert series[UP] == 1
    assert series["chrony_tracking_stratum", ()] == 8
    assert series["chrony_check_limit_seconds", ("warning", "max_age")] == 70


class NumPyFloat(float):
    """A float that is written as NumPy's are."""

    def __repr__(self) -> str:
        return f"np.float64({float(self)!r})"


def test_a_limit_may_be_a_number_of_numpy(local_chronyd: Chronyd) -> None:
    app = make_asgi_app(local_chronyd.udp4, timeout=TIMEOUT, max_age=NumPyFloat(70.5))

    limits = ask(app, "/metrics").series
    assert limits["chrony_check_limit_seconds", ("warning", "max_age")] == 70.5


@pytest.mark.parametrize("most", [1, 40, 20_000])
def test_no_more_series_are_remembered_than_a_limit_whatever_the_sources_are_named(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pages, "_MOST_SERIES", most)
    writer = _pages._Writer(_pages.choose_encoder("")[0])
    for number in range(5):
        sources = [make_source(name=f"{number}-{each}.example.net") for each in range(20)]
        with SimulatedChronyd(sources=sources) as server:
            snapshot = take_snapshot(
                server.address, limits_of(), timeout=TIMEOUT, reports=["sources"]
            )
        page = writer.write(snapshot, ())

        assert page == _pages._Writer(_pages.choose_encoder("")[0]).write(snapshot, ())
        assert sum(map(len, writer._series.values())) <= most


def test_all_clients_are_in_the_histograms() -> None:
    with SimulatedChronyd(open_commands=["tracking", "sources", "clients"]) as server:
        registry = CollectorRegistry()
        registry.register(ChronyCollector(server.address, timeout=TIMEOUT, reports=["clients"]))
        series = read(registry)

    assert series["chrony_clients_ntp_drops_count", ()] == 1
    assert series["chrony_clients_ntp_drops_bucket", ("+Inf",)] == 1


def test_without_a_client_the_histograms_are_empty() -> None:
    reports = ["tracking", "sources", "clients"]
    with SimulatedChronyd(open_commands=reports, clients=[]) as server:
        registry = CollectorRegistry()
        registry.register(ChronyCollector(server.address, timeout=TIMEOUT, reports=["clients"]))
        series = read(registry)

    assert series["chrony_clients_ntp_drops_count", ()] == 0
    assert series["chrony_clients_ntp_drops_bucket", ("+Inf",)] == 0


def test_registering_a_collector_asks_nobody() -> None:
    with SimulatedChronyd() as server:
        registry = CollectorRegistry(auto_describe=True)
        registry.register(ChronyCollector(server.address))

        assert server.requests == 0
        with pytest.raises(ValueError, match="Duplicated"):
            registry.register(ChronyCollector(server.address))


def test_each_collection_asks_anew() -> None:
    registry = CollectorRegistry()
    with SimulatedChronyd() as server:
        registry.register(ChronyCollector(server.address, timeout=TIMEOUT))
        first = read(registry)
    second = read(registry)

    assert (first[UP], second[UP]) == (1, 0)
    assert ("chrony_tracking_stratum", ()) not in second


def test_a_snapshot_asks_for_each_report_once() -> None:
    registry = CollectorRegistry()
    with SimulatedChronyd() as server:

        def read_all() -> None:
            with ChronyConnection(server.address) as connection:
                connection.get_tracking()
                connection.get_sources(names=True)
                connection.get_activity()

        needed = count_requests(server, read_all)
        registry.register(ChronyCollector(server.address, timeout=TIMEOUT, reports=["activity"]))

        assert count_requests(server, lambda: generate_latest(registry)) == needed


def test_both_say_the_same_of_their_arguments() -> None:
    arguments = [
        (inspect.getdoc(each) or "").partition("Args:")[2].partition("Example:")[0]
        for each in (ChronyCollector, make_asgi_app)
    ]

    assert arguments[0].replace("a collection,", "a scrape,") == arguments[1]
    assert "Raises:" in arguments[1]


def test_a_wrong_argument_is_told_at_once() -> None:
    for make in (ChronyCollector, make_asgi_app):
        with pytest.raises(ValueError, match="address"):
            make("a b")
        with pytest.raises(ValueError, match="timeout"):
            make(timeout=0)
        with pytest.raises(ValueError, match="max_error"):
            make(max_error=-1)
        with pytest.raises(ValueError, match="no report 'x'"):
            make(reports=["x"])
        with pytest.raises(TypeError, match="no limit 'max_eror'"):
            make(max_eror=1)


def test_starlette_mounts_the_application(local_chronyd: Chronyd) -> None:
    mounted = make_asgi_app(local_chronyd.udp4, timeout=TIMEOUT)
    app = Starlette(routes=[Mount("/metrics", mounted)])
    for path in ("/metrics/", "/metrics/x"):
        answer = ask(app, path)

        assert answer.status == 200
        assert answer.series[UP] == 1
        assert not any(name.startswith("pychrony") for name, _ in answer.series)


def test_the_application_is_no_slower_than_prometheus_allows() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        app = make_asgi_app(server.address, timeout=TIMEOUT)
        start = time.monotonic()
        answer = ask(app, "/", {"x-prometheus-scrape-timeout-seconds": "0.4"})
        took = time.monotonic() - start

    assert answer.series[UP] == 0
    assert took < TIMEOUT / 2


def test_many_scrapes_of_one_application_run_at_once() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        app = make_asgi_app(server.address, timeout=1.0)

        async def ask_all() -> float:
            loop = asyncio.get_running_loop()
            start = loop.time()
            await asyncio.gather(*(_call(app) for _ in range(60)))
            return loop.time() - start

        assert asyncio.run(ask_all()) < 30  # one after the other would take 60


async def _call(app: Any) -> None:
    async def send(_message: Any) -> None:
        pass

    await app({"type": "http", "headers": []}, None, send)
