"""The manual and the shells' completions, made from the parser of the command line.

python -m tests.support.manual

writes them anew, in docs. The wheel has them as data.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import shtab

from pychrony._cli.options import make_parser
from pychrony._cli.reports import REPORTS
from tests.support.manual_formats import (
    Block,
    Heading,
    Item,
    Literal,
    Paragraph,
    plain,
    to_markdown,
    to_roff,
)
from tests.support.manual_texts import AFTER, DESCRIPTION, OWN_WORDS

DOCS = Path(__file__).parents[2] / "docs"
TAKES_FILES = ("FILE", "ADDRESS")  # an address may be the path of a socket
OFFERED = 60  # characters of a help stand beside what is offered


class Command:
    """A command of the parser, and its arguments."""

    def __init__(self, name: str, summary: str, parser: argparse.ArgumentParser) -> None:
        self.name = name
        self.summary = summary
        self.parser = parser
        self.arguments = _shown_arguments(parser)

    def takes(self, option: argparse.Action) -> bool:
        """Return whether it takes an option of that name, if only silently."""
        return any({*option.option_strings} & {*own.option_strings} for own in self.parser._actions)

    def tells_of(self, argument: argparse.Action) -> bool:
        """Return whether it has that argument of all commands, if in words of its own.

        A letter may mean something else: -c is CSV, and a limit of check.
        """
        long = {name for name in argument.option_strings if name.startswith("--")}
        return self.has(argument) or any(long & {*own.option_strings} for own in self.arguments)

    def has(self, argument: argparse.Action) -> bool:
        """Return whether one of its arguments is the same and says the same."""
        return any(_sayings(own) == _sayings(argument) for own in self.arguments)


def _shown_arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.help != argparse.SUPPRESS]


def _sayings(argument: argparse.Action) -> tuple[object, ...]:
    return (*argument.option_strings, argument.nargs, argument.metavar, _help(argument))


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {**vars(action), "prog": "pychrony"}
    return _sentence(text)


def _sentence(text: str) -> str:
    """Return a help as a sentence. A program's name is not capitalized."""
    first = text[:1] if text.startswith("chrony") else text[:1].upper()
    return f"{first}{text[1:].removesuffix('.')}."


def find_commands(parser: argparse.ArgumentParser) -> list[Command]:
    """Return the commands in the parser's order."""
    [commands] = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    helps = {choice.dest: choice.help or "" for choice in commands._choices_actions}
    return [Command(name, helps[name], commands.choices[name]) for name in helps]


def make_blocks(parser: argparse.ArgumentParser) -> list[Block]:
    """Return the manual."""
    summary, *paragraphs = (parser.description or "").split("\n\n")
    summary = " ".join(summary.split()).removesuffix(".")
    commands = find_commands(parser)
    shared = _shared_arguments(parser, commands)
    return [
        Heading("NAME"),
        Paragraph(f"pychrony - {summary[0].lower()}{summary[1:]}"),
        Heading("SYNOPSIS"),
        Paragraph("`pychrony` [*OPTION* ...] *COMMAND* [*OPTION* ...]"),
        Paragraph("`pychrony` [*COMMAND*] `--help`"),
        Paragraph("`pychrony --version`"),
        Heading("DESCRIPTION"),
        *DESCRIPTION,
        *(Paragraph(plain(" ".join(text.split()))) for text in paragraphs),
        Heading("COMMANDS"),
        *(_command_item(command, shared) for command in commands),
        Heading("OPTIONS"),
        OWN_WORDS,
        *(_shared_item(argument, parser, commands) for argument in shared),
        *AFTER,
    ]


def _shared_arguments(
    parser: argparse.ArgumentParser, commands: list[Command]
) -> list[argparse.Action]:
    """Return the arguments that are said once: options of all, and what several commands have."""
    found = [argument for argument in _shown_arguments(parser) if argument.option_strings]
    known = {_sayings(option) for option in found}
    for argument in (argument for command in commands for argument in command.arguments):
        several = sum(command.has(argument) for command in commands) > 1
        if several and _sayings(argument) not in known:
            found.append(argument)
            known.add(_sayings(argument))
    return found


def _command_item(command: Command, shared: list[argparse.Action]) -> Item:
    said = {_sayings(argument) for argument in shared}
    own = [argument for argument in command.arguments if _sayings(argument) not in said]
    positionals = [_value(each) for each in command.arguments if not each.option_strings]
    return Item(
        " ".join([f"`{command.name}`", *positionals]),
        plain(_sentence(command.summary)),
        (*map(_item, own), *_epilog(command.parser.epilog or "")),
    )


