"""Reports for people, by their layouts: aligned, coloured on request, or in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .layouts import BLOCKS, TABLES, Column, Line
from .terminal import coloured, printable


def text_lines(command: str, records: Sequence[Any], colour: bool) -> Iterator[str]:
    """Yield the lines of a report."""
    if command in TABLES:
        yield from _table(TABLES[command], records, colour)
        return
    for number, record in enumerate(records):
        if number > 0:
            yield ""
        yield from _block(BLOCKS[command], record, colour)


def brief_line(command: str, records: Iterable[Any]) -> str:
    """Return a report in one line."""
    if command in TABLES:
        rows = (" ".join(_cells(TABLES[command], record)) for record in records)
        return "; ".join(" ".join(row.split()) for row in rows)
    wanted = [line for line in BLOCKS[command] if line.brief]
    return "; ".join(", ".join(_pairs(wanted, record)) for record in records)


def _pairs(lines: Iterable[Line], record: Any) -> Iterator[str]:
    for line in lines:
        text = line.read(record)
        if text is not None:
            yield printable(f"{line.label}: {text}" if line.label else text)


def _cells(columns: Iterable[Column], record: Any) -> list[str]:
    return [printable(str(column.read(record))) for column in columns]


def _table(columns: Sequence[Column], records: Sequence[Any], colour: bool) -> Iterator[str]:
    headings = [column.heading for column in columns]
    rows = [_cells(columns, record) for record in records]
    widths = [max(map(len, texts)) for texts in zip(headings, *rows, strict=True)]
    heading = _row(columns, headings, widths, [""] * len(columns))
    yield coloured(heading, "heading" if colour else "")
    yield "=" * (sum(widths) + len(widths) - 1)
    for record, cells in zip(records, rows, strict=True):
        colours = [column.colour(record) if colour else "" for column in columns]
        yield _row(columns, cells, widths, colours)


def _row(
    columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], colours: Sequence[str]
) -> str:
    aligned = [
        coloured(f"{cell:{column.align}{width}}", colour)
        for column, cell, width, colour in zip(columns, cells, widths, colours, strict=True)
    ]
    return " ".join(aligned).rstrip()


def _block(lines: Sequence[Line], record: Any, colour: bool) -> Iterator[str]:
    width = max(len(line.label) for line in lines)
    for line in lines:
        text = line.read(record)
        if text is None:
            continue
        text = coloured(printable(text), line.colour(record) if colour else "")
        yield f"{line.label:<{width}} : {text}" if line.label else text
