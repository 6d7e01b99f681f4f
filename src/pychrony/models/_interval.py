"""An interval that the true time lies in."""

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ._help import DocumentedEnum

if TYPE_CHECKING:
    from datetime import datetime


class ClockStatus(Enum, metaclass=DocumentedEnum):
    """How a bound on the clock's error is known."""

    SYNCHRONIZED = "synchronized"
    """chronyd follows a source, and said so not long ago."""
    FREE_RUNNING = "free_running"
    """chronyd followed a source. Now it does not answer, follows none, has not measured for long,
    or contradicts itself, and the bound grows."""
    UNKNOWN = "unknown"
    """Nothing is known yet, or any more. Asking for the time asks chronyd, and raises
    `ClockUnknownError` where that does not help."""


def _refuse_order() -> NoReturn:
    raise TypeError("intervals that overlap have no order: use is_before() and is_after()")


class ClockInterval(NamedTuple):
    """Two times that the true time lies between, when the clock was read.

    Intervals have no `<` and `>`: where two overlap, nobody knows which was first.
    """

    earliest_ns: int
    """The true time is not before this, in nanoseconds since 1970 (UTC)."""
    latest_ns: int
    """The true time is not after this, in nanoseconds since 1970 (UTC)."""
    status: ClockStatus
    """How that is known."""

    @property
    def error_ns(self) -> int:
        """Return how far the true time may be from the middle, in nanoseconds, rounded up."""
        return (self.latest_ns - self.earliest_ns + 1) // 2

    @property
    def midpoint_ns(self) -> int:
        """Return the middle, what the clock showed, in nanoseconds since 1970 (UTC)."""
        return (self.earliest_ns + self.latest_ns) // 2

    @property
    def earliest(self) -> "datetime":
        """Return `earliest_ns` as an aware datetime in UTC, rounded down to a microsecond."""
        return _utc(self.earliest_ns // 1000)

    @property
    def latest(self) -> "datetime":
        """Return `latest_ns` as an aware datetime in UTC, rounded up to a microsecond."""
        return _utc(-(-self.latest_ns // 1000))

    def is_before(self, other: "ClockInterval") -> bool:
        """Return whether this was certainly before the other one."""
        return self.latest_ns < other.earliest_ns

    def is_after(self, other: "ClockInterval") -> bool:
        """Return whether this was certainly after the other one."""
        return self.earliest_ns > other.latest_ns

    def overlaps(self, other: "ClockInterval") -> bool:
        """Return whether nobody knows which of both was first."""
        return not (self.is_before(other) or self.is_after(other))

    def __lt__(self, _other: object) -> NoReturn:
        _refuse_order()

    def __le__(self, _other: object) -> NoReturn:
        _refuse_order()

    def __gt__(self, _other: object) -> NoReturn:
        _refuse_order()

    def __ge__(self, _other: object) -> NoReturn:
        _refuse_order()


def _utc(microseconds: int) -> "datetime":
    from datetime import datetime, timedelta, timezone  # not everybody needs it

    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
