"""The enumerations, each with values that no chronyd has yet."""

from __future__ import annotations

from enum import Enum, Flag

from pychrony import (
    AuthMode,
    ClockStatus,
    FindingCode,
    KeyType,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
    Transport,
    Verdict,
)

NUMBERS: dict[type[Enum], list[int]] = {
    LeapStatus: [4, 7, 255, 65535],
    SourceState: [6, 255, 65535],
    SourceMode: [3, 255, 65535],
    AuthMode: [3, 255, 65535],
    KeyType: [12, 16, 29, 31, 65535],
    NTPMode: [3, 5, 6, 7, 255],
}
CHARACTERS: dict[type[Enum], str] = {SelectState: "rL?\0\x80\xff", Timestamping: "dkhX\x80\xff"}
FLAGS: dict[type[Flag], list[int]] = {
    SelectOptions: [16, 17, 0x8000, 0xFFFF],
    NTPTests: [0x400, 0x4001, 0xFFFF],
}
ENUMERATIONS: list[type[Enum]] = [
    *(*NUMBERS, *CHARACTERS, *FLAGS),
    *(ClockStatus, FindingCode, Transport, Verdict),
]
