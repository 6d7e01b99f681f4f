"""The exporter over real HTTP, with real and simulated chronyds."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from pychrony import ChronyConnection
from pychrony.metrics.prometheus._app import time_for
from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files, wait_for
from tests.support.exporter import OPENMETRICS, TIMEOUT, Series, exporter, exporter_command
from tests.support.many_sources import ManySources
from tests.support.repeated_answers import repeated_answers
from tests.support.reply_servers import ReplyServer

UP = ("chrony_up", ())
NO_CHRONYD = "/run/no-such-folder/chronyd.sock"

# What the known exporter's metrics are, by the fields of the records (the names of its dashboards).
TRACKING = {
    "last_offset_seconds": "last_offset",
    "system_time_seconds": "offset",
    "rms_offset_seconds": "rms_offset",
    "root_delay_seconds": "root_delay",
    "root_dispersion_seconds": "root_dispersion",
    "update_interval_seconds": "update_interval",
    "frequency_ppms": "frequency",
    "residual_frequency_ppms": "residual_freq",
    "skew_ppms": "skew",
    "stratum": "stratum",
}
SOURCE_STATS = {
    "samples": "samples",
    "runs": "runs",
    "span_seconds": "span",
    "stddev": "std_dev",
    "frequency_ppms": "resid_freq",
    "frequency_skew_ppms": "skew",
    "offset": "offset",
}
SOURCES = {
    "last_sample_offset_seconds": "latest_meas",
    "last_sample_error_margin_seconds": "latest_meas_err",
    "stratum": "stratum",
}
NTP_DATA = {
    "offset_seconds": "offset",
    "delay_seconds": "peer_delay",
    "dispersion_seconds": "peer_dispersion",
    "response_time_seconds": "response_time",
    "jitter_asymmetry_seconds": "jitter_asymmetry",
}
SERVER_STATS = {
    "ntp_packets_received_total": "ntp_received",
    "command_packets_received_total": "commands_received",
    "ntp_hw_tx_timestamps_total": "served_hardware_tx",
}


def expected(address: str) -> Series:
    """Return what the library itself reads at an address."""
    found: Series = {}

    def add(prefix: str, names: dict[str, str], record: Any, *labels: str) -> None:
        for name, field in names.items():
            value = getattr(record, field)
            if value is not None:
                found[f"chrony_{prefix}_{name}", labels] = value

    with ChronyConnection(address) as connection:
        add("tracking", TRACKING, connection.get_tracking())
        for prefix, names, records in (
            ("sources", SOURCES, connection.get_sources(names=True)),
            ("sourcestats", SOURCE_STATS, connection.get_source_stats(names=True)),
        ):
            for record in records:
                if record.is_resolved():
                    add(prefix, names, record, record.address, record.name or record.address)
    return found


def expected_over_the_socket(address: str) -> Series:
    """Return what chronyd gives over its Unix socket alone."""
    found: Series = {}
    with ChronyConnection(address) as connection:
        for record in connection.get_ntp_data(names=True):
            if record.is_resolved():
                labels = (record.address, record.name or record.address)
                for name, field in NTP_DATA.items():
                    found[f"chrony_sources_peer_{name}", labels] = getattr(record, field)
        stats = connection.get_server_stats()
        for name, field in SERVER_STATS.items():
            if getattr(stats, field) is not None:
                found[f"chrony_serverstats_{name}", ()] = getattr(stats, field)
    return found


def test_each_value_of_a_real_chronyd_is_the_librarys(busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address, exporter("-h", address) as running:
        right = expected(address) | expected_over_the_socket(address)
        for accepted in ("", "text/plain", OPENMETRICS):
            answer = running.get(Accept=accepted)

            assert answer.status == 200
            assert answer.series[UP] == 1
            assert answer.series.items() >= right.items()


@pytest.mark.parametrize("version", ["2.4", "3.5", "4.0", "4.2", "4.4", "4.6", "4.8"])
def test_each_value_of_each_version_is_the_librarys(version: str, tmp_path: Path) -> None:
    with (
        SimulatedChronyd(version=version, address=tmp_path / "chronyd.sock") as server,
        exporter("-h", server.address) as running,
    ):
        answer = running.get()

        assert answer.series[UP] == 1
        assert answer.series.items() >= expected(server.address).items()


def test_a_format_that_makes_no_sense_is_answered_in_plain_text(local_chronyd: Chronyd) -> None:
    with exporter("-h", local_chronyd.udp4) as running:
        answer = running.get(Accept="application/openmetrics-text;version=x")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.series[UP] == 1


def test_formats_are_negotiated(local_chronyd: Chronyd) -> None:
    with exporter("-h", local_chronyd.udp4) as running:
        plain, opened = running.get(), running.get(Accept=OPENMETRICS, Accept_Encoding="gzip")

    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert opened.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert opened.headers["content-encoding"] == "gzip"
    assert opened.text.endswith("# EOF\n")
    assert {family.unit for family in opened.families} >= {"seconds", "ppms"}


def test_there_is_a_page_about_the_exporter(local_chronyd: Chronyd) -> None:
    with exporter("-h", local_chronyd.udp4) as running:
        assert "/metrics" in running.get("/").text
        assert running.get("/-/healthy").status == 200
        assert running.get("/nothing").status == 404
        assert running.get(method="POST").status == 405
        assert running.get(method="HEAD").body == b""
        names = {name for name, _ in running.get().series}

    assert {"pychrony_build_info", "process_resident_memory_bytes"} <= names


def test_without_a_chronyd_it_starts_and_stays_up() -> None:
    with exporter("-h", NO_CHRONYD) as running:
        for _ in range(3):
            series = running.get().series
            assert series[UP] == 0
            assert series["chrony_clock_synchronized", ()] == 0
            assert series["chrony_check_verdict", ()] == 3
            assert series["chrony_check_problem", ("not_running",)] == 1
            assert not any(name.startswith("chrony_tracking_root") for name, _ in series)
        assert NO_CHRONYD in running.next_line()


def test_a_chronyd_that_is_restarted_is_found_again(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    with exporter("-h", daemon.socket_path) as running:
        assert running.get().series[UP] == 1
        daemon.stop()
        assert running.get().series[UP] == 0
        daemon.start()
        assert running.get().series[UP] == 1
        assert daemon.socket_path in running.next_line()
        assert "chronyd answers again" in running.next_line()
    assert client_files(daemon) == []


def test_a_report_that_fails_is_told_of_once_and_so_is_its_return(tmp_path: Path) -> None:
    address = tmp_path / "chronyd.sock"
    with exporter("-h", str(address), "--reports", "selectdata,ntpdata") as running:
        for version in ("2.4", "4.8"):  # the first knows neither
            with SimulatedChronyd(version=version, address=address):
                for _ in range(2):
                    assert running.get().series[UP] == 1
        assert running.get().series[UP] == 0
        told = [running.next_line() for _ in range(3)]

    assert told[0] == "pychrony: chronyd did not give these reports: selectdata, ntpdata\n"
    assert told[1] == "pychrony: chronyd gives all reports again\n"
    assert str(address) in told[2]


def test_prometheus_has_its_answer_before_it_gives_up() -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as server,
        exporter("-h", server.address, "-t", "60") as running,
    ):
        start = time.monotonic()
        series = running.get(X_Prometheus_Scrape_Timeout_Seconds="1").series

    waits = {"headers": [(b"x-prometheus-scrape-timeout-seconds", b"1")]}
    assert time_for(waits, timeout=60) < 1
    assert time.monotonic() - start < 30  # the computer may be busy
    assert series[UP] == 0
    assert series["chrony_check_problem", ("no_answer",)] == 1


@pytest.mark.parametrize("header", ["", "x", "nan", "inf", "-1", "0", "1e400"])
def test_a_limit_that_makes_no_sense_is_none(header: str, local_chronyd: Chronyd) -> None:
    with exporter("-h", local_chronyd.udp4) as running:
        answer = running.get(X_Prometheus_Scrape_Timeout_Seconds=header)

    assert answer.series[UP] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_leaves_no_file(number: int, start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    with exporter("-h", daemon.socket_path, "-t", "300") as running:
        daemon.pause()
        with running.connect() as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_for(lambda: client_files(daemon) != [], TIMEOUT)
            running.process.send_signal(number)
            _, said = running.process.communicate(timeout=TIMEOUT)
        daemon.resume()
        status = running.process.returncode

    assert "Traceback" not in said
    assert status == (130 if number == signal.SIGINT else -number)
    assert client_files(daemon) == []


def test_a_second_exporter_on_the_port_says_so() -> None:
    with exporter("-h", NO_CHRONYD) as running:
        place = f"127.0.0.1:{running.port}"
        command = exporter_command("--listen", place)
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pychrony: cannot serve: {place}: Address already in use\n"


@pytest.mark.parametrize("place", ["9123", "host", "[::1:9123", "127.0.0.1:70000", "fd:x", "unix:"])
def test_a_place_that_makes_no_sense_is_wrong_usage(place: str) -> None:
    command = exporter_command("--listen", place)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert done.returncode == 2
    assert place in done.stderr


def test_all_addresses_are_listened_on() -> None:
    with exporter("-h", NO_CHRONYD, listen=":0") as running:
        assert running.get("/-/healthy").status == 200


def test_two_hundred_and_fifty_sources_are_no_problem() -> None:
    with (
        ReplyServer(ManySources(250)) as server,
        exporter("-h", server.address, "-t", "60") as running,
    ):
        series = running.get(Accept=OPENMETRICS).series

    assert len([1 for name, _ in series if name == "chrony_sources_stratum"]) == 250


def test_names_from_the_network_do_no_harm() -> None:
    names = ['a"b', "a\\b", "a,b}", "ä\u2028", "\x85\r\x0b", "x" * 200]
    sources = [make_source(address=f"192.0.2.{n}", name=name) for n, name in enumerate(names)]
    with SimulatedChronyd(sources=sources) as server, exporter("-h", server.address) as running:
        for accepted in ("", OPENMETRICS):
            series = running.get(Accept=accepted).series
            found = [labels[1] for name, labels in series if name == "chrony_sources_stratum"]
            assert found == names


def test_the_reports_can_be_chosen(local_chronyd: Chronyd) -> None:
    with exporter("-h", local_chronyd.socket_path, "--reports", "clients") as running:
        series = running.get().series

    asked = {labels for name, labels in series if name == "chrony_scrape_success"}
    assert asked == {("tracking",), ("sources",), ("clients",)}


def test_the_limits_are_those_of_check(local_chronyd: Chronyd) -> None:
    with exporter("-h", local_chronyd.udp4, "--max-age", "70") as running:
        assert running.get().series["chrony_check_limit_seconds", ("warning", "max_age")] == 70


def test_once_prints_them(local_chronyd: Chronyd) -> None:
    command = exporter_command("-h", local_chronyd.udp4, "--once")
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert (done.returncode, done.stderr) == (0, "")
    assert "\nchrony_up 1.0\n" in done.stdout
    assert "pychrony_build_info" not in done.stdout


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("br, GZIP ; Q=0.000", False)],
)
def test_a_page_is_packed_only_for_who_accepts_that(accepted: str, packed: bool) -> None:
    with exporter("-h", NO_CHRONYD) as running:
        answer = running.get(Accept_Encoding=accepted)

    assert (answer.headers["content-encoding"] == "gzip") is packed
    assert answer.series[UP] == 0
