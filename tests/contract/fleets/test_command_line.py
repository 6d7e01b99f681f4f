"""`--hosts`: a line for each host as it answers, and one exit status for all."""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from pychrony import get_tracking
from pychrony.testing import SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.command_line import PYCHRONY, run, started
from tests.support.fleets import StartMany, addresses_of
from tests.support.reply_servers import ReplyServer
from tests.support.terminal import Terminal

# Nobody listens there.
REFUSING = "127.0.0.1:1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hosts"


def write(file: Path, hosts: Iterable[str]) -> str:
    file.write_text("".join(f"{host}\n" for host in hosts))
    return str(file)


def test_tracking_prints_a_line_for_each_host(start_many: StartMany, file: Path) -> None:
    addresses = addresses_of(start_many(2))

    good = run("tracking", "--hosts", write(file, addresses))
    result = run("tracking", "--hosts", write(file, [REFUSING, *addresses]))

    *lines, summary = result.stdout.splitlines()
    found = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}
    assert (good.returncode, result.returncode) == (0, 1)
    assert found.keys() == {REFUSING, *addresses}
    assert all("System time: " in found[address] for address in addresses)
    assert found[REFUSING].startswith("Connection refused: nothing listens there")
    assert summary == "3 hosts: 2 answered, 1 did not"
    assert good.stdout.splitlines()[-1] == "2 hosts: 2 answered, 0 did not"


def test_tracking_as_json_is_a_document_a_line(start_many: StartMany, file: Path) -> None:
    [address] = addresses_of(start_many(1))

    result = run("tracking", "--json", "--hosts", write(file, [REFUSING, address]))

    documents = {each["host"]: each for each in map(json.loads, result.stdout.splitlines())}
    assert result.returncode == 1
    assert documents[address] == {"host": address, **get_tracking(address).to_dict()}
    assert documents[REFUSING].keys() == {"host", "error", "message"}
    assert documents[REFUSING]["error"] == "ChronyConnectionError"


def test_tracking_as_csv_has_the_host_before_the_columns_of_chronyc(
    tmp_path: Path, file: Path
) -> None:
    folder = tmp_path / "a,b"
    folder.mkdir()
    with SimulatedChronyd(address=str(folder / "s")) as server:
        result = run("tracking", "--csv", "--hosts", write(file, [server.address, REFUSING]))
        alone = run("tracking", "--csv", "-h", server.address)

    [row] = csv.reader(result.stdout.splitlines())
    assert row == [server.address, *alone.stdout.strip().split(",")]
    assert result.stderr.startswith(f"pychrony: {REFUSING}: Connection refused: ")
    assert result.returncode == 1


def test_the_hosts_may_come_from_standard_input_with_comments_and_blank_lines(
    start_many: StartMany,
) -> None:
    first, second = addresses_of(start_many(2))
    text = f"\ufeff{first}\r\n# the others\n\n\t{second}  # the second\n   \n#{first}\n"
    command = [*PYCHRONY, "tracking", "--hosts", "-"]

    result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)

    assert result.returncode == 0
    assert result.stdout.endswith("2 hosts: 2 answered, 0 did not\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("host\n\nhost:0\n", "hosts, line 3: port '0' in address 'host:0' is not a number"),
        ("# nobody\n", "hosts: there is no host in it"),
        ("h\udcff\n", "hosts: it is no text in UTF-8"),
    ],
)
@pytest.mark.parametrize(("command", "status"), [("tracking", 2), ("check", 3)])
def test_a_malformed_file_is_wrong_usage_that_names_file_and_line(
    command: str, status: int, text: str, words: str, file: Path
) -> None:
    file.write_bytes(text.encode(errors="surrogateescape"))

    result = run(command, "--hosts", str(file))

    assert result.returncode == status
    assert words in result.stdout + result.stderr
    assert len((result.stdout + result.stderr).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tracking", "-h", "::1"), "--hosts and -h exclude each other"),
        (("tracking", "--watch"), "--hosts and --watch exclude each other"),
        (("-N", "tracking"), "--hosts and -N exclude each other"),
        (("--csv", "check"), "check has no --csv"),
        (("-a", "check"), "check has no -a"),
        (("check", "--json", "--summary"), "--summary and --json exclude each other"),
        (("check", "-h", "::1"), "--hosts and -h exclude each other"),
        (("sources",), "sources has no --hosts, but tracking and check have"),
        (("waitsync",), "waitsync has no --hosts, but tracking and check have"),
        (("tracking", "activity"), "--hosts is for one report"),
        (("activity", "tracking"), "--hosts is for one report"),
    ],
)
def test_what_goes_not_with_hosts_is_wrong_usage(
    arguments: tuple[str, ...], words: str, file: Path
) -> None:
    result = run(*arguments, "--hosts", write(file, ["::1"]))

    assert words in result.stdout + result.stderr
    assert result.returncode == (3 if "check" in arguments else 2)


