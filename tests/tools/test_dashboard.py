"""The dashboard: each query finds something in a real Prometheus that scraped two exporters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from pychrony.metrics import FAMILIES
from pychrony.testing import SimulatedChronyd
from tests.support.alerts import OPEN
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.exporter import exporter
from tests.support.prometheus import Prometheus, job_of, start_prometheus

DASHBOARD = json.loads(
    (Path(__file__).parents[2] / "docs" / "monitoring" / "dashboard.json").read_text()
)
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
VALUES = {"$job": ".*", "$instance": ".*", "$__rate_interval": "10s", "$__range": "5m"}


def filled_in(query: str) -> str:
    """Return a query as Grafana sends it."""
    for variable, value in VALUES.items():
        query = query.replace(variable, value)
    return query


@pytest.fixture(scope="module")
def prometheus(synchronized_chronyd: Chronyd) -> Iterator[Prometheus]:
    """Return one that scrapes exporters of a real chronyd, and of a simulated one with NTS."""
    there_is_a_problem = ("--max-error", "0.000000001")
    with (
        SimulatedChronyd(open_commands=OPEN) as simulated,
        exporter("-H", synchronized_chronyd.socket_path, *there_is_a_problem) as real,
        exporter("-H", simulated.address) as pretended,
        temporary_directory() as folder,
        start_prometheus(folder, job_of("chrony", real.address, pretended.address)) as started,
    ):
        yield started


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_returns_data(query: str, prometheus: Prometheus) -> None:
    assert prometheus.wait_for(filled_in(query)) != []


def test_the_name_that_dashboard_19186_asks_for_is_recorded(prometheus: Prometheus) -> None:
    recorded = "instance:chrony_clock_error_seconds:abs"
    found = prometheus.wait_for(recorded, lambda found: len(found) == 2)
    assert len(found) == 2

    # A rule is evaluated a moment after a scrape, and the bound may have grown meanwhile.
    different = f"{recorded} < 0.5 * chrony_clock_error_bound_seconds"
    assert prometheus.wait_for(different, lambda found: found == []) == []


def test_each_query_names_only_metrics_that_are_declared() -> None:
    names = {name for query in QUERIES for name in re.findall(r"\b\w*chrony_\w+", query)}

    assert names - {family.name for family in FAMILIES} == set()
    assert all('job=~"$job", instance=~"$instance"' in query for query in QUERIES)


def test_the_dashboard_is_one_that_older_grafana_imports() -> None:
    [source] = DASHBOARD["__inputs"]
    types = {each["id"] for each in DASHBOARD["__requires"] if each["type"] == "panel"}

    assert (source["name"], source["pluginId"]) == ("DS_PROMETHEUS", "prometheus")
    assert types == {panel["type"] for panel in PANELS}
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["job", "instance"]
    assert DASHBOARD["id"] is None


def test_each_panel_asks_the_chosen_source_and_says_what_it_shows() -> None:
    chosen = {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert [panel["datasource"], *(each["datasource"] for each in panel["targets"])] == [
            chosen
        ] * (1 + len(panel["targets"])), panel["title"]
    for variable in DASHBOARD["templating"]["list"]:
        assert variable["datasource"] == chosen


def test_no_panel_lies_on_another() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]

    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
    assert all(each["x"] >= 0 and each["x"] + each["w"] <= 24 for each in places)
    for one, other in combinations(places, 2):
        apart = [
            one[at] + one[size] <= other[at] or other[at] + other[size] <= one[at]
            for at, size in (("x", "w"), ("y", "h"))
        ]
        assert any(apart), (one, other)
