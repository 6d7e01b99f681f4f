"""A real Prometheus scrapes the exporter: each value is the library's, and no series is missing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from pychrony.metrics import FAMILIES, Kind, limits_of
from pychrony.metrics._asking import take_snapshot
from pychrony.metrics._taking import REPORTS
from pychrony.testing import SimulatedChronyd
from tests.support.alerts import OPEN
from tests.support.chronyd import Chronyd, temporary_directory, wait_for
from tests.support.exporter import exporter, exporter_command
from tests.support.extreme_records import VERSIONS
from tests.support.known_metrics import KNOWN, names
from tests.support.prometheus import READY, Prometheus, job_of, probes_of, start_prometheus

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
    wait_for(lambda: len(prometheus.query("up == 1")) == len(simulated) + 2, READY)
    wait_for(lambda: len(prometheus.query("chrony_up == 1")) == len(simulated) + 2, READY)

    assert "uplicate" not in prometheus.log
    assert "Error" not in prometheus.log


@pytest.mark.parametrize("version", VERSIONS)
def test_each_value_of_each_version_is_the_librarys(
    version: str, prometheus: Prometheus, simulated: Simulated
) -> None:
    address = simulated[version].address
    snapshot = take_snapshot(address, limits_of(), reports=WANTED)
    expected = {
        (family.name, frozenset(zip(family.labels, sample.labels, strict=True))): sample.value
        for family in FAMILIES
        if family.kind is not Kind.HISTOGRAM and family.name not in CHANGING
        for sample in family.read(snapshot)
    }

    def found() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        series = prometheus.query(f'{{__name__=~"chrony_.+", instance="{address}"}}')
        labels = [dict(each["metric"]) for each in series]
        values = [float(each["value"][1]) for each in series]
        ours = [set(each.items()) - {("job", "probes"), ("instance", address)} for each in labels]
        return {
            (each["__name__"], frozenset(own - {("__name__", each["__name__"])})): value
            for each, own, value in zip(labels, ours, values, strict=True)
            if each["__name__"] not in CHANGING
        }

    with suppress(TimeoutError):
        wait_for(lambda: found() == expected, READY)
    assert found() == expected


@pytest.mark.parametrize("name", sorted(names(KNOWN)))
def test_each_name_that_known_dashboards_ask_for_is_found(
    name: str, prometheus: Prometheus
) -> None:
    series = f'{{__name__=~"{name}(_bucket)?"}}'  # that of a histogram

    wait_for(lambda: prometheus.query(series) != [], READY)


def test_promtool_has_nothing_to_complain_of() -> None:
    with SimulatedChronyd(open_commands=OPEN) as chronyd:
        command = exporter_command("--once", "-H", chronyd.address)
        page = subprocess.run(command, check=True, capture_output=True).stdout
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)

    assert page.count(b"\n# TYPE chrony_") > 80
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
