"""Each alert is quiet just before its time and fires at it, and none fires on a healthy day."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pychrony import FindingCode
from pychrony.metrics import FAMILIES
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.alerts import (
    CASES,
    HOST,
    NO_SOURCE,
    OPEN,
    SECOND,
    UNSYNCHRONIZED,
    Case,
    bound,
    of_host,
    of_source,
    tracking_of,
)
from tests.support.promtool import RULES, Series, name_of, run_promtool, series_of

DAY = 24 * 60


def firing(minutes: int, alerts: dict[str, int]) -> dict[str, Any]:
    """Return the query for how many alerts of each name fire."""
    return {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": f"{minutes}m",
        "exp_samples": [
            {"labels": name_of("", {"alertname": name}), "value": count}
            for name, count in alerts.items()
        ],
    }


def quiet_then(alert: str, minutes: int, *expected: dict[str, Any]) -> list[dict[str, Any]]:
    """Return that there is nothing a minute before, and what there is then."""
    return [
        {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": list(alerts)}
        for minute, alerts in ((minutes - 1, ()), (minutes, expected))
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_an_alert_is_quiet_just_before_and_fires_in_full_at_its_time(case: Case) -> None:
    fires = firing(case.minutes, dict.fromkeys((case.alert, *case.others), 1))
    wrong = run_promtool(
        case.series(),
        alerts=quiet_then(case.alert, case.minutes, case.expected()),
        queries=[fires],
    )

    assert wrong == ""


def test_each_alert_has_a_case() -> None:
    alerts = re.findall(r"^ +- alert: (\w+)$", RULES.read_text(), flags=re.M)

    assert {case.alert for case in CASES} | {"ChronyFollowsAnotherSource"} == {*alerts}


# What check finds, by the alert that tells of it. ChronyProblem tells of the others.
FOUND = {
    "ChronyNotSynchronized": "not_synchronized no_sources names_not_resolved all_offline all_silent"
    " no_majority",
    "ChronyLocalReference": "local_reference",
    "ChronyErrorBound": "error_bound",
    "ChronyUpdateStale": "update_too_old",
    "ChronyTooFewSources": "too_few_sources",
    "ChronyDown": "not_running no_answer not_permitted cannot_ask",
    "ChronyPartialScrape": "refused not_understood",
    "none, as it is the command's": "wrong_usage not_finished",
}


def test_each_problem_that_check_knows_has_an_alert() -> None:
    [others] = re.findall(r'problem=~"(\S+)"', RULES.read_text())
    told = [*others.split("|"), *" ".join(FOUND.values()).split()]

    assert sorted(told) == sorted(code.value for code in FindingCode)


def healthy(minutes: int, instance: str = "ntp1:9123", **records: Any) -> Series:
    chronyd = SimulatedChronyd(open_commands=OPEN, **records)
    made = series_of(chronyd, {**HOST, "instance": instance}, minutes)
    # A server that drops one request in a hundred.
    for name, rate in (("received", 6000), ("dropped", 60)):
        series = f"chrony_serverstats_ntp_packets_{name}_total"
        made[name_of(series, {**HOST, "instance": instance})] = f"0+{rate}x{minutes}"
    return made


def test_nothing_is_alerted_on_a_healthy_day() -> None:
    pending = {"expr": "sum_over_time(ALERTS[1d])", "eval_time": f"{DAY}m", "exp_samples": []}

    assert run_promtool(healthy(DAY), queries=[pending]) == ""


def test_a_short_disturbance_is_not_alerted() -> None:
    minutes, states = 60, {"source_state": "falseticker", "source_mode": "client"}
    disturbed = healthy(minutes) | {
        of_host("up"): f"1+0x9 0+0x3 1+0x{minutes}",
        of_host("chrony_up"): f"1+0x20 0 1+0x{minutes}",
        of_host("chrony_clock_synchronized"): f"1+0x20 0+0x4 1+0x{minutes}",
        of_host("chrony_clock_error_bound_seconds"): f"0.1+0x20 Inf+0x4 0.1+0x{minutes}",
        of_host("chrony_sources_state_info", **of_source(SECOND, **states)): "_x5 1+0x12 stale",
    }
    ever = 'count_over_time(ALERTS{alertstate="firing"}[1h])'
    query = {"expr": ever, "eval_time": f"{minutes}m", "exp_samples": []}

    assert run_promtool(disturbed, queries=[query]) == ""


def fleet(minutes: int, **records: Any) -> Series:
    """Return the series of four hosts, the last of which is another than the rest."""
    made: Series = {}
    for number in (1, 2, 3):
        made |= healthy(minutes, f"ntp{number}:9123")
    return made | healthy(minutes, "ntp4:9123", **records)


def of_job(name: str, **labels: str) -> str:
    return name_of(name, {"job": "chrony", "site": "Bern", **labels})


def recorded(name: str, value: float) -> dict[str, Any]:
    samples = [{"labels": of_job(name), "value": value}]
    return {"expr": name, "eval_time": "10m", "exp_samples": samples}


def test_of_a_fleet_the_bad_host_alone_is_alerted() -> None:
    series = fleet(60, tracking=tracking_of(**bound(2.0)))
    queries = [
        firing(10, {"ChronyErrorBound": 1, "ChronyErrorBoundWarning": 1}),
        recorded("job:chrony_clock_error_bound_seconds:max", 2.0),
        recorded("job:chrony_check_not_ok:sum", 1),
    ]

    assert run_promtool(series, queries=queries) == ""


def test_the_largest_bound_of_a_fleet_is_finite_and_the_lost_host_is_counted() -> None:
    series = fleet(60, tracking=tracking_of(**UNSYNCHRONIZED), sources=NO_SOURCE)
    queries = [
        firing(9, {"ChronyNotSynchronized": 1}),
        recorded("job:chrony_check_not_ok:sum", 1),
        {
            "expr": "job:chrony_clock_error_bound_seconds:max < bool 1",
            "eval_time": "10m",
            "exp_samples": [{"labels": of_job(""), "value": 1}],
        },
    ]

    assert run_promtool(series, queries=queries) == ""


def test_the_host_that_follows_another_source_than_the_rest_is_told_of() -> None:
    other = tracking_of(reference_ip="198.51.100.9", reference_id=0xC6336409)
    labels = {"tracking_address": "198.51.100.9", "tracking_name": "198.51.100.9"}
    expected = {
        "exp_labels": {
            **HOST,
            "instance": "ntp4:9123",
            **labels,
            "tracking_refid": "C6336409",
            "severity": "info",
        },
        "exp_annotations": {
            "summary": "ntp4:9123 follows 198.51.100.9, and most hosts of chrony another source.",
            "description": "Its configuration differs, or it cannot reach the source of the "
            "others.",
        },
    }
    alerts = quiet_then("ChronyFollowsAnotherSource", 30, expected)

    assert run_promtool(fleet(60, tracking=other), alerts=alerts) == ""


def test_hosts_that_follow_many_sources_are_not_told_of() -> None:
    series: Series = {}
    for host, source in enumerate((1, 1, 2, 3, 4)):
        other = tracking_of(reference_ip=f"198.51.100.{source}", reference_id=0xC6336400 + source)
        series |= healthy(60, f"ntp{host}:9123", tracking=other)

    assert run_promtool(series, queries=[firing(45, {})]) == ""


def test_of_a_chronyd_that_is_down_nothing_else_is_told() -> None:
    silent = SimulatedChronyd(faults=Faults(silent=True))
    series = series_of(silent, HOST, 60, timeout=0.3)

    assert run_promtool(series, queries=[firing(45, {"ChronyDown": 1})]) == ""


def test_other_exporters_are_not_told_of() -> None:
    other = {name_of("up", {"job": "node", "instance": "ntp1:9100"}): "0+0x60"}

    assert run_promtool(healthy(60) | other, queries=[firing(45, {})]) == ""


def test_the_rules_ask_only_for_metrics_that_are_declared() -> None:
    text = re.sub(r"#.*", "", RULES.read_text())
    names = {*re.findall(r"\b(?:\w+:)?chrony_\w+(?::\w+)?\b", text)}
    recorded = {*re.findall(r"^ +- record: (\S+)$", text, flags=re.M)}

    assert names - {family.name for family in FAMILIES} == recorded
