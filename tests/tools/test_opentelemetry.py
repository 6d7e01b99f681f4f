"""OpenTelemetry's own SDK collects what a chronyd, real or simulated, says of itself."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from ipaddress import IPv4Address
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider, MetricsTimeoutError
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from pychrony import LeapStatus
from pychrony._client.addresses import parse
from pychrony.metrics._instruments import INSTRUMENTS
from pychrony.metrics.opentelemetry import _server, create_instruments
from pychrony.testing import Faults, SimulatedChronyd, make_tracking
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, run_chronyc
from tests.support.counting import undisturbed
from tests.support.relay import Relay
from tests.support.repeated_answers import repeated_answers

UNSPECIFIED = str(IPv4Address(0))  # it is not on loopback, but what is sent there stays here

TIMEOUT = 60.0  # seconds; of a reader's own 10, a share

ALWAYS = {"ntp.synchronized", "ntp.leap_status", "ntp.check.verdict"}

# The values of each metric, by the values of its attributes.
Points = dict[str, dict[tuple[Any, ...], float]]


class Telemetry:
    """An application with instruments for chronyds, each on a meter of its own."""

    def __init__(self, *readers: InMemoryMetricReader) -> None:
        self.provider = MeterProvider(readers, shutdown_on_exit=False)
        self.readers = readers

    def collect(self, number: int = 0) -> Points:
        """Collect by one of the readers."""
        data = self.readers[number].get_metrics_data()
        points: Points = {}
        for metric in (
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ):
            for point in metric.data.data_points:
                key = tuple((point.attributes or {}).values())
                points.setdefault(metric.name, {})[key] = point.value  # ty: ignore
        return points


@contextmanager
def observing(address: str, **options: Any) -> Generator[Telemetry, None, None]:
    telemetry = Telemetry(InMemoryMetricReader(), InMemoryMetricReader())
    options = {"timeout": TIMEOUT, **options}
    create_instruments(telemetry.provider.get_meter("clock"), address, **options)
    yield telemetry
    telemetry.provider.shutdown()


def test_the_numbers_are_those_that_chronyc_shows(synchronized_chronyd: Chronyd) -> None:
    with (
        repeated_answers(synchronized_chronyd) as address,
        observing(address, max_error=None) as telemetry,  # a young chronyd's may grow for a moment
    ):
        points = telemetry.collect()
        shown = run_chronyc(address, "-c", "-n", "tracking").stdout.strip().split(",")
        sources = run_chronyc(address, "-c", "-n", "sources").stdout.splitlines()

    columns = {
        "ntp.stratum": 2,
        "ntp.time.correction": 4,
        "ntp.time.last_offset": 5,
        "ntp.time.rms_offset": 6,
        "ntp.frequency.offset": 7,
        "ntp.skew": 9,
        "ntp.time.root_delay": 10,
        "ntp.time.root_dispersion": 11,
    }
    for name, column in columns.items():
        digits = 0.001 if name in ("ntp.frequency.offset", "ntp.skew") else 1e-9  # that it shows
        assert points[name] == {(): pytest.approx(float(shown[column]), abs=digits)}, name
    correction, delay, dispersion = (float(shown[column]) for column in (4, 10, 11))
    bound = abs(correction) + dispersion + delay / 2
    assert points["ntp.time.error_bound"] == {(): pytest.approx(bound, abs=3e-9)}
    assert points["ntp.check.verdict"] == {(): 0.0}
    assert {key[0] for key in points["ntp.source.stratum"]} == {
        line.split(",")[2] for line in sources
    }


def test_every_metric_has_points_where_chronyd_gives_all() -> None:
    with SimulatedChronyd() as server, observing(server.address) as telemetry:
        points = telemetry.collect()

    nts = {name for name in points if ".nts." in name}
    over_udp = {each.name for each in INSTRUMENTS if each.family.report != "auth_data"}
    assert points.keys() - nts == over_udp


def test_one_collection_asks_chronyd_once(synchronized_chronyd: Chronyd) -> None:
    counts: Counter[int] = Counter()

    def count(request: bytes) -> bool:
        counts[struct.unpack_from("!H", request, 4)[0]] += 1
        return True

    def collect(reader: int) -> tuple[int, int]:
        counts.clear()
        assert len(telemetry.collect(reader)) > 20
        return counts[tracking], counts[activity]

    tracking, activity = 33, 44
    with (
        Relay(synchronized_chronyd, count) as relay,
        observing(relay.address) as telemetry,
    ):
        for reader in (0, 1, 0, 1):
            assert undisturbed(partial(collect, reader)) == (1, 1)


def test_the_points_of_a_collection_go_together() -> None:
    with SimulatedChronyd() as server, observing(server.address) as telemetry:
        for offset in (0.25, -0.5):
            server.tracking = make_tracking(offset=offset, root_delay=0.5, root_dispersion=0.125)
            points = telemetry.collect()
            assert points["ntp.time.correction"] == {(): offset}
            assert points["ntp.time.error_bound"] == {(): abs(offset) + 0.375}


def test_a_dead_chronyd_is_told_of_and_nothing_is_repeated(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    with observing(daemon.udp4) as telemetry:
        alive = telemetry.collect()
        daemon.stop()
        dead = telemetry.collect()
        daemon.start()
        again = telemetry.collect()

    assert alive["ntp.synchronized"] == again["ntp.synchronized"] == {(): 1.0}
    assert again.keys() == alive.keys()
    assert dead.keys() == ALWAYS
    assert dead["ntp.synchronized"] == {(): 0.0}
    assert dead["ntp.check.verdict"] == {(): 3.0}
    assert dead["ntp.leap_status"] == {
        (status,): 0.0 for status in ("normal", "insert_second", "delete_second", "unsynchronized")
    }


def test_a_silent_chronyd_costs_one_timeout_and_no_other_metric() -> None:
    silent = SimulatedChronyd(faults=Faults(silent=True))
    with silent as server, observing(server.address, timeout=0.2) as telemetry:
        telemetry.provider.get_meter("other").create_counter("requests").add(7)
        points = telemetry.collect()

    assert points.pop("requests") == {(): 7}
    assert points.keys() == ALWAYS
    assert server.requests < len(INSTRUMENTS)


def test_a_reader_that_waits_less_loses_nothing() -> None:
    """A busy computer may take what is left, of all tries: a chronyd that gets all takes it always.

    The SDK raises then.
    """
    silent = SimulatedChronyd(faults=Faults(silent=True))
    losses = 0
    with silent as server, observing(server.address) as telemetry:
        while losses < 20:
            try:
                telemetry.readers[0].collect(timeout_millis=1000)
                break
            except MetricsTimeoutError:
                losses += 1

    assert server.requests > 0
    assert losses < 20


@pytest.mark.parametrize(
    "changes",
    [{"leap_status": LeapStatus.UNSYNC}, {"reference_id": 0x7F7F0101, "reference_ip": ""}],
)
def test_what_is_infinite_is_left_out(
    changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = SimulatedChronyd(make_tracking(**changes))
    with server, observing(server.address) as telemetry:
        points = telemetry.collect()

    assert "ntp.time.error_bound" not in points
    assert "ntp.time.root_dispersion" in points
    assert all(isfinite(value) for values in points.values() for value in values.values())
    assert caplog.records == []  # where the SDK would tell of what it dropped


@pytest.mark.parametrize(
    ("address", "attributes"),
    [
        (None, {}),
        ("/run/chrony/chronyd.sock", {}),
        ("127.0.0.1:11323", {}),
        ("[::1]:11323", {}),
        ("localhost", {}),
        ("127.0.0.1,192.0.2.1", {}),
        ("192.0.2.1,192.0.2.2", {"server.address": "192.0.2.1"}),
        ("192.0.2.1", {"server.address": "192.0.2.1"}),
        ("[2001:db8::1]:323", {"server.address": "2001:db8::1"}),
        ("ntp.example.net:11323", {"server.address": "ntp.example.net", "server.port": 11323}),
    ],
)
def test_only_a_remote_chronyd_has_an_address(
    address: str | None, attributes: dict[str, Any]
) -> None:
    assert _server(parse(address)) == attributes


def test_every_point_of_a_remote_chronyd_has_its_address() -> None:
    with SimulatedChronyd() as server:
        port = int(server.address.rpartition(":")[2])
        with observing(f"{UNSPECIFIED}:{port}") as telemetry:
            points = telemetry.collect()

    assert len(points) > 20
    for name, values in points.items():
        assert all(attributes[:2] == (UNSPECIFIED, port) for attributes in values), name


def test_two_chronyds_have_a_meter_each() -> None:
    telemetry = Telemetry(InMemoryMetricReader())
    strata = (3, 4)
    with ExitStack() as stack:
        for stratum in strata:
            server = stack.enter_context(SimulatedChronyd(make_tracking(stratum=stratum)))
            meter = telemetry.provider.get_meter(f"clock.{stratum}")
            create_instruments(meter, server.address.replace("127.0.0.1", UNSPECIFIED))
        points = telemetry.collect()

    assert sorted(points["ntp.stratum"].values()) == [*strata]


def test_wrong_arguments_are_refused_at_once() -> None:
    meter = NoOpMeterProvider().get_meter("clock")
    for wrong in ({"address": "a b"}, {"timeout": 0.0}, {"max_error": -1.0}, {"source": ""}):
        with pytest.raises(ValueError, match=r"address|timeout|max_error|source"):
            create_instruments(meter, **wrong)  # ty: ignore[invalid-argument-type]
    with pytest.raises(TypeError, match="max_eror"):
        create_instruments(meter, max_eror=1.0)


def test_the_example_of_the_documentation_runs() -> None:
    page = Path(__file__).parents[2] / "docs/reference/metrics.md"
    [block] = re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.S | re.M)
    program = f"""
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
{block}
print("ntp.check.verdict" in reader.get_metrics_data().to_json())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("True\n", "")


def test_without_opentelemetry_it_is_said_how_to_install_it() -> None:
    hidden = "import sys; sys.modules['opentelemetry.metrics'] = None"
    program = f"{hidden}\nimport pychrony.metrics.opentelemetry"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert "opentelemetry is not installed: pip install 'pychrony[opentelemetry]'" in done.stderr


def test_pychrony_and_its_metrics_need_no_opentelemetry() -> None:
    program = "import pychrony.metrics, sys; print([n for n in sys.modules if 'telemetry' in n])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")
