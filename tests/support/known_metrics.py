"""The metrics that are known already, by the beginnings of their names."""

from __future__ import annotations

# What chrony_exporter has, which dashboard 19186 ("chrony" on grafana.com) asks for.
KNOWN = {
    "chrony": "up",
    "chrony_tracking": """info last_offset_seconds system_time_seconds rms_offset_seconds
        root_delay_seconds root_dispersion_seconds update_interval_seconds frequency_ppms
        residual_frequency_ppms skew_ppms reference_timestamp_seconds stratum remote_reference""",
    "chrony_sources": """last_sample_age_seconds reachability_ratio reachability_success
        last_sample_offset_seconds last_sample_error_margin_seconds polling_interval_seconds stratum
        state_info peer_offset_seconds peer_delay_seconds peer_dispersion_seconds
        peer_response_time_seconds peer_jitter_asymmetry_seconds""",
    "chrony_sourcestats": """samples runs span_seconds stddev frequency_ppms frequency_skew_ppms
        offset""",
    "chrony_serverstats": """ntp_packets_received_total ntp_packets_dropped_total
        command_packets_received_total command_packets_dropped_total
        client_log_records_dropped_total nts_ke_connections_accepted_total
        nts_ke_connections_dropped_total authenticated_ntp_packets_total
        interleaved_ntp_packets_total ntp_daemon_rx_timestamps_total
        ntp_daemon_tx_timestamps_total ntp_kernel_rx_timestamps_total
        ntp_kernel_tx_timestamps_total ntp_hw_rx_timestamps_total ntp_hw_tx_timestamps_total
        ntp_timestamps_held ntp_timestamp_span_seconds""",
    "chrony_clients": "connected last_ntp_hit_ago_seconds ntp_interval_seconds ntp_drops",
}


def names(table: dict[str, str]) -> set[str]:
    """Return the whole names of such a table."""
    return {f"{start}_{name}" for start, ends in table.items() for name in ends.split()}
