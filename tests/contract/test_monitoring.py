"""docs/monitoring calls `check` with options that it has, and reads what it prints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.command_line import run

DOCS = Path(__file__).parents[2] / "docs"
FILES = DOCS / "monitoring"
PROGRAM = "/opt/pychrony/bin/pychrony"

# A value for each option that Icinga's command has, good for any clock.
VALUES = {
    "-p": "323",
    "-t": "60",
    "--max-error": "0.5,1",
    "--max-offset": "0.5,1",
    "--max-skew": "100,1000",
    "--max-age": "600,6000",
    "--max-stratum": "10,15",
    "--min-sources": "1,0",
}


@pytest.fixture
def address() -> Iterator[str]:
    with SimulatedChronyd() as server:
        yield server.address


def command_lines(name: str, pattern: str) -> list[list[str]]:
    """Return the arguments of pychrony in the lines of a file that match."""
    lines = re.findall(pattern, (FILES / name).read_text(), re.MULTILINE)
    words = [shlex.split(line) for line in lines]
    assert words
    assert {line[0] for line in words} == {PROGRAM}
    return [line[1:] for line in words]


def icinga_arguments() -> dict[str, str]:
    """Return each option of Icinga's command, and what Icinga is told about it."""
    text = (FILES / "icinga2.conf").read_text()
    return dict(re.findall(r'^    "(-[^"]+)" = \{\n(.*?)^    \}$', text, re.MULTILINE | re.DOTALL))


def test_icingas_command_has_options_that_check_has(address: str) -> None:
    arguments: list[str] = []
    for option, told in icinga_arguments().items():
        if "set_if" in told:
            arguments.append(option)
        elif "repeat_key = true" in told:
            arguments += [option, "192.0.2.1", option, "192.0.2.2"]
        else:
            arguments += [option, VALUES.get(option) or address]

    result = run("check", *arguments)

    assert result.stdout.startswith("CHRONY OK - ")
    assert result.returncode == 0


def test_icingas_service_sets_variables_that_its_command_reads() -> None:
    text = (FILES / "icinga2.conf").read_text()
    read = set(re.findall(r"\$(pychrony_\w+)\$", text))

    assert len(read) == len(icinga_arguments())
    assert set(re.findall(r"vars\.(pychrony_\w+) =", text)) <= read


def test_the_example_of_icinga_is_a_good_call(address: str) -> None:
    text = (FILES / "icinga2.conf").read_text()
    values = dict(re.findall(r"vars\.(pychrony_\w+) = \"?([^\"\n]+)", text))
    options = {
        name: option
        for option, told in icinga_arguments().items()
        for name in re.findall(r"\$(pychrony_\w+)\$", told)
    }
    arguments = [word for name, value in values.items() for word in (options[name], value)]

    assert run("check", *arguments, "-H", address).returncode == 0


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("nrpe.cfg", r"^command\[check_clock\]=(.*)$"),
        ("zabbix_agentd.conf", r"^UserParameter=pychrony\.check,(.*)$"),
    ],
)
def test_a_command_of_an_agent_is_a_good_call(name: str, pattern: str, address: str) -> None:
    [arguments] = command_lines(name, pattern)

    assert run(*arguments, "-H", address).returncode == 0


def test_nagios_calls_check_with_good_arguments(address: str) -> None:
    [command] = command_lines("nagios.cfg", rf"^ +command_line +({PROGRAM}.*)$")
    text = (FILES / "nagios.cfg").read_text()
    [given] = re.findall("^ +check_command +check_clock!(.*)$", text, re.MULTILINE)
    assert command == ["check", "$ARG1$"]

    assert run("check", *given.split(), "-H", address).returncode == 0


def test_nagios_asks_nrpe_for_a_command_that_it_has() -> None:
    asked = re.findall(r"check_nrpe .* -c (\w+)$", (FILES / "nagios.cfg").read_text(), re.MULTILINE)

    assert asked == ["check_clock"]
    assert f"command[{asked[0]}]=" in (FILES / "nrpe.cfg").read_text()


def test_sudo_allows_the_very_command_of_nrpe() -> None:
    page = (DOCS / "howto/nagios.md").read_text()
    [allowed] = re.findall(r"^nagios ALL=\(_chrony\) NOPASSWD: (.*)$", page, re.MULTILINE)
    [arguments] = command_lines("nrpe.cfg", r"^command\[check_clock\]=(.*)$")

    assert shlex.split(allowed) == [PROGRAM, *arguments]


def test_an_agent_runs_check_without_environment(address: str) -> None:
    result = run("check", "-H", address, LANG="C", LC_ALL="C", HOME="", PATH="/usr/bin:/bin")

    assert (result.returncode, result.stderr) == (0, "")


def zabbix_document(address: str) -> dict[str, Any]:
    [arguments] = command_lines("zabbix_agentd.conf", r"^UserParameter=pychrony\.check,(.*)$")
    result = run(*arguments, "-H", address)
    assert result.stderr == ""  # the agent would add it to the document
    return json.loads(result.stdout)


def test_zabbixs_items_are_in_the_document(address: str) -> None:
    template = (FILES / "zabbix_template.yaml").read_text()
    paths = re.findall(r"^ +- '\$\.(\w+)'$", template, re.MULTILINE)

    assert paths == re.findall(r"^ +key: pychrony\.(\w+)\n +delay", template, re.MULTILINE)
    document = zabbix_document(address)
    assert {path: type(document[path]) for path in paths} == {
        **dict.fromkeys(("verdict", "message"), str),
        **dict.fromkeys(("error_bound", "offset", "skew", "age"), float),
        **dict.fromkeys(("usable_sources", "stratum"), int),
    }


def test_without_chronyd_zabbix_gets_the_document_too() -> None:
    document = zabbix_document("127.0.0.1:9")

    assert document["verdict"] == "CRITICAL"
    assert "Connection refused" in document["message"]
    assert document["error_bound"] is None  # which the template discards
