"""The metrics as they are declared: their names, their help, and no series twice."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from inspect import signature
from time import process_time
from typing import Any

import pytest

from pychrony import (
    AuthMode,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    Client,
    FindingCode,
    LeapStatus,
    NTPTests,
    SelectState,
    SourceMode,
    SourceState,
    check,
)
from pychrony._client.questions import ACTIVITY
from pychrony._judgment.clock import judge
from pychrony._judgment.inquiry import Facts
from pychrony._judgment.limits import make_limits
from pychrony.metrics import FAMILIES, Family, Kind, Snapshot, limits_of
from pychrony.metrics._taking import Taking
from pychrony.testing import (
    make_activity,
    make_auth_data,
    make_client,
    make_ntp_data,
    make_rtc_data,
    make_select_data,
    make_server_stats,
    make_smoothing,
    make_source,
    make_source_stats,
    make_tracking,
)

BY_NAME = {family.name: family for family in FAMILIES}
LIMITS = make_limits(
    None,
    max_error=(0.5, 1.0),
    max_offset=None,
    max_skew=None,
    max_age=600.0,
    max_stratum=None,
    min_sources=1,
)
CLOCKS: dict[str, Any] = {"address": "GPS", "mode": SourceMode.REFCLOCK}


def make_snapshot(**reports: Any) -> Snapshot:
    """Return a snapshot with all reports, among them two reference clocks of one name."""
    tracking = make_tracking()
    sources = [make_source(name="ntp.example.net"), make_source(**CLOCKS), make_source(**CLOCKS)]
    of_clocks: dict[str, Any] = {"address": "GPS", "reference_id": 0x47505300}
    given: dict[str, Any] = {
        "tracking": tracking,
        "sources": sources,
        "source_stats": [make_source_stats(), *[make_source_stats(**of_clocks)] * 2],
        "select_data": [make_select_data(), *[make_select_data(**of_clocks)] * 2],
        "activity": make_activity(),
        "auth_data": [make_auth_data(mode=AuthMode.NTS)],
        "ntp_data": [make_ntp_data()],
        "server_stats": make_server_stats(),
        "clients": [make_client(), make_client(address="192.0.2.9")],
        "rtc_data": make_rtc_data(),
        "smoothing": make_smoothing(),
        "check": judge(Facts(tracking.ref_time_ns + 10**9, False, tracking, sources), LIMITS),
        "outcomes": {"tracking": (True, 0.001), "clients": (False, 0.002)},
    }
    return Snapshot(**{**given, **reports})


def values(name: str, snapshot: Snapshot) -> dict[tuple[str, ...], float]:
    return dict(BY_NAME[name].read(snapshot))


def test_the_limits_are_those_of_check_where_none_is_given() -> None:
    defaults = {name: each.default for name, each in signature(check).parameters.items()}

    assert limits_of() == make_limits(
        None, **{name: defaults[name] for name in defaults if name.startswith(("max_", "min_"))}
    )
    assert limits_of(max_offset=None).max_offset == (None, None)
    with pytest.raises(TypeError, match="max_eror"):
        limits_of(max_eror=1.0)


def test_each_name_is_declared_once() -> None:
    assert [name for name, count in Counter(f.name for f in FAMILIES).items() if count > 1] == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_well_formed(family: Family) -> None:
    name = family.name
    assert re.fullmatch(r"chrony_[a-z0-9_]+", name)
    assert family.help.endswith(".")
    assert "\n" not in family.help
    assert (family.kind is Kind.COUNTER) == name.endswith("_total")
    assert not family.unit or name.removesuffix("_total").endswith(f"_{family.unit}")
    assert all(re.fullmatch(r"[a-z_]+", label) for label in family.labels)
    assert (family.kind is Kind.HISTOGRAM) == bool(family.buckets)
    if family.unit and "asymmetry" not in name:  # that one is no time, whatever it is called
        assert {"seconds": "seconds", "ppms": "ppm", "bytes": "bytes"}[family.unit] in family.help
    assert list(family.buckets) == sorted(family.buckets)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_no_series_occurs_twice_and_each_has_its_labels(family: Family) -> None:
    samples = [*family.read(make_snapshot())]

    assert samples, "nothing of it is in a snapshot that has everything"
    assert all(len(sample.labels) == len(family.labels) for sample in samples)
    assert all(isinstance(sample.value, float) for sample in samples)
    if family.kind is not Kind.HISTOGRAM:
        assert len({sample.labels for sample in samples}) == len(samples)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_what_chronyd_did_not_give_has_no_series(family: Family) -> None:
    samples = [*family.read(Snapshot(outcomes={}))]

    always = {"chrony_up", "chrony_clock_synchronized", "chrony_check_verdict"}
    always |= {"chrony_check_problem", "chrony_tracking_leap_status"}
    assert bool(samples) == (family.name in always)


def test_a_second_reference_clock_of_one_name_is_told_apart() -> None:
    found = values("chrony_sources_reachability_ratio", make_snapshot())

    assert [*found] == [("192.0.2.1", "ntp.example.net"), ("GPS", "GPS"), ("GPS#2", "GPS#2")]


def test_many_sources_of_one_address_take_no_longer_than_others() -> None:
    sources = [make_source(address="192.0.2.1")] * 20_000 + [make_source(address="192.0.2.1#2")]
    start = process_time()
    found = values("chrony_sources_stratum", Snapshot(sources=sources, outcomes={}))

    assert len(found) == len(sources)
    assert process_time() - start < 2


def test_a_reference_clock_whose_name_is_taken_is_told_apart_too() -> None:
    clocks = [make_source(address=name, mode=SourceMode.REFCLOCK) for name in ("G", "G", "G#2")]

    found = values("chrony_sources_stratum", make_snapshot(sources=clocks))

    assert [address for address, _ in found] == ["G", "G#2", "G#2#2"]


@pytest.mark.parametrize(
    ("changes", "bound", "synchronized", "local"),
    [
        ({"offset": -0.25, "root_delay": 0.5, "root_dispersion": 0.125}, 0.625, 1.0, 0.0),
        ({"leap_status": LeapStatus.UNSYNC}, float("inf"), 0.0, 0.0),
        ({"reference_id": 0x7F7F0101}, float("inf"), 1.0, 1.0),
    ],
)
def test_the_bound_is_infinite_where_no_source_is_followed(
    changes: dict[str, Any], bound: float, synchronized: float, local: float
) -> None:
    made = make_snapshot(tracking=make_tracking(**changes))

    assert values("chrony_clock_error_bound_seconds", made) == {(): bound}
    assert values("chrony_clock_synchronized", made) == {(): synchronized}
    assert values("chrony_clock_local_reference", made) == {(): local}
    assert values("chrony_tracking_remote_reference", made) == {(): float(bound < 1)}


def test_the_names_of_states_are_those_of_known_dashboards() -> None:
    states = {
        SourceState.SELECTED: "sync",
        SourceState.NONSELECTABLE: "unreach",
        SourceState.FALSETICKER: "falseticker",
        SourceState.JITTERY: "jittery",
        SourceState.UNSELECTED: "candidate",
        SourceState.SELECTABLE: "outlier",
        SourceState(9): "unknown_9",
    }
    for state, word in states.items():
        made = make_snapshot(sources=[make_source(state=state)])
        [labels] = values("chrony_sources_state_info", made)
        assert labels == ("192.0.2.1", "192.0.2.1", word, "client")


def test_all_problems_and_all_leap_statuses_are_always_there() -> None:
    for made in (make_snapshot(), Snapshot(outcomes={})):
        assert {code for (code,) in values("chrony_check_problem", made)} == {
            code.value for code in FindingCode
        }
        assert len(values("chrony_tracking_leap_status", made)) == 4
    assert values("chrony_check_verdict", Snapshot(outcomes={})) == {(): 3.0}


def test_never_is_infinite() -> None:
    made = make_snapshot(
        sources=[make_source(last_sample_ago=None)],
        auth_data=[make_auth_data(last_established_ago=None, mode=AuthMode.NTS)],
    )

    assert [*values("chrony_sources_last_sample_age_seconds", made).values()] == [float("inf")]
    name = "chrony_authdata_last_key_establishment_age_seconds"
    assert [*values(name, made).values()] == [float("inf")]


def test_only_nts_has_key_establishments() -> None:
    of_nts = [f.name for f in FAMILIES if f.report == "auth_data" and "_info" not in f.name]
    made = make_snapshot(auth_data=[make_auth_data(mode=AuthMode.SYMMETRIC_KEY, key_id=7)])

    assert [values(name, made) for name in of_nts] == [{}] * 6
    assert len(values("chrony_authdata_info", made)) == 1


def test_a_source_without_a_valid_response_failed_no_test() -> None:
    answered = make_ntp_data(tests=NTPTests(0x3FF & ~0b110), rx_valid=1)
    for record, failed in ((answered, {2.0}), (replace(answered, rx_valid=0), set())):
        made = make_snapshot(ntp_data=[record])
        assert {*values("chrony_ntpdata_tests_failed", made).values()} == failed


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (ChronyPermissionError("UNAUTHORIZED", 9), False),
        (ChronyDataError("OLD_SERVER", 12), False),
        (ChronyDataError("UNEXPECTED_STATUS", 11), True),
        (ChronyDataError("INVALID_RESPONSE", 14), True),
        (ChronyTimeoutError("no answer"), True),
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense_is_a_failure(error: ChronyError, noted: bool) -> None:
    taking = Taking(LIMITS, is_remote=False)
    taking.fail(ACTIVITY, error)

    outcomes = taking.conclude().outcomes
    assert {report: given for report, (given, _) in outcomes.items()} == (
        {"activity": False} if noted else {}
    )


def test_what_a_version_of_chronyd_lacks_is_left_out() -> None:
    stats = replace(make_server_stats(), served_hardware_tx=None)
    made = make_snapshot(server_stats=stats)

    assert values("chrony_serverstats_ntp_hw_tx_timestamps_total", made) == {}
    assert values("chrony_serverstats_ntp_hw_rx_timestamps_total", made) != {}


def test_a_client_without_a_request_is_in_no_histogram() -> None:
    clients: list[Client] = [make_client(ntp_received=0, last_ntp_ago=None, nts_ke_accepted=1)]
    made = make_snapshot(clients=clients)

    assert [*BY_NAME["chrony_clients_ntp_drops"].read(made)] == []
    assert values("chrony_clients_connected", made) == {("ntp",): 0.0, ("nts",): 1.0}


def test_select_states_have_names() -> None:
    made = make_snapshot(select_data=[make_select_data(state=SelectState.WAITING_FOR_OTHERS)])

    [labels] = values("chrony_selectdata_state_info", made)
    assert labels[2] == "waiting_for_others"
