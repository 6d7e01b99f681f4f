"""What people bring along from chronyc: its options, and the forms of its addresses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pychrony._cli.main import main
from pychrony.testing import SimulatedChronyd, make_client, make_source, make_tracking
from tests.support.command_line import run, run_here

REFUSING = "127.0.0.1:1"


@pytest.mark.parametrize("command", ["tracking", "check", "waitsync"])
def test_the_host_is_given_by_either_letter_before_the_command_or_after_it(command: str) -> None:
    with SimulatedChronyd() as server:
        for flag in ("-h", "-H", "--host"):
            assert run_here(flag, server.address, command).returncode == 0
            assert run_here(command, flag, server.address).returncode == 0


@pytest.mark.parametrize("command", ["tracking", "check", "waitsync"])
def test_the_port_is_for_addresses_that_have_none(command: str) -> None:
    with SimulatedChronyd() as server:
        host, port = server.address.rsplit(":", 1)
        assert run_here("-h", host, "-p", port, command).returncode == 0
        assert run_here(command, "-h", f"{REFUSING},{host}", "--port", port).returncode == 0
        assert run_here(command, "-h", server.address, "-p", "1").returncode == 0


def test_without_an_address_the_port_is_that_of_this_computer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    defaults = ("/nonexistent/s", "127.0.0.1:323")
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
    with SimulatedChronyd(make_tracking(stratum=9)) as server:
        assert main(["tracking", "--json", "-p", server.address.rsplit(":", 1)[1]]) == 0

    assert json.loads(capsys.readouterr().out)["stratum"] == 9


@pytest.mark.parametrize(
    "form",
    ["127.0.0.1:1,{}", "/nonexistent/s,{}", "nosuch.invalid,{}", "udp://{}", "udp:{}", "{},::1"],
)
def test_the_host_may_be_a_list_or_a_url(form: str) -> None:
    with SimulatedChronyd() as server:
        address = form.format(server.address)
        for command in ("tracking", "check", "waitsync"):
            assert run(command, "-h", address, "-t", "60").returncode == 0


def test_c_is_csv_and_n_is_for_addresses() -> None:
    with SimulatedChronyd(sources=[make_source(name="ntp.example")]) as server:
        csv = run_here("sources", "--csv", "-h", server.address).stdout
        named = run_here("sources", "--csv", "-N", "-h", server.address).stdout
        for arguments in (("-c", "sources"), ("-c", "-n", "sources"), ("sources", "-n", "-c")):
            assert run_here(*arguments, "-h", server.address).stdout == csv
        assert run_here("-N", "-c", "sources", "-n", "-h", server.address).stdout == csv

    assert "192.0.2." in csv
    assert "ntp.example" in named


def test_with_m_each_argument_is_a_command() -> None:
    with SimulatedChronyd() as server:
        whole = run_here("-m", "-h", server.address, "sources -v", "tracking")
        parts = run_here("sources", "tracking", "-v", "-h", server.address)

    assert whole.returncode == 0
    assert whole.stdout == parts.stdout
    assert whole.stdout.startswith("MS  ")


def test_v_explains_the_columns_before_a_table(tmp_path: Path) -> None:
    with SimulatedChronyd(clients=[make_client()], address=tmp_path / "s") as server:
        for report in ("sources", "sourcestats", "clients"):
            plain = run_here(report, "-h", server.address).stdout
            before, after = (
                run_here(*arguments, "-h", server.address).stdout
                for arguments in (("-v", report), (report, "-v"))
            )
            legend = after.removesuffix(plain)
            assert before == after
            assert legend.endswith("\n\n")
            headings = plain.split("\n", 1)[0].split()
            assert all(re.search(rf"^.*{re.escape(word)}", legend, re.M) for word in headings)
        for form in ("--json", "--csv"):
            machine = run_here("sources", form, "-h", server.address).stdout
            assert run_here("sources", "-v", form, "-h", server.address).stdout == machine


def test_v_before_check_is_let_through_and_c_is_refused() -> None:
    with SimulatedChronyd() as server:
        verbose = run("-v", "check", "-h", server.address)
        csv = run("-c", "check", "-h", server.address)

    assert verbose.returncode == 0
    assert verbose.stdout.startswith("CHRONY OK - ")
    assert csv.returncode == 3
    assert csv.stdout.startswith("CHRONY UNKNOWN - -c (critical) stands after the command")


@pytest.mark.parametrize(
    ("command", "meaningless"),
    [
        ("clients", ("-N", "-n", "-a", "-m")),
        ("tracking", ("-a", "-v", "-m")),
        ("activity", ("-N", "-a", "-v")),
        ("sources", ("-k", "-m")),
    ],
)
def test_the_help_of_a_report_has_what_changes_it(
    command: str, meaningless: tuple[str, ...]
) -> None:
    text = run(command, "--help").stdout

    for flag in ("-h", "-H", "--host ADDRESS", "-p", "-c", "--json", "--watch"):
        assert flag in text
    for flag in meaningless:
        assert not re.search(rf"^ *{flag}\b", text, re.M)
        assert f"[{flag}]" not in text


def test_json_has_what_chronyc_leaves_to_the_reader_and_the_exact_time_as_text() -> None:
    time = 1_795_710_467_189_992_870  # above 2**53, which most readers of JSON round
    tracking = make_tracking(ref_time_ns=time, reference_id=0xC0000201, offset=0.5)
    with SimulatedChronyd(tracking, sources=[make_source(poll=-2)]) as server:
        text = run("tracking", "sources", "--json", "-h", server.address).stdout

    document = json.loads(text)
    assert document["tracking"]["ref_time_ns_text"] == str(time)
    assert document["tracking"]["reference_id_hex"] == "C0000201"
    assert document["tracking"]["error_bound"] >= 0.5
    assert document["sources"][0]["poll_seconds"] == 0.25


def test_the_version_has_a_letter_too() -> None:
    assert run("-V").stdout == run("--version").stdout
