"""The code blocks of README.md and of the site's pages run, on a simulated chronyd.

Where a page shows more than a synchronized clock, a comment above the block makes the chronyd:
`<!-- SimulatedChronyd(...) -->`, of what `pychrony` and `pychrony.testing` have.
"""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest

from pychrony._cli.arguments import WrongUsage
from pychrony._cli.options import find_command, make_parser, read_options, split_commands
from pychrony.testing import SimulatedChronyd
from tests.support.page_runs import (
    FLAGS,
    NumbersMayDiffer,
    Runner,
    lines_of,
    run_python,
    run_session,
    runner_for,
    shape_of,
)
from tests.support.pages import Block, blocks_of, pages

BLOCKS = [block for page in pages() for block in blocks_of(page)]
KINDS = {"python", "pycon", "console", "sh", "text", "json", "ini"}

# The first words of commands that do not run here, and why.
NOT_RUN = {
    "it installs something from a package index": ("pip", "pipx"),
    "it makes or enters an environment for what is installed": ("python3", "."),  # -m venv
    "it publishes something": ("git",),
    "it changes the system": ("systemctl",),
    "it asks the exporter, which tests/tools/test_exporter.py does": ("curl",),
    "it asks Prometheus, which tests/tools/test_prometheus.py does": ("promtool",),
    "it asks a real chronyd, of which the page shows one run": ("chronyc",),
    "it is no program of ours, and works on what ours prints": ("grep", "head", "jq", "cat"),
    "it takes minutes, and is run on its own": (
        "scripts/demo",
        "scripts/test",
        "scripts/test-installed",
    ),
    "it runs a file that a block above is, which is run as a block": ("python", "pytest"),
    "it shows the status of the command above, whose chronyd is another one here": ("echo",),
}
WHY_NOT_RUN = {program: why for why, programs in NOT_RUN.items() for program in programs}

STATUSES = {"check": {0, 1, 2, 3}, "explain": {0, 1, 2, 3}, "waitsync": {0, 1}, "now": {0, 1}}
"""Those that docs/reference/command-line.md has. A report is given by each chronyd here."""

NOT_COMPARED = {
    "explain": "its sentences are about the sources of the page's clock",
    "waitsync": "the clock of the page was not synchronized at first",
}
"""Commands whose output is not compared, and why. Nor is that of a pipe, or an error: the chronyd
of a block answers, and what the other program prints is its own."""

LOG = re.compile(r"(DEBUG:pychrony:.*\n)+")
"""A log is not compared: it tells of what is asked later, of losses, of a computer's sockets."""


def of(*languages: str) -> pytest.MarkDecorator:
    chosen = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", chosen, ids=str)


def check_python(block: Block, folder: Path) -> None:
    done = run_python(block, folder)

    assert done.returncode == 0, done.stdout + done.stderr
    if block.output is not None and not LOG.fullmatch(block.output):
        alike = NumbersMayDiffer().check_output(block.output, done.stdout, FLAGS)
        assert alike, f"{block.output}\nis\n{done.stdout}{done.stderr}"


def check_session(block: Block, folder: Path) -> None:
    done = run_session(block, folder)

    assert done.returncode == 0, done.stdout + done.stderr


def check_shell(block: Block, folder: Path) -> None:
    lines = lines_of(block)

    assert any(commands for commands, _ in lines), "does each line begin with a $ and a space?"
    folder.joinpath("servers.txt").write_text("192.0.2.7\n192.0.2.8\n")
    with runner_for(block, folder) as runner:
        for commands, shown in lines:
            for program, *arguments in commands:
                if Path(program).name == "pychrony":
                    check_command(runner, arguments, shown if len(commands) == 1 else "")
                else:
                    assert {program, Path(program).name} & WHY_NOT_RUN.keys(), program


def check_command(runner: Runner, arguments: list[str], shown: str) -> None:
    """Read the options of a command, and run it where it ends by itself.

    What it prints has the shape of what the page shows.
    """
    words = list(split_commands(arguments))
    try:
        options = read_options(words, make_parser(words))
    except SystemExit:  # it has shown a help or the version
        assert find_command(words) is None or "--help" in words
        return
    except WrongUsage as wrong:
        pytest.fail(f"pychrony {' '.join(arguments)}: {wrong}")
    if options.command == "exporter" or getattr(options, "watch", None) is not None:
        return
    if options.command == "waitsync":
        arguments = [*arguments, "--timeout", "1"]
    elif not {"-t", "--timeout"} & set(arguments):
        arguments = [*arguments, "--timeout", "30"]  # other work slows a computer down
    done = runner.run("-m", "pychrony", *arguments)
    assert done.returncode in STATUSES.get(options.command, {0}), done.stdout + done.stderr
    assert "(see pychrony" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    is_error = shown.startswith("pychrony: ")
    if shown and not is_error and options.command not in NOT_COMPARED:
        check_shape(shown, done.stdout)


def check_shape(shown: str, printed: str) -> None:
    want, got = ("\n".join(shape_of(output)) + "\n" for output in (shown, printed))
    assert NumbersMayDiffer().check_output(want, got, FLAGS), f"{want}\nis\n{got}"


