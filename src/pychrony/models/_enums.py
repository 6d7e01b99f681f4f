"""The enumerations and flags of the reports, and how a value that nobody knows yet is kept."""

from __future__ import annotations

from enum import Enum, IntEnum, IntFlag
from typing import Any

from ._help import DocumentedEnum

# How many values without a name an enumeration keeps: a server chooses them, and may lie.
MAX_UNKNOWN = 64


class _Kept(dict[Any, Any]):
    """An enumeration's members by their values, with room for so many more, and no more.

    To it alone enum adds the values that it meets, by the two methods here. They are as safe among
    threads as a dictionary's, but for a place more for each thread.
    """

    def __init__(self, members: dict[Any, Any]) -> None:
        super().__init__(members)
        self._most = len(members) + MAX_UNKNOWN

    def setdefault(self, value: Any, member: Any = None) -> Any:
        if len(self) < self._most:
            return super().setdefault(value, member)
        return self.get(value, member)

    def __setitem__(self, value: Any, member: Any) -> None:
        self.setdefault(value, member)


class _OpenMeta(DocumentedEnum):
    # Of an enumeration that values without a name are added to, but not for ever.

    __doc__ = vars(DocumentedEnum)["__doc__"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._value2member_map_ = _Kept(self._value2member_map_)


class _Open(Enum, metaclass=_OpenMeta):
    """An enumeration that a newer chronyd may add to.

    A value without a name becomes a member-like value, `UNKNOWN_7`. The first MAX_UNKNOWN of them
    are the same object each time.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        base: Any = int if issubclass(cls, int) else str
        if not isinstance(value, base):
            return None
        unknown = base.__new__(cls, value)
        unknown._name_ = f"UNKNOWN_{value}"
        unknown._value_ = value
        # setdefault is atomic: two threads that meet the value at once get one object.
        return cls._value2member_map_.setdefault(value, unknown)

    def __reduce_ex__(self, proto: object) -> tuple[type, tuple[object]]:
        # By value, which all have. CPython 3.11.2, which is in Debian 12, pickles by name.
        return type(self), (self._value_,)

    def is_known(self) -> bool:
        """Whether the value is one of the enumeration's own, not one that a newer chronyd added."""
        return self.name in type(self).__members__


class _OpenInt(_Open, IntEnum):
    """An enumeration of chronyd's numbers."""


class _OpenCharacter(str, _Open):
    """An enumeration of chronyd's characters; as text each is that character."""

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


class _OpenFlags(IntFlag, metaclass=_OpenMeta):
    """Flags that a newer chronyd may add to. Bits without a name are kept.

    Combinations that have no name of their own, too, are the same object each time up to
    MAX_UNKNOWN.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        # The same object each time, which CPython 3.11.2 does not see to.
        return cls._value2member_map_.setdefault(value, super()._missing_(value))

    __reduce_ex__ = _Open.__reduce_ex__


class LeapStatus(_OpenInt):
    """What happens at the end of the current UTC day (RFC 5905, section 7.3, leap indicator)."""

    NORMAL = 0
    """No leap second is announced."""
    INSERT = 1
    """A second is inserted, so that the last minute of the day has 61 seconds."""
    DELETE = 2
    """A second is deleted, so that the last minute of the day has 59 seconds."""
    UNSYNC = 3
    """The clock is not synchronized."""


class SourceState(_OpenInt):
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


class SourceMode(_OpenInt):
    """What kind of source it is (the chronyc manual, "sources", column M)."""

    CLIENT = 0
    """A server that chronyd is a client of; `^` in chronyc."""
    PEER = 1
    """A symmetric peer; `=` in chronyc."""
    REFCLOCK = 2
    """A reference clock of this computer; `#` in chronyc."""


class SelectState(_OpenCharacter):
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


class AuthMode(_OpenInt):
    """How an NTP source is authenticated (the chronyc manual, "authdata", Mode)."""

    NONE = 0
    """Not at all."""
    SYMMETRIC_KEY = 1
    """By a symmetric key."""
    NTS = 2
    """By Network Time Security (RFC 8915)."""


class KeyType(_OpenInt):
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


class NTPMode(_OpenInt):
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


class Timestamping(_OpenCharacter):
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

    UNIX_SOCKET = "Unix socket"
    """chronyd's Unix domain socket, with all reports, for root and chronyd's own user alone."""
    COMMAND_PORT = "command port"
    """chronyd's UDP command port, 323 unless configured otherwise, for any local user."""


class Verdict(IntEnum, metaclass=DocumentedEnum):
    """A judgment of the clock, by the exit status that monitoring systems know."""

    OK = 0
    """The clock is good, and there is no sign that it will not stay so."""
    WARNING = 1
    """The clock is good, but what keeps it so is not."""
    CRITICAL = 2
    """The clock is not good enough, or nobody knows."""
    UNKNOWN = 3
    """chronyd gave nothing to judge by. `check` raises an error then, and never returns this."""
