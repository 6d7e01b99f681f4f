"""Reports for people, by their layouts: aligned, colored on request, or in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .layouts import BLOCKS, TABLES, Column, Line
from .terminal import colored, printable


def text_lines(layout: str, records: Sequence[Any], color: bool) -> Iterator[str]:
    """Yield the lines of a report."""
    if layout in TABLES:
        yield from _table(TABLES[layout], records, color)
        return
    for number, record in enumerate(records):
        if number > 0:
            yield ""
        yield from _block(BLOCKS[layout], record, color)


def brief_line(layout: str, records: Iterable[Any]) -> str:
    """Return a report in one line."""
    if layout in TABLES:
        rows = (" ".join(_named_cells(TABLES[layout], record)) for record in records)
        return "; ".join(" ".join(row.split()) for row in rows)
    wanted = [line for line in BLOCKS[layout] if line.brief]
    return "; ".join(", ".join(_pairs(wanted, record)) for record in records)


def _pairs(lines: Iterable[Line], record: Any) -> Iterator[str]:
    for line in lines:
        text = line.read(record)
        if text is not None:
            yield printable(f"{line.label}: {text}" if line.label else text)


def _cells(columns: Iterable[Column], record: Any) -> list[str]:
    return [printable(str(column.read(record))) for column in columns]


def _named_cells(columns: Sequence[Column], record: Any) -> Iterator[str]:
    """Yield the cells of a row by themselves, where no heading is above them."""
    for column, cell in zip(columns, _cells(columns, record), strict=True):
        label = column.heading if column.label is None else column.label
        yield f"{label}={cell.strip()}" if label else cell


def _table(columns: Sequence[Column], records: Sequence[Any], color: bool) -> Iterator[str]:
    headings = [column.heading for column in columns]
    rows = [_cells(columns, record) for record in records]
    widths = [max(map(len, texts)) for texts in zip(headings, *rows, strict=True)]
    heading = _row(columns, headings, widths, [""] * len(columns))
    yield colored(heading, "heading" if color else "")
    yield "=" * (sum(widths) + len(widths) - 1)
    for record, cells in zip(records, rows, strict=True):
        colors = [column.color(record) if color else "" for column in columns]
        yield _row(columns, cells, widths, colors)


def _row(
    columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], colors: Sequence[str]
) -> str:
    aligned = [
        colored(f"{cell:{column.align}{width}}", color)
        for column, cell, width, color in zip(columns, cells, widths, colors, strict=True)
    ]
    return " ".join(aligned).rstrip()


def _block(lines: Sequence[Line], record: Any, color: bool) -> Iterator[str]:
    width = max(len(line.label) for line in lines)
    for line in lines:
        text = line.read(record)
        if text is None:
            continue
        text = colored(printable(text), line.color(record) if color else "")
        yield f"{line.label:<{width}} : {text}" if line.label else text