def check_file(block: Block) -> None:
    if block.language == "json":
        json.loads(block.text)
    else:
        configparser.ConfigParser(strict=False, interpolation=None).read_string(block.text)


@of("python")
def test_a_program_runs_and_prints_what_stands_below_it(block: Block, tmp_path: Path) -> None:
    check_python(block, tmp_path)


@of("pycon")
def test_a_session_goes_as_it_stands_there(block: Block, tmp_path: Path) -> None:
    check_session(block, tmp_path)


@of("console", "sh")
def test_the_commands_of_a_shell_run_or_it_is_said_why_not(block: Block, tmp_path: Path) -> None:
    check_shell(block, tmp_path)


def of_no_known_kind(blocks: list[Block]) -> list[str]:
    return [f"{block}: {block.language}" for block in blocks if block.language not in KINDS]


def test_each_block_is_of_a_kind_that_is_tested() -> None:
    assert of_no_known_kind(BLOCKS) == []


def test_each_file_that_is_shown_is_one_of_its_kind() -> None:
    for block in BLOCKS:
        if block.language in ("json", "ini"):
            check_file(block)


def block_of(folder: Path, text: str) -> Block:
    page = folder / "page.md"
    page.write_text(text)
    return blocks_of(page)[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```python\n1 / 0\n```", id="error"),
        pytest.param("```python\nimport nothing_of_this_name\n```", id="import"),
        pytest.param("```python\ndef test_it() -> None:\n    assert False\n```", id="test"),
        pytest.param('```python\nprint("this")\n```\n\n```text\nthat\n```', id="another output"),
        pytest.param("```python\npass\n```\n\n```text\nsomething\n```", id="no output"),
    ],
)
def test_a_program_that_does_not_do_what_is_shown_is_seen(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check_python(block_of(tmp_path, text), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```pycon\n>>> 'this'\n'that'\n```", id="another output"),
        pytest.param("```python\n>>> nothing\n```", id="error"),
    ],
)
def test_a_session_that_goes_differently_is_seen(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check_session(block_of(tmp_path, text), tmp_path)


def test_a_chronyd_that_a_session_starts_has_a_port_of_its_own(tmp_path: Path) -> None:
    with SimulatedChronyd() as other:
        start = f'>>> server = SimulatedChronyd(address="{other.address}")\n>>> server.start()'
        text = f"```pycon\n>>> from pychrony.testing import SimulatedChronyd\n{start}\n```"

        check_session(block_of(tmp_path, text), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```console\n$ pychrony traking\n```", id="command"),
        pytest.param("```console\n$ pychrony tracking --no-such-option\n```", id="option"),
        pytest.param("```console\n$ pychrony exporter --no-such-option &\n```", id="background"),
        pytest.param("```console\n$ pychrony ntpdata 192.0.2.99\n```", id="status"),
        pytest.param("```console\npychrony tracking\n```", id="no prompt"),
        pytest.param("```console\n$ pychrony tracking\nStratum : 3\n```", id="label"),
        pytest.param("```console\n$ pychrony sources\nMS Name\n====\n```", id="column"),
        pytest.param("```console\n$ pychrony check\nCHRONY OK - x | age=1s\n```", id="measure"),
        pytest.param("```console\n$ pychrony now\n2026-11-26 ± 5 µs\n```", id="time"),
        pytest.param("```sh\npychrony tracking && frobnicate\n```", id="program"),
        pytest.param("```sh\npychrony tracking | frobnicate\n```", id="program of a pipe"),
    ],
)
def test_a_command_that_is_wrong_or_unknown_is_seen(text: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check_shell(block_of(tmp_path, text), tmp_path)


@pytest.mark.parametrize("kind", ["bash", "pyhton", "{code-block} python"])
def test_a_block_of_another_kind_is_seen(kind: str, tmp_path: Path) -> None:
    assert of_no_known_kind([block_of(tmp_path, f"```{kind}\npass\n```")]) == [f"page.md:1: {kind}"]


@pytest.mark.parametrize(
    "text", ["```json\n{1}\n```", "```ini\nno section = 1\n```"], ids=["json", "ini"]
)
def test_a_file_that_is_not_of_its_kind_is_seen(text: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, configparser.Error)):
        check_file(block_of(tmp_path, text))


def test_what_is_not_run_or_not_compared_occurs_in_a_page() -> None:
    shells = [block for block in BLOCKS if block.language in ("console", "sh")]
    commands = [command for block in shells for line, _ in lines_of(block) for command in line]
    programs = {name for program, *_ in commands for name in (program, Path(program).name)}
    words = {word for program, *words in commands if program == "pychrony" for word in words}

    assert WHY_NOT_RUN.keys() - programs == set()
    assert NOT_COMPARED.keys() - words == set()


def test_no_program_asks_a_chronyd_elsewhere(tmp_path: Path) -> None:
    program = (
        "from pychrony import get_tracking\n"
        'for host in ("192.0.2.1", "ntp1.example.net", "[2001:db8::1]:4321", "127.0.0.1", None):\n'
        "    print(get_tracking(host).stratum)"
    )
    text = f"```python\n{program}\n```\n```text\n3\n3\n3\n3\n3\n```\n"

    check_python(block_of(tmp_path, text), tmp_path)