def _epilog(text: str) -> Iterator[Block]:
    """Yield what stands below a command's options: indented lines are as they shall stand."""
    for is_literal, lines in _runs(text.splitlines()):
        joined = "\n".join(lines)
        if is_literal:
            yield Literal(re.sub("^  ", "", joined, flags=re.MULTILINE))
        elif joined.strip():
            sentence = " ".join(joined.split())
            yield Paragraph(plain(sentence[0].upper() + sentence[1:]))


def _runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield lines that follow each other and are all indented or all not."""
    run: list[str] = []
    for line in lines:
        if run and line.startswith(" ") != run[0].startswith(" "):
            yield run[0].startswith(" "), run
            run = []
        run.append(line)
    if run:
        yield run[0].startswith(" "), run


def _shared_item(
    argument: argparse.Action, parser: argparse.ArgumentParser, commands: list[Command]
) -> Item:
    """Return an argument with a word on who has it and where it stands."""
    item = _item(argument)
    of_all = argument in parser._actions
    telling = [
        command
        for command in commands
        if (command.tells_of(argument) if of_all else command.has(argument))
    ]
    silent = [command for command in commands if command not in telling]
    remarks = []
    if isinstance(argument, argparse._VersionAction):
        names = [f"`{command.name}`" for command in telling]
        remarks.append(f"Without a command{', or of ' if names else ''}{_listing(names or [''])}.")
    elif not any(command.takes(argument) for command in commands) and not telling:
        remarks.append("Without a command.")
    elif telling and silent:
        lack_it = not any(command.tells_of(argument) for command in silent)
        is_shorter = lack_it and len(silent) < len(telling)
        fewer, word = (silent, "Not of") if is_shorter else (telling, "Of")
        remarks.append(f"{word} {_listing([f'`{command.name}`' for command in fewer])}.")
    before = {name for own in parser._actions for name in own.option_strings}
    if argument.option_strings and before.isdisjoint(argument.option_strings):
        remarks.append("It stands after the command.")
    return Item(item.term, " ".join([item.text, *remarks]))


def _listing(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _item(action: argparse.Action) -> Item:
    value = _value(action)
    names = [" ".join(filter(None, [f"`{name}`", value])) for name in action.option_strings]
    placeholders = tuple(re.findall(r"\*([^*]+)\*", value))
    return Item(", ".join(names) or value, plain(_help(action), placeholders))


def _value(action: argparse.Action) -> str:
    """Return what stands for an argument's values, as in a synopsis."""
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, tuple):
        return " ".join(f"*{name}*" for name in action.metavar)
    name = f"*{action.metavar or action.dest.upper()}*"
    if action.choices is not None and action.metavar is None:
        name = f"{{{','.join(f'`{choice}`' for choice in action.choices)}}}"
    if isinstance(action.nargs, int):
        return " ".join([name] * action.nargs)
    return {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} ..."}.get(str(action.nargs), name)


def make_completion(shell: str) -> str:
    """Return what completes the command line in a shell."""
    parser = make_parser()
    for each in (parser, *(command.parser for command in find_commands(parser))):
        for action in each._actions:
            if action.help and action.help != argparse.SUPPRESS:
                action.help = textwrap.shorten(action.help, OFFERED, placeholder=" ...")
            if action.option_strings and action.metavar in TAKES_FILES:
                vars(action)["complete"] = shtab.FILE
            elif action.metavar == "REPORT":
                action.choices = list(REPORTS)
    script = shtab.complete(parser, shell).rstrip("\n") + "\n"
    # For zsh shtab takes any number of arguments for one at most.
    return script.replace('"(*)::', '"*:') if shell == "zsh" else script


def make_files() -> dict[str, str]:
    """Return the content of each file in docs that is made of the parser."""
    blocks = make_blocks(make_parser())
    return {
        "pychrony.1": to_roff(blocks),
        "reference/command-line.md": to_markdown("The command line", blocks),
        "completion/pychrony.bash": make_completion("bash"),
        "completion/pychrony.zsh": make_completion("zsh"),
        "completion/pychrony.fish": make_completion("fish"),
    }


if __name__ == "__main__":
    for name, content in make_files().items():
        DOCS.joinpath(name).write_text(content)
