"""The enumerations of the reports, and how a value that nobody knows yet is kept."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any


class _OpenIntEnum(IntEnum):
    """An enumeration that a newer chronyd may add to.

    A number without a name becomes a member-like value, `UNKNOWN_7`, the same object each time.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = f"UNKNOWN_{value}"
        unknown._value_ = value
        # setdefault is atomic: two threads that meet the number at once get one object.
        return cls._value2member_map_.setdefault(value, unknown)

    @property
    def is_known(self) -> bool:
        """Whether the value is one of the enumeration's own, not one that a newer chronyd added."""
        return self.name in type(self).__members__


class LeapStatus(_OpenIntEnum):
    """What happens at the end of the current UTC day (RFC 5905, section 7.3, leap indicator)."""

    NORMAL = 0
    """No leap second is announced."""
    INSERT = 1
    """A second is inserted: the last minute of the day has 61 seconds."""
    DELETE = 2
    """A second is deleted: the last minute of the day has 59 seconds."""
    UNSYNC = 3
    """The clock is not synchronised."""


class Transport(Enum):
    """How a connection reaches chronyd."""

    UNIX_SOCKET = "Unix socket"
    """chronyd's Unix domain socket: all reports, for root and chronyd's own user alone."""
    COMMAND_PORT = "command port"
    """chronyd's UDP command port, 323 unless configured otherwise: for any local user."""
