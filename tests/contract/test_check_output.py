"""What `check` prints, and its status: the first line, more lines, documents, and every way out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from time import time_ns

import pytest

from pychrony import CheckResult, ChronyError, check
from pychrony._cli.main import main
from pychrony.testing import (
    Faults,
    SimulatedChronyd,
    make_auth_data,
    make_select_data,
    make_source,
    make_tracking,
)
from tests.support.chronyd import wait_for
from tests.support.command_line import PATIENCE, PYCHRONY, run, run_here, started
from tests.support.plugin_output import read_output
from tests.support.reply_servers import ReplyServer

NRPE_BYTES = 1023  # of a plugin's output, unless NRPE is compiled for more


def start_failing(count: int) -> SimulatedChronyd:
    """Return a chronyd whose sources' NTS key establishment fails."""
    addresses = [f"192.0.2.{number}" for number in range(1, count + 1)]
    return SimulatedChronyd(
        sources=[make_source(address=each) for each in addresses],
        select_data=[make_select_data(address=each) for each in addresses],
        auth_data=[make_auth_data(address=each, cookies=0, attempts=9) for each in addresses],
        open_commands=[
            *("tracking", "sources", "sourcename", "sourcestats"),
            *("selectdata", "authdata", "activity"),
        ],
    )


@pytest.mark.parametrize("name", ["ntp.example.net", "long." * 150, "\u00e9." * 250])
def test_the_first_line_stays_short_and_v_has_the_rest(name: str) -> None:
    with start_failing(60) as server:
        limits = ("--max-offset", "0.001,0.002", "--max-skew", "9,99", "--source", name)
        short, long = (run("check", "-h", server.address, *limits, *more) for more in ((), ("-v",)))

    output, more = read_output(short.stdout), read_output(long.stdout).more
    match = re.search(r"; and (\d+) more \(-v\)$", output.text)
    assert match is not None
    assert (short.returncode, output.status, output.more) == (1, "WARNING", [])
    assert output.text.startswith(f"follows 192.0.2.1, not {name[:9]}")
    assert len(short.stdout.encode()) <= NRPE_BYTES
    assert output.text.count("; ") == 61 - int(match[1])
    assert sum("AUTHENTICATION_FAILING" in line for line in more) == 60
    assert sum(name in line for line in more) == 1


@pytest.mark.parametrize("flag", ["-v", "-vv", "-vvv", "--verbose"])
def test_v_adds_each_finding_and_each_measure_with_its_limits(flag: str) -> None:
    tracking = make_tracking(
        ref_time_ns=time_ns(), root_dispersion=2.4375, root_delay=0.0, offset=0.0625
    )
    with SimulatedChronyd(tracking) as server:
        result = run_here("check", flag, "-h", server.address, "--min-sources", "8,5")

    output = read_output(result.stdout)
    assert (result.returncode, output.text.count(";")) == (2, 1)
    assert [line.split(" (")[0] for line in output.more] == [
        "CRITICAL ERROR_BOUND: error bound 2500ms, more than 1000ms",
        "CRITICAL TOO_FEW_SOURCES: 3 usable sources, fewer than 5",
        "error_bound 2.500000000s",
        "offset 0.062500000s",
        "skew 0.046875000ppm",
        f"age {output.measures['age'].value:.3f}s",
        "stratum 3",
        "sources 3",
    ]
    assert output.more[2].endswith(" (WARNING outside 0.5, CRITICAL outside 1)")
    assert output.more[4].endswith(" (no limit)")
    assert output.more[7].endswith(" (WARNING outside 8:, CRITICAL outside 5:)")


@pytest.mark.parametrize("text", ["a|b", "a\nb", "a\x1b[2Jb", "a\u2028b", "a\x00b"])
def test_no_text_of_others_reaches_the_terminal_or_ends_the_line(text: str) -> None:
    with SimulatedChronyd() as server:
        result = run_here("check", "-h", server.address, "--source", text, "-v")

    output = read_output(result.stdout)
    assert output.text.startswith("follows 192.0.2.1, not a")
    assert all(line.isprintable() for line in result.stdout.split("\n"))


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [
        (Faults(silent=True), 2, "NO_ANSWER"),
        (Faults(status=2), 3, "REFUSED"),
        (Faults(status=5), 3, "NOT_UNDERSTOOD"),
    ],
)
def test_a_chronyd_that_gives_no_answer_is_judged_in_text_and_document(
    faults: Faults, status: int, code: str
) -> None:
    with SimulatedChronyd(faults=faults) as server:
        timeout = 0.3 if faults.silent else 30.0
        options = ("-h", server.address, "-t", str(timeout), "--max-error", "0.25")
        text, document = run_here("check", *options), run_here("check", *options, "--json")
        with pytest.raises(ChronyError) as caught:
            check(server.address, timeout=timeout)

    output, found = read_output(text.stdout), json.loads(document.stdout)
    [finding] = found["findings"]
    assert (text.returncode, document.returncode) == (status, status)
    assert output.status == found["verdict"] == finding["severity"]
    assert output.text == found["message"] == finding["message"] == str(caught.value)
    assert (finding["code"], found["error"]) == (code, type(caught.value).__name__)
    assert output.measures == {}
    assert found["limits"]["max_error"] == [None, 0.25]
    measures = ("error_bound", "offset", "skew", "age", "stratum", "usable_sources", "reference")
    assert [found[name] for name in measures] == [None] * 7


