"""What all records have in common, and how a field says what it is."""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar

from ._enums import to_names
from ._help import show_inherited

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypeVar

    from typing_extensions import dataclass_transform

    ClassT = TypeVar("ClassT", bound=type)

LOCAL_REFERENCE_ID = 0x7F7F0101
"""127.127.1.1: chronyd's own clock, made a reference by the `local` directive."""

NEVER = 0xFFFFFFFF
"""What chronyd reports for the time since something that never happened."""
NEVER_BEFORE_2_3 = 315360000
"""The same of chronyd before 2.3, ten years."""


def reported(
    libchrony: str | tuple[str, ...],
    unit: str = "",
    *,
    never: tuple[int, ...] = (),
    bits: int | None = None,
    default: Any = MISSING,
) -> Any:
    """Declare a field that libchrony reports.

    Args:
        libchrony: Its name there. Of several, the first that has a value in the record counts.
        unit: "s", "ppm" and so on; nothing for a plain number or a text.
        never: Values that stand for None.
        bits: Those of the value that are meant, where others mean other things.
        default: What the field has in a record that is made without it; else it must be given.

    """
    metadata: dict[str, Any] = {"libchrony": libchrony, "unit": unit}
    if never:
        metadata["never"] = never
    if bits is not None:
        metadata["bits"] = bits
    return field(default=default, metadata=metadata)


class _Frozen:
    def __setattr__(self, name: str, value: object) -> None:
        _check_own(self, name, "assign to")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _check_own(self, name, "delete")
        object.__delattr__(self, name)


def _check_own(instance: Any, name: str, action: str) -> None:
    """Refuse what is no attribute that a subclass has of its own."""
    if name in instance.__dataclass_fields__ or not hasattr(instance, "__dict__"):
        raise FrozenInstanceError(f"cannot {action} field {name!r}")


def freeze(class_: Any) -> None:
    """Let a frozen dataclass with slots refuse each name alike.

    dataclasses themselves refuse only fields so. Another name is a TypeError about `super`, in a
    subclass too.
    """
    class_.__setattr__, class_.__delattr__ = _Frozen.__setattr__, _Frozen.__delattr__


if TYPE_CHECKING:
    # Type checkers must know that a field is to be given, though something is assigned to it.
    @dataclass_transform(frozen_default=True, field_specifiers=(reported, field))
    def record(_class: ClassT) -> ClassT:
        """Make a class a record: a frozen dataclass whose fields say what they are."""
        return _class

else:

    def record(class_):
        made = dataclass(frozen=True, slots=True, eq=False, repr=False)(class_)
        freeze(made)
        # dataclass would pickle values without names, and put any other state into the fields.
        made.__getstate__, made.__setstate__ = _state, _restore
        return show_inherited(made)


def _state(self: "Record") -> dict[str, Any]:
    """Return what is pickled or copied: the fields, and what a subclass has of its own."""
    values = {field.name: getattr(self, field.name) for field in fields(self)}
    return {**values, **getattr(self, "__dict__", {})}


def _restore(self: "Record", state: Any) -> None:
    """Set the attributes of a record that is unpickled or copied."""
    names = {field.name for field in fields(self)}
    given = state.keys() if isinstance(state, dict) else set()
    if given != names and not (given > names and hasattr(self, "__dict__")):
        kind = type(self).__qualname__
        raise TypeError(
            f"this {kind} was pickled by another version of pychrony and cannot be read: "
            "make it anew, or store JSON instead, by to_dict()"
        )
    for name, value in state.items():
        object.__setattr__(self, name, value)


@lru_cache(maxsize=256)
def reference_id_text(reference_id: int) -> str:
    """Return the name of a reference that has no address: "GPS", "LOCAL", "" for none."""
    if reference_id == LOCAL_REFERENCE_ID:
        return "LOCAL"
    text = reference_id.to_bytes(4, "big").rstrip(b"\0")
    if all(0x20 < byte < 0x7F for byte in text):
        return text.decode("ascii")
    return f"{reference_id:08X}"


