"""docs/reference/metrics.md is what the metrics say of themselves, and no known name is missing."""

from pathlib import Path

from pychrony.metrics import FAMILIES, Kind
from pychrony.metrics._instruments import INSTRUMENTS
from pychrony.metrics._instruments import REPORTS as OTEL_REPORTS
from pychrony.metrics._taking import REPORTS
from tests.support.known_metrics import KNOWN, names
from tests.support.metrics_page import render

HOW = (
    "make it anew: PYTHONPATH=build/bundled .venv/bin/python -m tests.support.metrics_page "
    ">docs/reference/metrics.md"
)

PAGE = Path(__file__).parents[2] / "docs/reference/metrics.md"

# What no other exporter has.
OWN = {
    "chrony_clock": "error_bound_seconds synchronized local_reference last_update_age_seconds",
    "chrony_tracking": "leap_status",
    "chrony_check": "verdict problem limit_seconds usable_sources min_sources",
    "chrony_activity": "sources",
    "chrony_sourcestats": "offset_error_seconds",
    "chrony_selectdata": """state_info score low_limit_seconds high_limit_seconds authenticated
        option""",
    "chrony_authdata": """info key_establishments key_establishment_attempts
        last_key_establishment_age_seconds cookies cookie_length_bytes nak""",
    "chrony_ntpdata": """packets_sent_total packets_received_total packets_valid_total
        packets_good_total root_delay_seconds root_dispersion_seconds jitter_asymmetry_ratio
        tests_failed interleaved authenticated timestamping_info""",
    "chrony_rtc": "samples offset_seconds frequency_ppms reference_timestamp_seconds",
    "chrony_smoothing": "active offset_seconds frequency_ppms remaining_time_seconds",
    "chrony_scrape": "success duration_seconds",
}

LABELS = {
    "chrony_tracking_info": ("tracking_address", "tracking_name", "tracking_refid"),
    "chrony_sources_state_info": (
        "source_address",
        "source_name",
        "source_state",
        "source_mode",
    ),
    "chrony_clients_connected": ("protocol",),
    "chrony_tracking_leap_status": ("leap_status",),
    "chrony_check_problem": ("problem",),
    "chrony_activity_sources": ("state",),
    "chrony_selectdata_state_info": ("source_address", "source_name", "select_state"),
    "chrony_selectdata_option": ("source_address", "source_name", "option"),
    "chrony_authdata_info": ("source_address", "source_name", "auth_mode", "key_type"),
    "chrony_ntpdata_timestamping_info": ("source_address", "source_name", "tx", "rx"),
    "chrony_scrape_success": ("report",),
    "chrony_scrape_duration_seconds": ("report",),
    # A limit has two levels.
    "chrony_check_limit_seconds": ("limit", "level"),
    "chrony_check_min_sources": ("level",),
}
OF_EACH_SOURCE = ("chrony_sources_", "chrony_sourcestats_", "chrony_selectdata_")
OF_EACH_SOURCE += ("chrony_authdata_", "chrony_ntpdata_")


# Those of the OpenTelemetry Collector's receiver, with its units, and others under the same root.
OF_COLLECTOR = {
    "ntp.skew": "ppm",
    "ntp.time.correction": "s",
    "ntp.time.last_offset": "s",
    "ntp.time.rms_offset": "s",
    "ntp.time.root_delay": "s",
    "ntp.frequency.offset": "ppm",
    "ntp.stratum": "1",
}
MORE = {
    "ntp.time.root_dispersion": "s",
    "ntp.time.error_bound": "s",
    "ntp.time.update_age": "s",
    "ntp.synchronized": "1",
    "ntp.leap_status": "1",
    "ntp.check.verdict": "1",
    "ntp.sources": "{source}",
}


def test_the_page_of_metrics_is_up_to_date() -> None:
    assert PAGE.read_text() == render(), HOW


def test_each_known_name_is_declared_and_nothing_else() -> None:
    assert {family.name for family in FAMILIES} == names(KNOWN) | names(OWN)


def test_labels_are_those_that_dashboards_know() -> None:
    for family in FAMILIES:
        of_source = family.name.startswith(OF_EACH_SOURCE)
        expected = ("source_address", "source_name") if of_source else ()
        assert family.labels == LABELS.get(family.name, expected), family.name


def test_histograms_have_the_known_buckets() -> None:
    times = (1, 5, 30, 60, 300, 1800, 3600, 21600, 86400)
    assert {f.name: f.buckets for f in FAMILIES if f.kind is Kind.HISTOGRAM} == {
        "chrony_clients_last_ntp_hit_ago_seconds": times,
        "chrony_clients_ntp_interval_seconds": times,
        "chrony_clients_ntp_drops": (0, 1, 2, 5, 10, 50, 100),
    }


def test_names_in_opentelemetry_are_those_of_its_collector() -> None:
    units = {instrument.name: instrument.unit for instrument in INSTRUMENTS}

    others = {name for name in units if not name.startswith("ntp.source.")}
    assert {name: units[name] for name in others} == OF_COLLECTOR | MORE
    assert len(units) == len(INSTRUMENTS)
    assert "Inf" not in "".join(instrument.description for instrument in INSTRUMENTS)


def test_all_that_opentelemetry_is_given_is_asked_for() -> None:
    reports = {REPORTS[report] for report in OTEL_REPORTS}

    assert {each.family.report for each in INSTRUMENTS} - {""} == reports - {
        "select_data",
        "ntp_data",
    }
