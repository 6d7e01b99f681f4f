"""Reports as JSON: the dataclasses' own names and units, enumerations by their members' names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from enum import Enum, IntFlag
from typing import Any

from .reports import REPORTS


def json_document(command: str, records: Sequence[Any], indent: int | None = None) -> str:
    """Return a report as one document: a list of the records, or one object."""
    objects = [_object(record) for record in records]
    document = objects if REPORTS[command].is_list else objects[0]
    return json.dumps(document, indent=indent)


def _object(record: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, IntFlag):
        named = [member for member in type(value) if member in value]
        rest = value & ~sum(named)
        return [member.name for member in named] + ([f"UNKNOWN_{int(rest)}"] if rest else [])
    return value.name if isinstance(value, Enum) else value