@pytest.mark.who("ordinary")
def test_a_lack_of_permission_is_unknown(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with SimulatedChronyd(address=str(folder / "s")) as server:
        folder.chmod(0)
        result = run_here("check", "-h", server.address)
        folder.chmod(0o700)

    assert result.returncode == 3
    assert "Permission denied" in read_output(result.stdout).text


def test_a_document_has_all_of_a_result() -> None:
    with SimulatedChronyd(make_tracking(ref_time_ns=0)) as server:
        document = json.loads(run_here("check", "--json", "-h", server.address).stdout)
        expected = check(server.address).to_dict()

    assert document == {**expected, "error": None}
    assert document.keys() - {"error"} == set(CheckResult.__dataclass_fields__)
    assert document["age"] is None


def test_a_name_that_cannot_be_looked_up_is_unknown() -> None:
    result = run_here("check", "-h", "nosuch.invalid", "-t", "60")

    assert (result.returncode, read_output(result.stdout).status) == (3, "UNKNOWN")


@pytest.mark.parametrize("is_fleet", [False, True])
def test_an_interrupt_is_unknown(is_fleet: bool, tmp_path: Path) -> None:
    requests: list[bytes] = []

    def take(request: bytes) -> list[bytes]:
        requests.append(request)
        return []

    with ReplyServer(take) as server:
        (tmp_path / "hosts").write_text(server.address)
        where = ("--hosts", str(tmp_path / "hosts")) if is_fleet else ("-h", server.address)
        with started([*PYCHRONY, "check", *where, "-t", "60"]) as process:
            wait_for(lambda: bool(requests))
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE)

    assert (process.returncode, errors) == (3, "")
    assert output == "CHRONY UNKNOWN - interrupted\n"


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",), ("--nosuch",)])
def test_a_full_disk_is_unknown(options: tuple[str, ...]) -> None:
    with SimulatedChronyd() as server, Path("/dev/full").open("w") as full:
        command = [*PYCHRONY, "check", "-h", server.address, *options]
        pipe = subprocess.PIPE
        result = subprocess.run(command, stdout=full, stderr=pipe, text=True, timeout=PATIENCE)

    assert result.returncode == 3
    assert result.stderr == "pychrony: cannot write: No space left on device\n"


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",), ("--nosuch",), ("--help",)])
def test_a_closed_pipe_is_unknown(options: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with SimulatedChronyd() as server:
        command = [*PYCHRONY, "check", "-h", server.address, *options]
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(writer)

    assert (result.returncode, result.stderr) == (3, b"")


class _Faulty(StringIO):
    """A stream that fails once, in a way that nobody expects."""

    has_failed = False

    def write(self, text: str) -> int:
        if not self.has_failed:
            self.has_failed = True
            raise RuntimeError("nobody expects this")
        return super().write(text)


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ((), lambda text: read_output(text).text),
        (("--json",), lambda text: json.loads(text)["findings"][0]["message"]),
    ],
)
def test_what_nobody_expects_is_unknown_with_a_traceback_beside_it(
    options: tuple[str, ...], read: Callable[[str], str]
) -> None:
    with (
        SimulatedChronyd() as server,
        redirect_stdout(_Faulty()) as stdout,
        redirect_stderr(StringIO()) as stderr,
    ):
        status = main(["check", "-h", server.address, *options])

    assert status == 3
    assert read(stdout.getvalue()) == "pychrony failed: RuntimeError: nobody expects this"
    assert "Traceback" in stderr.getvalue()


def test_what_nobody_expects_of_explain_is_unknown_too() -> None:
    with (
        SimulatedChronyd() as server,
        redirect_stdout(_Faulty()),
        redirect_stderr(StringIO()) as stderr,
    ):
        status = main(["explain", "-h", server.address])

    assert status == 3
    assert "RuntimeError: nobody expects this" in stderr.getvalue()
