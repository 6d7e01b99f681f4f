"""Reports, shown once."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from .._client.addresses import parse
from .._client.failures import is_by_chronyd
from .._client.search import OneCall
from .._client.timeouts import deadline_after
from ..exceptions import ChronyError
from .as_csv import csv_failure, csv_lines
from .as_text import text_lines
from .reports import REPORTS, NoAnswer, Reading, Wanted, read_report
from .terminal import has_color, is_terminal, say_error

TIMEOUT = 3.0  # seconds, where the user gives none

NO_ANSWER = 1  # an exit status


def show_reports(options: argparse.Namespace) -> int:
    """Print the reports that are asked for; return the exit status.

    Where chronyd does not give one of them, the others are printed all the same.
    """
    status = 0
    readings: dict[str, Reading | None] = dict.fromkeys(each.name for each in options.wanted)
    deadline = deadline_after(options.timeout or TIMEOUT)
    with OneCall(parse(options.host), deadline) as connection:
        for wanted in options.wanted:
            try:
                reading = read_report(connection, wanted, options)
            except (ChronyError, NoAnswer) as error:
                status = NO_ANSWER
                _show_failure(options, error)
                if isinstance(error, ChronyError) and not is_by_chronyd(error):
                    break  # nobody answers
                continue
            if options.format is None and any(readings.values()):
                print()
            readings[wanted.name] = reading
            if options.format != "json":
                _print(report_lines(options, wanted, reading))
    if options.format == "json" and any(readings.values()):
        print(json.dumps(_document_of(readings), indent=2))
    return status


def _show_failure(options: argparse.Namespace, error: ChronyError | NoAnswer) -> None:
    if options.format == "csv":
        _print(csv_failure(error))
    if sys.stdout is not None:  # what is read so far comes before it
        sys.stdout.flush()
    say_error(str(error))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _document_of(readings: dict[str, Reading | None]) -> Any:
    """Return one report as it is, several by their names; None is one that there is not."""
    documents = {
        name: None if reading is None else document(name, reading.records)
        for name, reading in readings.items()
    }
    return documents if len(documents) > 1 else next(iter(documents.values()))


def document(name: str, records: Iterable[Any]) -> list[Any] | dict[str, Any]:
    """Return a report in plain Python."""
    objects = [record.to_dict() for record in records]
    return objects if REPORTS[name].is_list() else objects[0]


def report_lines(options: argparse.Namespace, wanted: Wanted, reading: Reading) -> Iterator[str]:
    """Yield the lines of a report, as chronyc's CSV or for people."""
    if options.format == "csv":
        yield from csv_lines(wanted.layout, reading.records)
        return
    if options.verbose:
        from .legends import legend_lines  # few people need it

        yield from legend_lines(wanted.layout)
    yield from text_lines(wanted.layout, reading.records, has_color(sys.stdout))
    number = reading.n_unresolved
    if number > 0 and is_terminal(sys.stdout):
        yield f"{number} more whose {'name is' if number == 1 else 'names are'} not resolved (-a)"
