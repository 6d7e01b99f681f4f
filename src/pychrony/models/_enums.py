"""The enumerations and flags of the reports, and how a value that nobody knows yet is kept.

As text each is its name, each enumerator is true, and none equals a number or a character: that is
its `value`. Flags are true where any is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any, TypeVar

from ._help import DocumentedEnum

_FlagsT = TypeVar("_FlagsT", bound="_OpenFlags")

# How many values without a name an enumeration keeps: a server chooses them, and may lie.
MAX_UNKNOWN = 32


class _ByValue(Enum, metaclass=DocumentedEnum):
    """An enumeration whose members are equal, hashed and pickled by their values.

    Not all are the same object each time: of those without a name only the first are kept.
    """

    if not TYPE_CHECKING:  # where type checkers see it a member may equal a number

        def __eq__(self, other: object) -> bool:
            if type(other) is not type(self):
                return NotImplemented
            return self._value_ == other._value_

    __hash__ = Enum.__hash__  # of the name, which follows from the value

    def __reduce_ex__(self, proto: object) -> tuple[type, tuple[object]]:
        # By value, which all have. CPython 3.11.2, which is in Debian 12, pickles by name.
        return type(self), (self._value_,)

    @classmethod
    def _new(cls, value: object, name: str | None) -> Any:
        """Return the member of a value without one: the same object each time for the first few."""
        unknown: Any = object.__new__(cls)
        unknown._name_ = name
        unknown._value_ = value
        kept = cls._value2member_map_
        if len(kept) - len(cls.__members__) >= MAX_UNKNOWN:
            return kept.get(value, unknown)
        # setdefault is atomic: two threads that meet the value at once get one object. Of threads
        # that meet different values at once, each may add one beyond MAX_UNKNOWN.
        return kept.setdefault(value, unknown)


class _Open(_ByValue):
    """An enumeration that a newer chronyd may add to.

    A value without a name becomes a member-like value, `UNKNOWN_7`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, type(next(iter(cls)).value)):
            return None
        text = str(value)
        # A server chooses the character, and names are printed.
        return cls._new(value, f"UNKNOWN_{text if text.isprintable() else ascii(text)[1:-1]}")

    def is_known(self) -> bool:
        """Return whether the value is one of the enumeration's own, not one of a newer chronyd."""
        return self.name in type(self).__members__


class _OpenFlags(_ByValue, Flag):
    """Flags that a newer chronyd may add to. Bits without a name are kept, as `UNKNOWN_16`.

    Each Python has its own idea of such bits, hence the methods here.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int) or value < 0:
            return None
        return cls._new(int(value), "|".join(_names(cls, value)) or None)

    def __iter__(self: _FlagsT) -> Iterator[_FlagsT]:
        return (member for member in type(self) if member in self)

    def __invert__(self: _FlagsT) -> _FlagsT:
        """Return the flags with a name that are not set."""
        return type(self)(sum(member.value for member in type(self) if member not in self))

    def __str__(self) -> str:
        return f"{type(self).__name__}.{self.name}" if self else f"{type(self).__name__}(0)"

    def __repr__(self) -> str:
        return f"<{self}: {self.value}>" if self else f"<{type(self).__name__}: 0>"


def _names(flags: type[Flag], value: int) -> list[str]:
    named = [member for member in flags if member.value & value]
    rest = value & ~sum(member.value for member in named)
    return [member.name or "" for member in named] + ([f"UNKNOWN_{rest}"] if rest else [])


def to_names(member: Enum) -> str | list[str]:
    """Return a member's name; of flags those of all that are set."""
    return _names(type(member), member.value) if isinstance(member, Flag) else member.name


class LeapStatus(_Open):
    """What happens at the end of the current UTC day (RFC 5905, section 7.3, leap indicator)."""

    NORMAL = 0
    """No leap second is announced."""
    INSERT = 1
    """A second is inserted, so that the last minute of the day has 61 seconds."""
    DELETE = 2
    """A second is deleted, so that the last minute of the day has 59 seconds."""
    UNSYNC = 3
    """The clock is not synchronized."""


class SourceState(_Open):
    """What the selection of sources makes of a source (the chronyc manual, "sources", column S)."""

    SELECTED = 0
    """The clock follows it; `*` in chronyc."""
    NONSELECTABLE = 1
    """It cannot be selected, for want of measurements or by its options; `?` in chronyc."""
    FALSETICKER = 2
    """Its time disagrees with the majority's; `x` in chronyc."""
    JITTERY = 3
    """Its time varies too much; `~` in chronyc."""
    UNSELECTED = 4
    """It is combined with the selected one; `+` in chronyc. The name is libchrony's."""
    SELECTABLE = 5
    """It could be selected, but is not combined; `-` in chronyc."""


class SourceMode(_Open):
    """What kind of source it is (the chronyc manual, "sources", column M)."""

    CLIENT = 0
    """A server that chronyd is a client of; `^` in chronyc."""
    PEER = 1
    """A symmetric peer; `=` in chronyc."""
    REFCLOCK = 2
    """A reference clock of this computer; `#` in chronyc."""


