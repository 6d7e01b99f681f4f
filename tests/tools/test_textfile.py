"""The exporter's files for node_exporter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files, wait_for
from tests.support.exporter import TIMEOUT, Series, exporter_command, series_of

MADE = ("pychrony_textfile_timestamp_seconds", ())


def read(path: Path) -> Series:
    return series_of(parse(path.read_text()))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = exporter_command(*arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)


def test_a_file_is_written_once(local_chronyd: Chronyd, tmp_path: Path) -> None:
    path = tmp_path / "chrony.prom"
    path.write_text("before")
    done = run("-h", local_chronyd.udp4, "--textfile", str(path))
    series = read(path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert series["chrony_up", ()] == 1
    assert abs(series[MADE] - time.time()) < TIMEOUT
    assert path.stat().st_mode & 0o777 == 0o644
    assert os.listdir(tmp_path) == ["chrony.prom"]


def test_a_name_that_node_exporter_does_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "chrony.txt"
    done = run("-h", "/nope", "--textfile", str(path))

    assert done.returncode == 0
    assert done.stderr == "pychrony: node_exporter reads only files whose names end in .prom\n"
    assert read(path)["chrony_up", ()] == 0


def test_a_file_tells_too_that_chronyd_is_down(tmp_path: Path) -> None:
    path = tmp_path / "chrony.prom"
    done = run("-h", "/nope", "--textfile", str(path))

    assert done.returncode == 0
    assert read(path)["chrony_up", ()] == 0


def test_a_file_is_written_again_until_a_signal_ends_it(
    start_chronyd: StartChronyd, tmp_path: Path
) -> None:
    daemon, path = start_chronyd(*LOCAL), tmp_path / "chrony.prom"
    arguments = ("-h", daemon.socket_path, "--textfile", str(path), "--every", "0.1")
    with subprocess.Popen(exporter_command(*arguments), stderr=subprocess.PIPE) as process:
        wait_for(path.exists, TIMEOUT)
        first = read(path)[MADE]
        wait_for(lambda: read(path)[MADE] > first, TIMEOUT)
        daemon.stop()
        wait_for(lambda: read(path)["chrony_up", ()] == 0, TIMEOUT)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=TIMEOUT)

    assert (process.returncode, said) == (-signal.SIGTERM, b"")
    assert os.listdir(tmp_path) == ["chrony.prom"]
    assert client_files(daemon) == []


def test_a_file_that_cannot_be_written_is_told(local_chronyd: Chronyd, tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "x.prom", tmp_path):
        done = run("-h", local_chronyd.udp4, "--textfile", str(path))

        assert done.returncode == 1
        assert f"pychrony: cannot write {path}: " in done.stderr
        assert os.listdir(tmp_path) == []


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        done = run("-h", "/nope", "--textfile", str(tmp_path / name))

        assert done.returncode == 1
        assert done.stderr.endswith("it is there, and is no regular file\n")
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe"]


# Sends itself a signal as soon as there is a file.
STOPPED = """
import os, signal, sys
from pychrony._cli.main import main

folder = os.path.dirname(sys.argv[-1])

def look(frame, event, called):
    if event == "c_return" and os.listdir(folder):
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGTERM)

sys.setprofile(look)
sys.exit(main())
"""


def test_a_signal_as_the_file_is_created_leaves_none(tmp_path: Path) -> None:
    arguments = ("exporter", "-h", "/nope", "--textfile", str(tmp_path / "chrony.prom"))
    command = [sys.executable, "-c", STOPPED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert done.returncode == -signal.SIGTERM, done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("arguments", [("--every", "1"), ("--once", "--textfile", "x")])
def test_what_does_not_go_together_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 2
