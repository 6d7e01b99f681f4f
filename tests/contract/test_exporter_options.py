"""The options of the exporter, where prometheus_client need not be there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pychrony._cli.options import make_parser, read_options
from tests.support.command_line import run

DOCS = Path(__file__).parents[2] / "docs"


def starts() -> list[list[str]]:
    """Return the arguments that the services of the documentation start the exporter with."""
    services = sorted(DOCS.glob("systemd/pychrony-exporter*.service"))
    lines = [line for service in services for line in service.read_text().splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("ExecStart=")]


def test_the_services_start_an_exporter() -> None:
    assert len(starts()) == 2
    for arguments in starts():
        assert read_options(arguments, make_parser(arguments)).command == "exporter"


@pytest.mark.parametrize("flag", ["--listen", "--web.listen-address"])
def test_places_to_listen_on_add_up(flag: str) -> None:
    arguments = ["exporter", "--listen", "127.0.0.1:9123", flag, "[::1]:9123"]
    options = read_options(arguments, make_parser(arguments))

    assert options.listen == ["127.0.0.1:9123", "[::1]:9123"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--reports", "tracking,x"), "there is no report 'x'"),
        (("--probe-port", "0"), "0"),
        (("--every", "0"), "0"),
        (("--json",), "--json"),
        (("--once", "--listen", ":9123"), "--listen is for a server"),
        (("--textfile", "x.prom", "--tls-key", "key"), "--tls-key is for a server"),
        (("--every", "5"), "--every goes with --textfile"),
        (("--textfile", ""), "--textfile needs the name of a file"),
        (("--listen", ":9123", "--web.listen-address", ":9123"), "--listen :9123 is given twice"),
        (("--tls-key", "key"), "need --tls-cert"),
        (("-t", "0"), "0"),
        (("-h", "a b"), "a b"),
    ],
)
def test_an_option_that_makes_no_sense_is_wrong_usage(
    arguments: tuple[str, ...], reason: str
) -> None:
    done = run("exporter", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_other_commands_import_nothing_of_the_exporter() -> None:
    done = run("tracking", "-h", "/nope", PYTHONPROFILEIMPORTTIME="1")

    assert "pychrony._cli.main" in done.stderr
    for name in ("prometheus_client", "uvicorn", "pychrony.metrics"):
        assert name not in done.stderr
