"""The manual and the shells' completions are what the parser says now."""

from __future__ import annotations

import argparse

import pytest

from tests.support.manual import DOCS, make_blocks, make_files
from tests.support.manual_formats import to_markdown

HOW = "make it anew: PYTHONPATH=build/bundled .venv/bin/python -m tests.support.manual"


@pytest.mark.parametrize("name", make_files())
def test_what_is_made_of_the_parser_is_up_to_date(name: str) -> None:
    assert DOCS.joinpath(name).read_text() == make_files()[name], HOW


def page_of(*settings: tuple[str, str, str]) -> str:
    """Return the page of a parser whose commands, if any, have these options with these helps."""
    parser = argparse.ArgumentParser(prog="pychrony", description="Does things.", add_help=False)
    commands = parser.add_subparsers()
    names = filter(None, dict.fromkeys(("ab", "cd", *(command for command, _, _ in settings))))
    parsers = {name: commands.add_parser(name, add_help=False, help=name) for name in names}
    for command, flags, text in settings:
        parsers.get(command, parser).add_argument(*flags.split(), metavar="X", help=text)
    return to_markdown("Page", make_blocks(parser))


def test_an_option_of_several_commands_is_told_once() -> None:
    page = page_of(("ab", "--one", "the *same*"), ("cd", "--one", "the *same*"))

    assert page.count("--one") == 1
    assert r"- `--one` *X*: The \*same\*. It stands after the command." in page


def test_an_option_of_all_names_the_commands_without_it() -> None:
    page = page_of(
        ("", "-c --csv", "as CSV"), ("ab", "-c --csv", "as CSV"), ("cd", "-c", "a limit")
    )

    assert "- `-c` *X*, `--csv` *X*: As CSV. Of `ab`." in page
    assert "- `cd`: Cd.\n  - `-c` *X*: A limit.\n" in page


def test_an_option_is_not_told_of_a_command_in_which_it_means_something_else() -> None:
    page = page_of(("ab", "--one", "the same"), ("cd", "--one", "the same"), ("ef", "--one", "new"))

    assert "- `--one` *X*: The same. Of `ab` and `cd`. It stands after the command." in page
    assert "- `ef`: Ef.\n  - `--one` *X*: New.\n" in page


def test_an_option_that_may_stand_before_the_command_is_not_said_to_stand_after_it() -> None:
    page = page_of(("", "--one", "all"), ("ab", "--one", "the same"), ("cd", "--one", "the same"))

    assert "- `--one` *X*: The same.\n" in page


def test_a_hidden_option_is_not_told_of() -> None:
    page = page_of(("", "-m", argparse.SUPPRESS), ("ab", "-n", argparse.SUPPRESS))

    assert "`-m`" not in page
    assert "`-n`" not in page
