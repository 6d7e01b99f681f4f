"""A real Prometheus scrapes the exporter: each value is the library's, and no series is missing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pychrony.metrics import FAMILIES, Kind, limits_of
from pychrony.metrics._asking import take_snapshot
from pychrony.metrics._taking import REPORTS
from pychrony.testing import SimulatedChronyd
from tests.support.alerts import OPEN
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.exporter import exporter, exporter_command
from tests.support.extreme_records import VERSIONS
from tests.support.known_metrics import KNOWN, names
from tests.support.prometheus import Found, Prometheus, job_of, probes_of, start_prometheus

# What differs from one look to the next.
CHANGING = {"chrony_scrape_duration_seconds", "chrony_clock_last_update_age_seconds"}
WANTED = [report for report in REPORTS if report != "clients"]

# By the version of chronyd.
Simulated = dict[str, SimulatedChronyd]


@pytest.fixture(scope="module")
def simulated() -> Iterator[Simulated]:
    """Return a chronyd of each version, which gives all that it knows over UDP if it can."""
    with ExitStack() as stack:
        yield {
            version: stack.enter_context(
                SimulatedChronyd(
                    version=version,
                    open_commands=OPEN if version in ("4.7", "4.8") else None,
                )
            )
            for version in VERSIONS
        }


@pytest.fixture(scope="module")
def prometheus(
    simulated: Simulated, synchronized_chronyd: Chronyd, ntp_server: Chronyd
) -> Iterator[Prometheus]:
    """Return one that scrapes two real chronyds, and by one's exporter all simulated ones."""
    addresses = [chronyd.address for chronyd in simulated.values()]
    ports = [f"--probe-port={address.rpartition(':')[2]}" for address in addresses]
    probes = ["--probe-allow", "127.0.0.1", "--probe-reports", ",".join(WANTED), *ports]
    all_reports = ["--reports", ",".join(REPORTS)]
    with (
        exporter("-H", synchronized_chronyd.socket_path, *probes) as client,
        exporter("-H", ntp_server.socket_path, *all_reports) as server,
        temporary_directory() as folder,
        start_prometheus(
            folder,
            job_of("chrony", client.address, server.address),
            probes_of("probes", client.address, *addresses),
        ) as prometheus,
    ):
        yield prometheus


def test_all_targets_are_up_and_no_series_is_there_twice(
    prometheus: Prometheus, simulated: Simulated
) -> None:
    targets = len(simulated) + 2
    for name in ("up", "chrony_up"):
        # On a busy computer a scrape may fail now and then, for lack of time.
        was_up = f"max_over_time({name}[1h]) == 1"
        assert len(prometheus.wait_for(was_up, lambda found: len(found) == targets)) == targets

    assert "uplicate" not in prometheus.log
    assert "Error" not in prometheus.log


@pytest.mark.parametrize("version", VERSIONS)
def test_each_value_of_each_version_is_the_librarys(
    version: str, prometheus: Prometheus, simulated: Simulated
) -> None:
    address = simulated[version].address
    snapshot = take_snapshot(address, limits_of(), timeout=60, reports=WANTED)
    expected = {
        (family.name, frozenset(zip(family.labels, sample.labels, strict=True))): sample.value
        for family in FAMILIES
        if family.kind is not Kind.HISTOGRAM and family.name not in CHANGING
        for sample in family.read(snapshot)
    }

    def values_of(found: Found) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        labels = [dict(each["metric"]) for each in found]
        values = [float(each["value"][1]) for each in found]
        ours = [set(each.items()) - {("job", "probes"), ("instance", address)} for each in labels]
        return {
            (each["__name__"], frozenset(own - {("__name__", each["__name__"])})): value
            for each, own, value in zip(labels, ours, values, strict=True)
            if each["__name__"] not in CHANGING
        }

    series = f'{{__name__=~"chrony_.+", instance="{address}"}}'
    found = prometheus.wait_for(series, lambda found: values_of(found) == expected)
    assert values_of(found) == expected


@pytest.mark.parametrize("name", sorted(names(KNOWN)))
def test_each_name_that_known_dashboards_ask_for_is_found(
    name: str, prometheus: Prometheus
) -> None:
    series = f'{{__name__=~"{name}(_bucket)?"}}'  # that of a histogram

    assert prometheus.wait_for(series) != []


def test_promtool_has_nothing_to_complain_of() -> None:
    with SimulatedChronyd(open_commands=OPEN) as chronyd:
        command = exporter_command("--once", "-H", chronyd.address)
        page = subprocess.run(command, check=True, capture_output=True).stdout
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)

    assert page.count(b"\n# TYPE chrony_") > 80
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
