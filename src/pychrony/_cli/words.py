"""What chronyc calls things, which its CSV and the reports for people have in common."""

from __future__ import annotations

from typing import Any

from ..models import (
    AuthMode,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SourceMode,
    SourceState,
    Timestamping,
)

INVALID = "Invalid"

# In the place of a report.
REFUSED = "501 Not authorised"
NO_SOURCE = "503 No such source"
NOT_ENABLED = "505 Facility not enabled in daemon"
NO_DAEMON = "506 Cannot talk to daemon"
NO_RTC = "513 RTC driver not running"

LEAP = {
    LeapStatus.NORMAL: "Normal",
    LeapStatus.INSERT: "Insert second",
    LeapStatus.DELETE: "Delete second",
    LeapStatus.UNSYNC: "Not synchronised",
}
SOURCE_MODES = {SourceMode.CLIENT: "^", SourceMode.PEER: "=", SourceMode.REFCLOCK: "#"}
SOURCE_STATES = {
    SourceState.SELECTED: "*",
    SourceState.NONSELECTABLE: "?",
    SourceState.FALSETICKER: "x",
    SourceState.JITTERY: "~",
    SourceState.UNSELECTED: "+",
    SourceState.SELECTABLE: "-",
}
AUTH_MODES = {AuthMode.NONE: "-", AuthMode.SYMMETRIC_KEY: "SK", AuthMode.NTS: "NTS"}
NTP_MODES = {
    NTPMode.ACTIVE_SYMMETRIC: "Symmetric active",
    NTPMode.PASSIVE_SYMMETRIC: "Symmetric passive",
    NTPMode.SERVER: "Server",
}
TIMESTAMPING = {
    Timestamping.DAEMON: "Daemon",
    Timestamping.KERNEL: "Kernel",
    Timestamping.HARDWARE: "Hardware",
}
_OPTIONS = {
    SelectOptions.NOSELECT: "N",
    SelectOptions.PREFER: "P",
    SelectOptions.TRUST: "T",
    SelectOptions.REQUIRE: "R",
}


def yes_no(value: bool) -> str:
    """Return "Yes" or "No"."""
    return "Yes" if value else "No"


def option_letters(options: SelectOptions) -> str:
    """Return a source's options as five letters, "-PT--"; the last has no meaning yet."""
    letters = [letter if option in options else "-" for option, letter in _OPTIONS.items()]
    return "".join(letters) + "-"


def test_groups(tests: NTPTests) -> tuple[str, str, str]:
    """Return which tests were passed, in chronyc's three groups: "111", "111", "1111"."""
    digits = f"{tests.value:010b}"
    return digits[:3], digits[3:6], digits[6:]


def power_of_two(exponent: int) -> float:
    """Return an interval in seconds, as far as chronyc goes."""
    return 2.0 ** min(exponent, 31)


def reference_name(reference_id: int) -> str:
    """Return those bytes of a reference ID that are characters: "GPS", or nothing for `local`."""
    return "".join(chr(byte) for byte in reference_id.to_bytes(4, "big") if 0x20 <= byte < 0x7F)


def reference_id_of(address: str | None) -> int:
    """Return the reference ID of an address: itself for IPv4, the start of a hash for IPv6."""
    import ipaddress

    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:  # not resolved, or none
        return 0
    if ip.version == 4:
        return int(ip)
    import hashlib

    return int.from_bytes(hashlib.md5(ip.packed, usedforsecurity=False).digest()[:4], "big")


def shown_name(record: Any) -> str:
    """Return what a source is called: the name if it was asked for, else the address.

    A name that is no plain ASCII is a "?".
    """
    if record.name is None:
        return record.address
    return record.name if record.name.isascii() and record.name.isprintable() else "?"