def utc_datetime(nanoseconds: int) -> "datetime | None":
    """Return a time since 1970 as an aware datetime, to the microsecond.

    None for never, which is 0, and where it is out of a datetime's range: after the year 9999.
    """
    from datetime import datetime, timedelta, timezone  # not everybody needs it

    if nanoseconds == 0:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    try:
        return epoch + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None


def _iso_text(time: "datetime | None") -> str | None:
    return None if time is None else time.isoformat(timespec="microseconds")


def _decimal_text(number: int | None) -> str | None:
    return None if number is None else str(number)


# What to_dict() adds to the fields, in this order: the key, what it is made of, and how.
_COMPUTED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("error_bound", "error_bound", float),
    ("poll_seconds", "poll_seconds", float),
    ("reference_id_hex", "reference_id", "{:08X}".format),
    ("ref_time_ns_text", "ref_time_ns", _decimal_text),
    ("ref_datetime", "ref_datetime", _iso_text),
)


class Record:
    """A report, or one record of it: equal to another if all its fields are.

    This is what dataclasses would write into each class. Once for all it halves the time that
    importing them takes.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        names = (field.name for field in fields(self))
        pairs = (f"{name}={value!r}" for name, value in zip(names, self._values(), strict=True))
        return f"{type(self).__qualname__}({', '.join(pairs)})"

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain Python, for JSON and for data frames.

        First come the fields, in order and in their own units. An enumerator is its name, and flags
        are a list of names; what has no name is an "UNKNOWN_7". A record within is a dictionary,
        and a tuple a list. Then comes what follows from them, where the record has it:

        - `error_bound` in seconds;
        - `poll_seconds`;
        - `reference_id_hex`: eight upper-case digits;
        - `ref_time_ns_text`: `ref_time_ns` in decimal digits, as most readers of JSON round large
          numbers; None where that is None;
        - `ref_datetime`: ISO 8601, in UTC, to the microsecond; None for never;
        - each method `is_...()` without arguments, by its name, in alphabetical order.
        """
        values: dict[str, Any] = {}
        for name, read in _readers(type(self)):
            value = read(self)
            values[name] = _to_plain(value)
        return values


def _to_plain(value: Any) -> Any:
    """Return a field's value as plain Python."""
    if isinstance(value, Enum):
        return to_names(value)
    if isinstance(value, Record):
        return value.to_dict()
    return [_to_plain(each) for each in value] if isinstance(value, tuple) else value


@cache
def _readers(record_class: type[Record]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Return what to_dict() has of such a record: each key, and what reads its value."""
    found: dict[str, Callable[[Any], Any]]
    found = {field.name: attrgetter(field.name) for field in fields(record_class)}
    names = dir(record_class)
    for key, attribute, convert in _COMPUTED:
        if key not in found and attribute in names:
            found[key] = _converted(attribute, convert)
    for name in names:
        method = getattr(record_class, name) if name.startswith("is_") else None
        if isinstance(method, FunctionType) and method.__code__.co_argcount == 1:
            found[name] = method
    return tuple(found.items())


def _converted(attribute: str, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda record: convert(getattr(record, attribute))


class AboutSource(Record):
    """What the records about a source have in common."""

    __slots__ = ()
    address: str

    def is_resolved(self) -> bool:
        """Return whether the source's address is known; until then it is an "ID#0000000001"."""
        return not (self.address.startswith("ID#") and len(self.address) == len("ID#0000000001"))

    def is_reference_clock(self) -> bool:
        """Return whether this is a reference clock of this computer, and no NTP source."""
        return False


class AboutPolledSource(AboutSource):
    """The same of a source that is polled."""

    __slots__ = ()
    poll: int

    @property
    def poll_seconds(self) -> float:
        """Return the polling interval in seconds, 2 ** poll (RFC 5905, section 7.3)."""
        return 2.0 ** min(self.poll, 1023)  # as far as a float goes: chronyd's own end at 24


class AboutSourceWithID(AboutSource):
    """The same, where a reference clock shows in its reference ID."""

    __slots__ = ()
    reference_id: int

    def is_reference_clock(self) -> bool:
        """Return whether this is a reference clock of this computer, and no NTP source."""
        return self.address == reference_id_text(self.reference_id)
