"""`check --hosts`: a verdict for each host, the worst as exit status, and a summary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from pychrony import SourceState, check
from pychrony.testing import Faults, SimulatedChronyd, make_source, make_tracking
from tests.support.command_line import run
from tests.support.fleets import StartMany, addresses_of
from tests.support.plugin_output import read_output

# Nobody listens there.
REFUSING = "127.0.0.1:1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hosts"


@pytest.fixture
def good_wrong_few(start_many: StartMany) -> list[str]:
    """Return the addresses of a good clock, one with a large error, and one with one source."""
    servers = start_many(3)
    servers[1].tracking = make_tracking(root_delay=3.0, ref_time_ns=servers[0].tracking.ref_time_ns)
    servers[2].sources = servers[2].sources[:1]
    return addresses_of(servers)


def write(file: Path, hosts: Iterable[str]) -> str:
    file.write_text("".join(f"{host}\n" for host in hosts))
    return str(file)


def test_a_line_for_each_host_and_a_summary(
    good_wrong_few: list[str], silent: str, file: Path
) -> None:
    good, wrong, few = good_wrong_few
    hosts = write(file, [*good_wrong_few, silent, REFUSING])

    result = run("check", "--hosts", hosts, "-t", "3", "--min-sources", "2")

    *lines, summary = result.stdout.splitlines()
    found = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in lines}
    assert result.stderr == ""
    assert result.returncode == 2
    assert len(lines) == len(found) == 5
    assert found[good].startswith("OK - error bound ")
    assert found[wrong].startswith("CRITICAL - error bound ")
    assert found[few] == "WARNING - 1 usable source, fewer than 2"
    assert found[silent] == "CRITICAL - no answer in time"
    assert found[REFUSING].startswith("CRITICAL - Connection refused: nothing listens there")
    assert lines[-1].startswith(f"{silent} ")  # it comes last, as nobody waits for it
    assert summary == (
        "CHRONY CRITICAL - 5 hosts: 3 CRITICAL, 1 WARNING, 1 OK"
        " | critical=3;;;0 unknown=0;;;0 warning=1;;;0 ok=1;;;0"
    )


def test_the_worst_verdict_is_the_exit_status(good_wrong_few: list[str], file: Path) -> None:
    good, wrong, few = good_wrong_few

    with SimulatedChronyd(faults=Faults(status=2)) as refusing:
        unknown = refusing.address
        statuses = [
            run("check", "--hosts", write(file, hosts), "--min-sources", "2").returncode
            for hosts in ([good], [good, few], [good, few, unknown], [good, few, unknown, wrong])
        ]

    assert statuses == [0, 1, 3, 2]


def test_the_summary_may_come_first_with_the_hosts_that_are_not_ok(
    good_wrong_few: list[str], file: Path
) -> None:
    good, wrong, few = good_wrong_few
    hosts = write(file, [few, good, wrong])
    options = ("--hosts", hosts, "--summary", "--min-sources", "2")

    result, all_hosts = run("check", *options), run("check", *options, "-v")

    output = read_output(result.stdout)
    assert (result.returncode, output.status) == (2, "CRITICAL")
    assert output.text == "3 hosts: 1 CRITICAL, 1 WARNING, 1 OK"
    assert {label: measure.value for label, measure in output.measures.items()} == {
        "critical": 1,
        "unknown": 0,
        "warning": 1,
        "ok": 1,
    }
    assert [line.split(" - ")[0] for line in output.more] == [
        f"{wrong} CRITICAL",
        f"{few} WARNING",
    ]
    more = read_output(all_hosts.stdout).more
    assert [line.split(" - ")[0] for line in more if not line.startswith("  ")] == [
        f"{wrong} CRITICAL",
        f"{few} WARNING",
        f"{good} OK",
    ]
    assert "  WARNING TOO_FEW_SOURCES: 1 usable source, fewer than 2" in more


def test_hosts_that_are_all_good_need_one_line(start_many: StartMany, file: Path) -> None:
    result = run("check", "--summary", "--hosts", write(file, addresses_of(start_many(2))))

    assert result.returncode == 0
    assert result.stdout == (
        "CHRONY OK - 2 hosts: 2 OK | critical=0;;;0 unknown=0;;;0 warning=0;;;0 ok=2;;;0\n"
    )


def test_documents_have_one_form_for_all_hosts(start_many: StartMany, file: Path) -> None:
    [good] = addresses_of(start_many(1))

    result = run("check", "--json", "--hosts", write(file, [REFUSING, good]))

    documents = {each["host"]: each for each in map(json.loads, result.stdout.splitlines())}
    assert result.returncode == 2
    assert documents[good].keys() == documents[REFUSING].keys()
    age, message = (documents[good][key] for key in ("age", "message"))
    assert re.sub(r"last update \d+s ago", "", message) == (
        re.sub(r"last update \d+s ago", "", check(good).message)
    )
    assert documents[good] == {
        "host": good,
        **check(good).to_dict(),
        "age": age,
        "message": message,
        "error": None,
    }
    failed = documents[REFUSING]
    assert (failed["verdict"], failed["error"]) == ("CRITICAL", "ChronyConnectionError")
    assert failed["message"].startswith("Connection refused: nothing listens there")
    [finding] = failed["findings"]
    assert (finding["code"], finding["message"]) == ("NOT_RUNNING", failed["message"])
    assert failed["limits"] == documents[good]["limits"]
    assert failed["stratum"] is failed["error_bound"] is None


def test_a_host_with_a_polling_interval_that_cannot_be_does_not_end_the_others_documents(
    start_many: StartMany, file: Path
) -> None:
    [good] = addresses_of(start_many(1))
    source = make_source(poll=32767, state=SourceState.SELECTED)
    with SimulatedChronyd(make_tracking(), sources=[source]) as server:
        result = run("check", "--json", "--hosts", write(file, [server.address, good]))

    hosts = [json.loads(line)["host"] for line in result.stdout.splitlines()]
    assert sorted(hosts) == sorted([server.address, good])
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--min-sources", "9"), "fewer than 9"),
        (("--source", "GPS"), "follows 192.0.2.1, not GPS"),
        (("--source", "GPS", "--source", "PPS"), "follows 192.0.2.1, not GPS or PPS"),
        (("-w", "1e-9", "-c", "9"), "more than 1ns"),
        (("--max-skew", "0.0001,"), "skew "),
        (("--max-stratum", "1,2"), "stratum 3, more than 2"),
    ],
)
def test_the_limits_hold_for_each_host(
    options: tuple[str, ...], words: str, start_many: StartMany, file: Path
) -> None:
    servers = start_many(2)
    for server in servers:
        server.tracking = make_tracking(ref_time_ns=server.tracking.ref_time_ns)
    hosts = write(file, addresses_of(servers))

    result = run("check", "--hosts", hosts, *options)

    assert result.returncode == (2 if "stratum" in words else 1)
    assert result.stdout.count(words) == 2


def test_names_are_those_of_the_configuration(file: Path) -> None:
    with SimulatedChronyd(sources=[make_source(name="ntp.example.net")]) as server:
        result = run("check", "-N", "--hosts", write(file, [server.address]))

    assert "follows ntp.example.net at stratum" in result.stdout


def test_what_goes_wrong_as_a_whole_is_a_document_in_a_line(file: Path) -> None:
    result = run("check", "--json", "--hosts", str(file))

    document = json.loads(result.stdout)
    assert (result.returncode, result.stdout.count("\n")) == (3, 1)
    assert document["findings"][0]["code"] == "WRONG_USAGE"
    assert document["message"] == f"{file}: No such file or directory"
