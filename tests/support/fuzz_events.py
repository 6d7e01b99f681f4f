"""Events for the fuzz targets of the step machine and of fleets, and these targets.

What the bytes are is told in the first lines of tests/c/fuzz_steps.c and tests/c/fuzz_fleet.c.
"""

from __future__ import annotations

from tests.support.c_programs import BINDING, LIBRARY, NAMES, PROGRAMS, real_libchrony_flags
from tests.support.fuzzing import Target
from tests.support.many_sources import HEADER, templates

LIBRARIES = ("bundled", "system")

# scripted.c has what opens sockets.
BUNDLED = [file for file in sorted(LIBRARY.glob("*.c")) if "socket" not in file.name]
OPTIONS = (*NAMES, "-pthread", f"-I{BINDING}")

UDP, UNIX = 0, 1
RECORD, LIST, CLIENTS, NAMED_LIST = range(4)
ONLY_SENDS = 0x10
PASS_TIME, SENDING_FAILS, RECEIVING_FAILS, OPENING_FAILS = 0x20, 0x40, 0x60, 0x80
FLOOD, ANSWER, DATAGRAM = 0xA0, 0xC0, 0xE0
UNTIL_DUE, UNTIL_ALMOST_DUE, UNTIL_DEADLINE = 29, 30, 31
HELD, WITH_STATUS, WITH_HEADER = 0x10, 0x04, 0x02
EAGAIN, EINTR, REFUSED = 0, 1, 2
SHORT, SECOND, NEVER = 10, 20, 0xFF  # a millisecond, a second

# As the library numbers them, with the commands.
REPORTS = {
    "tracking": 33,
    "sources": 15,
    "sourcestats": 34,
    "selectdata": 69,
    "activity": 44,
    "authdata": 67,
    "ntpdata": 57,
    "serverstats": 54,
    "rtcdata": 35,
    "smoothing": 51,
}
LISTS = ("sources", "sourcestats", "selectdata", "authdata", "ntpdata")
BY_ADDRESS = ("authdata", "ntpdata")


def target_of(name: str, library: str) -> Target:
    """Return a fuzz target of the binding's, on one of the libraries."""
    names = (name, "fuzz", "scripted", "check_outcome")
    own = (*(PROGRAMS / f"{each}.c" for each in names), *sorted(BINDING.glob("*.c")))
    if library == "bundled":
        return Target((*own, *BUNDLED), (*OPTIONS, f"-I{LIBRARY}"))
    return Target(own, (*OPTIONS, "-DPYCHRONY_SYSTEM_LIBCHRONY", *real_libchrony_flags()))


# Events.


def begin(operation: int, report: str = "tracking", record: int = 0, until: int = SECOND) -> bytes:
    return bytes([operation, [*REPORTS].index(report), record, until])


def answer(payload: bytes = b"", *, skipping: int = 0, held: bool = False) -> bytes:
    """Return the answer to the next request that has none."""
    payload = payload[:255]
    return bytes([ANSWER | HELD * held | skipping, 0, len(payload)]) + payload


def refusal(status: int) -> bytes:
    return bytes([ANSWER | WITH_STATUS, status, 0, 0])


def datagram(data: bytes) -> bytes:
    """Return one with the header of an answer to the last request."""
    return bytes([DATAGRAM | WITH_HEADER, *divmod(len(data), 256)]) + data


def good(command: int) -> bytes:
    return answer(templates()[command][HEADER:])


def count(n: int) -> bytes:
    return answer(n.to_bytes(4, "big"))


def pass_time(until: int) -> bytes:
    return bytes([PASS_TIME | until])


def fault(kind: int, error: int, times: int = 1) -> bytes:
    return bytes([kind | error, times])
