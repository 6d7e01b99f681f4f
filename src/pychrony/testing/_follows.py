"""The fields of a record that follow from others, where they are not given."""

from __future__ import annotations

from typing import Any

from ._references import reference_id_of, reference_name_of

ADDRESS = "192.0.2.1"


class _Follows:
    def __repr__(self) -> str:
        return "FOLLOWS"


FOLLOWS: Any = _Follows()
"""The default of such a field. Type checkers take it for a value of the field's own type."""


def fill(fields: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields, with these values for those that were not given."""
    return {name: values[name] if value is FOLLOWS else value for name, value in fields.items()}


def with_time(fields: dict[str, Any], default_ns: int) -> dict[str, Any]:
    """Return the fields, with one time at least. Where one is left out it follows the other."""
    given = {name: value for name, value in fields.items() if value is not FOLLOWS}
    return given if "ref_time" in given else {"ref_time_ns": default_ns, **given}


def both_names(reference_id: Any, address: Any) -> tuple[Any, Any]:
    """Return `reference_id` and `address`. Where neither is given, they are those of `ADDRESS`."""
    if address is FOLLOWS:
        address = ADDRESS if reference_id is FOLLOWS else reference_name_of(reference_id)
    check_text("address", address)
    return reference_id_of(address) if reference_id is FOLLOWS else reference_id, address


def check_text(field: str, value: Any) -> None:
    """Refuse a value that is no text."""
    if not isinstance(value, str):
        raise TypeError(f"{field} must be a text, not {value!r}")
