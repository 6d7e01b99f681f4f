"""One report, shown once."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from .._client.addresses import parse
from .._client.search import OneCall
from .._client.timeouts import deadline_after
from .as_csv import csv_lines
from .as_text import text_lines
from .reports import REPORTS, read_report
from .terminal import has_color

TIMEOUT = 3.0  # seconds, where the user gives none


def show_report(options: argparse.Namespace) -> int:
    """Print the report that is asked for; return the exit status."""
    deadline = deadline_after(options.timeout or TIMEOUT)
    with OneCall(parse(options.host), deadline) as connection:
        records = read_report(connection, options)
    for line in report_lines(options, records, indent=2):
        print(line)
    return 0


def report_lines(
    options: argparse.Namespace, records: Sequence[Any], indent: int | None = None
) -> Iterable[str]:
    """Return the lines of a report in the form that is asked for."""
    if options.format == "json":
        objects = [record.to_dict() for record in records]
        document = objects if REPORTS[options.command].is_list() else objects[0]
        return [json.dumps(document, indent=indent)]
    if options.format == "csv":
        return csv_lines(options.layout, records)
    return text_lines(options.layout, records, has_color(sys.stdout))