def test_the_file_of_hosts_may_stand_before_the_command(start_many: StartMany, file: Path) -> None:
    [address] = addresses_of(start_many(1))
    hosts = write(file, [address])

    tracking, check = (run("--hosts", hosts, command) for command in ("tracking", "check"))
    sources = run("--hosts", hosts, "sources")

    assert (tracking.returncode, check.returncode) == (0, 0)
    assert tracking.stdout.startswith(f"{address}: Reference ID: ")
    assert check.stdout.startswith(f"{address} OK - ")
    assert sources.returncode == 2
    assert "sources has no --hosts, but tracking and check have" in sources.stderr


def test_a_host_of_the_file_may_be_a_list_and_the_port_is_for_those_without_one(
    start_many: StartMany, file: Path
) -> None:
    [address] = addresses_of(start_many(1))
    host, port = address.rsplit(":", 1)

    result = run("tracking", "--hosts", write(file, [f"{REFUSING},{host}"]), "-p", port)

    assert result.returncode == 0
    assert result.stdout.startswith(f"{REFUSING},{address}: Reference ID: ")


def test_a_file_that_is_not_there_is_wrong_usage(file: Path) -> None:
    result = run("tracking", "--hosts", str(file))

    assert result.returncode == 2
    assert result.stderr == f"pychrony: {file}: No such file or directory\n"
    assert run("tracking", "--hosts", "").stderr == "pychrony: '': No such file or directory\n"


def test_each_line_is_there_as_soon_as_the_host_has_answered(
    start_many: StartMany, silent: str, file: Path
) -> None:
    [address] = addresses_of(start_many(1))
    hosts = write(file, [silent, address])

    with started([*PYCHRONY, "tracking", "--hosts", hosts, "-t", "60"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"{address}: ")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=120)

    assert (process.returncode, output, errors) == (-signal.SIGTERM, "", "")


def test_a_terminal_shows_the_progress_until_the_end(start_many: StartMany, file: Path) -> None:
    requests: list[bytes] = []

    def take(request: bytes) -> list[bytes]:
        requests.append(request)
        return []

    addresses = addresses_of(start_many(2))
    with ReplyServer(take) as server:
        hosts = write(file, [*addresses, server.address])
        with Terminal(*PYCHRONY, "tracking", "--hosts", hosts, "-t", "60") as terminal:
            terminal.wait_for(lambda: "2 of 3 hosts done" in terminal.lines[-1])
            lines = terminal.lines
            wait_for(lambda: bool(requests))
            terminal.press_ctrl_c()
            assert terminal.wait_for_end() == 130

    assert "".join(lines).count("hosts done") == 1
    assert all(address in terminal.text for address in addresses)
    assert "hosts done" not in terminal.text
    assert "Traceback" not in terminal.text


def test_an_error_has_a_line_of_its_own_beside_the_progress(tmp_path: Path, file: Path) -> None:
    hosts = write(file, [REFUSING, "127.0.0.1:2"])
    command = f"{shlex.join(PYCHRONY)} tracking --csv --hosts {hosts} >{tmp_path / 'csv'}"

    with Terminal("sh", "-c", command) as terminal:
        assert terminal.wait_for_end() == 1

    assert {line.split(" Connection ")[0] for line in terminal.lines if "Connection" in line} == {
        f"pychrony: {REFUSING}:",
        "pychrony: 127.0.0.1:2:",
    }
    assert "hosts done" not in terminal.text


@pytest.mark.parametrize(("command", "status"), [("tracking", 1), ("check", 3)])
def test_a_closed_pipe_is_no_traceback(
    command: str, status: int, start_many: StartMany, file: Path
) -> None:
    hosts = write(file, addresses_of(start_many(3)))
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [*PYCHRONY, command, "--hosts", hosts]
    result = subprocess.run(arguments, stdout=writer, stderr=subprocess.PIPE, timeout=120)
    os.close(writer)

    assert (result.returncode, result.stderr) == (status, b"")
