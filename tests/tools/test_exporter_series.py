"""Which series the exporter has: those of known dashboards, and none of them twice."""

from __future__ import annotations

from pathlib import Path

from pychrony.testing import SimulatedChronyd, make_rtc_data, make_smoothing
from tests.conftest import StartChronyd
from tests.support.exporter import OPENMETRICS, exporter

# What dashboard 19186 for chrony_exporter can ask for, of that exporter's 0.14.0.
KNOWN = {
    "chrony_up": "",
    "chrony_tracking": "info last_offset_seconds system_time_seconds rms_offset_seconds "
    "root_delay_seconds root_dispersion_seconds update_interval_seconds frequency_ppms "
    "residual_frequency_ppms skew_ppms reference_timestamp_seconds stratum remote_reference",
    "chrony_sources": "last_sample_age_seconds reachability_ratio reachability_success "
    "last_sample_offset_seconds last_sample_error_margin_seconds polling_interval_seconds stratum "
    "state_info peer_offset_seconds peer_delay_seconds peer_dispersion_seconds "
    "peer_response_time_seconds peer_jitter_asymmetry_seconds",
    "chrony_sourcestats": "samples runs span_seconds stddev frequency_ppms frequency_skew_ppms "
    "offset",
    "chrony_serverstats": "ntp_packets_received_total ntp_packets_dropped_total "
    "command_packets_received_total command_packets_dropped_total "
    "client_log_records_dropped_total nts_ke_connections_accepted_total "
    "nts_ke_connections_dropped_total authenticated_ntp_packets_total "
    "interleaved_ntp_packets_total ntp_daemon_rx_timestamps_total ntp_daemon_tx_timestamps_total "
    "ntp_kernel_rx_timestamps_total ntp_kernel_tx_timestamps_total ntp_hw_rx_timestamps_total "
    "ntp_hw_tx_timestamps_total ntp_timestamps_held ntp_timestamp_span_seconds",
    "chrony_clients": "connected last_ntp_hit_ago_seconds_bucket ntp_interval_seconds_bucket "
    "ntp_drops_bucket",
}
REPORTS = (
    "tracking,sources,sourcestats,selectdata,activity,authdata,ntpdata,serverstats,clients,rtcdata,"
    "smoothing"
)


def test_all_series_of_the_known_dashboard_are_there(tmp_path: Path) -> None:
    wanted = {f"{start}_{end}" for start, ends in KNOWN.items() for end in ends.split()}
    rtc, smoothing = make_rtc_data(), make_smoothing()
    with (
        SimulatedChronyd(
            address=tmp_path / "chronyd.sock", rtc_data=rtc, smoothing=smoothing
        ) as server,
        exporter("-h", server.address, "--reports", REPORTS) as running,
    ):
        series = running.get().series
        given = {labels for name, labels in series if name == "chrony_scrape_success"}

        assert wanted - {name for name, _ in series} == set()
        assert given == {(report,) for report in REPORTS.split(",")}
        assert running.get(Accept=OPENMETRICS).series.keys() == series.keys()


def test_two_reference_clocks_of_one_name_are_no_duplicate(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*(f"refclock SOCK run/{name}.sock refid GPS" for name in "ab"))
    with exporter("-h", daemon.socket_path) as running:
        for accepted in ("", OPENMETRICS):
            series = running.get(Accept=accepted).series
            found = [labels for name, labels in series if name == "chrony_sources_stratum"]
            assert found == [("GPS", "GPS"), ("GPS#2", "GPS#2")]
