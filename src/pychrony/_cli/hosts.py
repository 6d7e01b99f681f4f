"""Many hosts at once: `check --hosts FILE` and `tracking --hosts FILE`, a line for each host."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar

from .._client.addresses import Address, parse, with_port
from .._client.answer import Answer
from .._client.answers import Answers
from .._client.fleet import Fleet
from .._judgment.failures import judge_failure
from .._judgment.limits import make_limits
from .._judgment.severity import WORST_FIRST, worst
from ..exceptions import ChronyError
from ..models import CheckResult, TrackingStatus, Verdict
from .arguments import WrongUsage
from .as_csv import csv_lines
from .as_text import brief_line
from .showing import NO_ANSWER, TIMEOUT
from .terminal import cut, is_terminal, printable, say_error, window_size
from .verdicts import (
    Judgment,
    document,
    failed,
    judgment_of,
    more_lines,
    plain,
    short_text,
    to_json,
)

ProgressT = TypeVar("ProgressT", bound="Progress")


class Progress:
    """Prints lines, and on a terminal below them how many hosts are done so far."""

    def __init__(self, answers: Answers[Any]) -> None:
        self._answers = answers
        self._is_shown = is_terminal(sys.stderr)

    def __enter__(self: ProgressT) -> ProgressT:
        self._show()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._clear()

    def print(self, lines: Iterable[str]) -> None:
        """Print the lines of one host."""
        self._clear()  # also where stdout is no terminal: an error may be among them
        for line in lines:
            print(line, flush=True)
        self._show()

    def _show(self) -> None:
        if self._is_shown:
            text = f"{self._answers.done} of {_hosts(self._answers.total)} done"
            width, _ = window_size(sys.stderr)
            print(f"\r\x1b[K{cut(text, width - 1)}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def check_hosts(options: argparse.Namespace) -> int:
    """Print the judgment of each host as it answers, and a summary; return the worst as a status.

    Where the summary is asked for, it comes first, and the hosts when all are done.

    Raises:
        WrongUsage: The file of hosts cannot be read, or a line of it is malformed.

    """
    fleet = _make_fleet(options)
    counts: Counter[Verdict] = Counter()
    kept: list[tuple[Verdict, list[str]]] = []
    answers = fleet.check(names=options.names, **options.limits)
    with answers, Progress(answers) as progress:
        for answer in answers:
            judgment = _judge(options, answer)
            counts[judgment.verdict] += 1
            lines = list(_check_lines(options, answer.address, judgment))
            if options.summary:
                kept.append((judgment.verdict, lines))
            else:
                progress.print(lines)
    verdict = worst(counts)
    if options.format != "json":
        print(_summary(verdict, counts))
    for each, lines in sorted(kept, key=lambda pair: WORST_FIRST.index(pair[0])):
        if each is not Verdict.OK or options.verbose:
            print("\n".join(lines))
    return verdict.value


def _judge(options: argparse.Namespace, answer: Answer[CheckResult]) -> Judgment:
    try:
        return judgment_of(answer.get())
    except ChronyError as error:
        finding = replace(judge_failure(error), message=_reason(answer))
        return failed(finding, error, make_limits(**options.limits))


def _check_lines(options: argparse.Namespace, host: Address, judgment: Judgment) -> Iterator[str]:
    if options.format == "json":
        yield to_json({"host": host} | document(judgment))
        return
    yield plain(f"{host} {judgment.verdict.name} - {short_text(judgment)}")
    if options.verbose:
        yield from (f"  {line}" for line in more_lines(judgment))


def _summary(verdict: Verdict, counts: Counter[Verdict]) -> str:
    """Return the line of all hosts, as monitoring systems read it."""
    numbers = ", ".join(f"{counts[each]} {each.name}" for each in WORST_FIRST if counts[each])
    measures = " ".join(f"{each.name.lower()}={counts[each]};;;0" for each in WORST_FIRST)
    return f"CHRONY {verdict.name} - {_hosts(counts.total())}: {numbers} | {measures}"


def show_hosts(options: argparse.Namespace) -> int:
    """Print the report of each host as it answers, and a summary; return 0 if all answered.

    Raises:
        WrongUsage: The file of hosts cannot be read, or a line of it is malformed.

    """
    failed = 0
    answers = _make_fleet(options).get_tracking()
    with answers, Progress(answers) as progress:
        for answer in answers:
            failed += answer.value is None
            progress.print(_report_lines(options, answer))
    if options.format is None:
        print(f"{_hosts(answers.total)}: {answers.total - failed} answered, {failed} did not")
    return NO_ANSWER if failed else 0


def _report_lines(options: argparse.Namespace, answer: Answer[TrackingStatus]) -> Iterator[str]:
    if options.format == "json":
        yield _document(answer)
    elif answer.value is None and options.format == "csv":  # it has no columns for this
        say_error(f"{answer.address}: {_reason(answer)}")
    elif answer.value is None:
        yield printable(f"{answer.address}: {_reason(answer)}")
    elif options.format == "csv":
        for line in csv_lines(options.layout, [answer.value]):
            yield f"{_csv_text(str(answer.address))},{line}"
    else:
        yield printable(f"{answer.address}: {brief_line(options.layout, [answer.value])}")


def _document(answer: Answer[Any]) -> str:
    """Return what a host answered as JSON, in one line."""
    host = {"host": answer.address}
    if answer.value is not None:
        return json.dumps(host | answer.value.to_dict())
    error = {"error": type(answer.error).__name__, "message": _reason(answer)}
    return json.dumps(host | error)


def _reason(answer: Answer[Any]) -> str:
    """Return why a host has no value. Its address stands before that already."""
    prefix = "" if answer.error is None else f"{answer.error.address}: "
    return str(answer.error).removeprefix(prefix)


def _csv_text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search('[",]', text) else text


def _hosts(number: int) -> str:
    return f"{number} host{'' if number == 1 else 's'}"


def _make_fleet(options: argparse.Namespace) -> Fleet:
    hosts: list[Address] = [*_read_hosts(options.hosts)]
    if options.port is not None:
        hosts = [with_port(host, options.port) for host in hosts]
    return Fleet(hosts, timeout=options.timeout or TIMEOUT)


def _read_hosts(name: str) -> list[str]:
    """Return the addresses in a file: one a line, without blank lines and comments."""
    try:
        with open(0 if name == "-" else name, encoding="utf-8-sig", closefd=name != "-") as file:
            lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in file]
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise WrongUsage(f"{_shown(name)}: {reason}") from None
    for number, host in enumerate(lines, 1):
        try:
            parse(host or None)
        except ValueError as error:
            raise WrongUsage(f"{_shown(name)}, line {number}: {error}") from None
    hosts = [host for host in lines if host]
    if not hosts:
        raise WrongUsage(f"{_shown(name)}: there is no host in it")
    return hosts


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name or "''"
