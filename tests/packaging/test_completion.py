"""The completions that the wheel brings, in the shells that they are for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from tests.packaging.builds import Built, read_data
from tests.support.terminal import Terminal

Complete = Callable[[str], set[str]]

# Calls the function that bash would, with the words of the line.
BASH = """
source "$0"
registered=($(complete -p pychrony))
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"${registered[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

FISH = """
test -n "$argv[1]"; and set fish_function_path $argv[1]
source $argv[2]
complete -C $argv[3]
"""

# Presses the key at the end of a line, and writes all that is offered into a file.
ZSH = """
autoload -Uz compinit
compinit -D -u
compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
    local -a offered
    builtin compadd -A offered "$@"
    print -rl -- $offered >>$OFFERED
  fi
  builtin compadd "$@"
}
finish() { : >>$OFFERED; exit }
comppostfuncs=(finish)
zle-line-init() { BUFFER=$LINE CURSOR=$#LINE; zle complete-word }
zle -N zle-line-init
"""


def names(offered: str) -> set[str]:
    """Return what is offered, less what a shell tells of it, and without folders."""
    words = (line.partition("\t")[0] for line in offered.splitlines())
    return {PurePath(word).name for word in words if word}


@pytest.fixture(params=["bash", "fish", "zsh"])
def complete(
    request: pytest.FixtureRequest,
    built: Built,
    shells: Path | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Complete:
    """Return a function that tells what a shell offers at the end of a line."""
    monkeypatch.chdir(tmp_path)
    return {"bash": in_bash, "fish": in_fish, "zsh": in_zsh}[request.param](built, shells, tmp_path)


def in_bash(built: Built, _shells: Path | None, folder: Path) -> Complete:
    file = folder / "pychrony"
    file.write_bytes(read_data(built, "share/bash-completion/completions/pychrony"))

    def complete(line: str) -> set[str]:
        command = ["bash", "--norc", "--noprofile", "-c", BASH, file, *line.split(" ")]
        return names(subprocess.check_output(command, text=True))

    return complete


def in_fish(built: Built, shells: Path | None, folder: Path) -> Complete:
    file = folder / "pychrony.fish"
    file.write_bytes(read_data(built, "share/fish/vendor_completions.d/pychrony.fish"))
    functions = shells / "usr/share/fish/functions" if shells else ""

    def complete(line: str) -> set[str]:
        command = ["fish", "--no-config", "-c", FISH, functions, file, line]
        return names(subprocess.check_output(command, text=True))

    return complete


def in_zsh(built: Built, shells: Path | None, folder: Path) -> Complete:
    functions, offered = folder / "functions", folder / "offered"
    functions.mkdir()
    file = functions / "_pychrony"
    file.write_bytes(read_data(built, "share/zsh/site-functions/_pychrony"))
    paths = f"fpath=({functions} $fpath)\n"
    if shells:
        paths = f"module_path=({shells}/usr/lib/*/zsh/*(/))\n"
        paths += f"fpath=({functions} {shells}/usr/share/zsh/functions/**/*(/))\n"
    (folder / ".zshenv").write_text(f"setopt no_global_rcs\n{paths}")
    (folder / ".zshrc").write_text(ZSH)

    def complete(line: str) -> set[str]:
        variables = {"ZDOTDIR": str(folder), "OFFERED": str(offered), "LINE": line}
        with Terminal("zsh", "-i", environment=variables) as terminal:
            terminal.wait_for_end()
        return names(offered.read_text())

    return complete


def test_commands_are_offered(complete: Complete) -> None:
    assert {"tracking", "sources", "check", "waitsync"} <= complete("pychrony ")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("pychrony track", {"tracking"}),
        ("pychrony -t 3 waits", {"waitsync"}),
        ("pychrony -N -h ::1 waits", {"waitsync"}),
        ("pychrony check --min-", {"--min-sources"}),
        ("pychrony check -t 3 --min-", {"--min-sources"}),
        ("pychrony waitsync --min-", set()),
    ],
)
def test_what_a_line_may_go_on_with_is_offered(
    complete: Complete, line: str, offered: set[str]
) -> None:
    assert complete(line) == offered


def test_the_options_of_the_command_are_offered(complete: Complete) -> None:
    offered = complete("pychrony clients -")

    assert {"-k", "--json"} <= offered
    assert "--max-error" not in offered


@pytest.mark.parametrize("option", ["--hosts", "-h", "--host"])
def test_files_are_offered_where_one_is_meant(
    complete: Complete, option: str, tmp_path: Path
) -> None:
    (tmp_path / "the_servers").touch()

    assert complete(f"pychrony check {option} ./the_s") == {"the_servers"}