class SelectState(_Open):
    """The verdict on a source (the chronyc manual, "selectdata", column S)."""

    IGNORED = "N"
    """It has the option noselect."""
    NOT_SYNCHRONIZED = "s"
    """The source itself is not synchronized."""
    MISSING_SAMPLES = "M"
    """It has not enough measurements."""
    UNACCEPTABLE_DISTANCE = "d"
    """Its root distance is above maxdistance."""
    JITTERY = "~"
    """Its jitter is above maxjitter."""
    WAITING_FOR_OTHERS = "w"
    """Other sources are waited for."""
    STALE = "S"
    """Its measurements are older than those of other sources."""
    ORPHAN = "O"
    """It is in orphan mode, and another source is preferred to that."""
    NOT_TRUSTED = "T"
    """It does not agree with the trusted sources."""
    FALSETICKER = "x"
    """It does not agree with the majority."""
    MISSING_SELECTABLE = "W"
    """More selectable sources are needed (minsources)."""
    NOT_PREFERRED = "P"
    """Another selectable source has the option prefer."""
    WAITING_FOR_UPDATE = "U"
    """It waits for a new measurement."""
    LARGE_DISTANCE = "D"
    """Its root distance is too large for it to be combined."""
    COMBINED = "+"
    """It is combined with the best one."""
    BEST = "*"
    """It is the best, and the clock follows it."""


class SelectOptions(_OpenFlags):
    """Options of a source's selection (the chrony.conf manual, "Source selection")."""

    NOSELECT = 0x1
    """It is never selected, only watched."""
    PREFER = 0x2
    """It is preferred to sources without this option."""
    TRUST = 0x4
    """Its time is taken for true."""
    REQUIRE = 0x8
    """One of the sources with this option must be selectable."""

    def __invert__(self) -> SelectOptions:
        return super().__invert__()  # without this method the class would get Flag's own


class AuthMode(_Open):
    """How an NTP source is authenticated (the chronyc manual, "authdata", Mode)."""

    NONE = 0
    """Not at all."""
    SYMMETRIC_KEY = 1
    """By a symmetric key."""
    NTS = 2
    """By Network Time Security (RFC 8915)."""


class KeyType(_Open):
    """A key's algorithm (the chronyc manual, "authdata", Type)."""

    NONE = 0
    """There is no key, or not yet."""
    MD5 = 1
    """MD5."""
    SHA1 = 2
    """SHA-1."""
    SHA256 = 3
    """SHA-256."""
    SHA384 = 4
    """SHA-384."""
    SHA512 = 5
    """SHA-512."""
    SHA3_224 = 6
    """SHA3-224."""
    SHA3_256 = 7
    """SHA3-256."""
    SHA3_384 = 8
    """SHA3-384."""
    SHA3_512 = 9
    """SHA3-512."""
    TIGER = 10
    """Tiger."""
    WHIRLPOOL = 11
    """Whirlpool."""
    AES128 = 13
    """AES-CMAC with 128 bits."""
    AES256 = 14
    """AES-CMAC with 256 bits."""
    AEAD_AES_SIV_CMAC_256 = 15
    """AEAD_AES_SIV_CMAC_256, of NTS."""
    AEAD_AES_128_GCM_SIV = 30
    """AEAD_AES_128_GCM_SIV, of NTS."""


class NTPMode(_Open):
    """The mode of an NTP message (RFC 5905, section 7.3)."""

    NONE = 0
    """There was no response yet."""
    ACTIVE_SYMMETRIC = 1
    """Symmetric, active."""
    PASSIVE_SYMMETRIC = 2
    """Symmetric, passive."""
    SERVER = 4
    """A server's."""


class NTPTests(_OpenFlags):
    """The tests that a response passed, as chronyd means them (the chronyc manual, "ntpdata").

    libchrony 0.2 swaps the names of B and C.
    """

    TEST1 = 0x200
    """It is no duplicate."""
    TEST2 = 0x100
    """It answers the last request."""
    TEST3 = 0x080
    """It has all timestamps."""
    TEST5 = 0x040
    """Its authentication is valid."""
    TEST6 = 0x020
    """The source is synchronized, and its stratum sane."""
    TEST7 = 0x010
    """Its root distance is sane."""
    TESTA = 0x008
    """Its delay is below maxdelay."""
    TESTB = 0x004
    """Its delay is within maxdelayratio of the smallest one."""
    TESTC = 0x002
    """Its delay is within maxdelaydevratio of the usual ones."""
    TESTD = 0x001
    """There is no synchronization loop."""

    def __invert__(self) -> NTPTests:
        return super().__invert__()  # without this method the class would get Flag's own


class Timestamping(_Open):
    """What took the time of a message (the chronyc manual, "ntpdata", TX and RX timestamping)."""

    NONE = "\0"
    """There was no message yet."""
    DAEMON = "D"
    """chronyd itself."""
    KERNEL = "K"
    """The kernel."""
    HARDWARE = "H"
    """The network card."""


class Transport(Enum, metaclass=DocumentedEnum):
    """How a connection reaches chronyd."""

    UNIX_SOCKET = "unix_socket"
    """chronyd's Unix domain socket, with all reports, for root and chronyd's own user alone."""
    COMMAND_PORT = "command_port"
    """chronyd's UDP command port, 323 unless configured otherwise, for any local user."""


class Verdict(Enum, metaclass=DocumentedEnum):
    """A judgment of the clock; its value is the exit status that monitoring systems know."""

    OK = 0
    """The clock is good, and there is no sign that it will not stay so."""
    WARNING = 1
    """The clock is good, but what keeps it so is not."""
    CRITICAL = 2
    """The clock is not good enough, or nobody knows."""
    UNKNOWN = 3
    """chronyd gave nothing to judge by. `check` raises an error then, and never returns this."""
