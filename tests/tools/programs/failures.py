"""Tell the errors apart, by their classes."""

from __future__ import annotations

import errno
import sys

from pychrony import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    ChronyTimeoutError,
    Verdict,
    check,
    get_auth_data,
    get_ntp_data,
    get_rtc_data,
    get_smoothing,
)


def explain(error: ChronyError) -> str:
    where: str = error.address or "nowhere"
    code: int | None = error.error_code
    others: tuple[ChronyError, ...] = error.failures
    match error:
        case ChronyTimeoutError():
            return f"{where} is silent"
        case ChronyConnectionError(errno=errno.ENOENT):
            return f"there is no {where}"
        case ChronyPermissionError():
            return f"{where} refuses: {error.strerror}"
        case ChronyDataError() | ChronyLibraryError():
            return f"{error} ({code})"
        case _:
            return f"{error}, and {len(others)} more"


def read_what_is_allowed() -> list[str]:
    found: list[str] = []
    try:
        found += [f"{data.address}: {data.mode.name} {data.nak}" for data in get_auth_data()]
        found += [f"{data.address}: {data.peer_delay}" for data in get_ntp_data()]
    except ChronyPermissionError:
        pass
    except ChronyTimeoutError as error:
        found.append(explain(error))
    except OSError as error:
        found.append(str(error.errno))
    return found


def judge() -> int:
    try:
        result = check(max_error=None, max_offset=0.1, min_sources=1, timeout=5.0)
    except (TimeoutError, ChronyDataError) as error:
        print(error)
        return Verdict.UNKNOWN.value
    age = "never" if result.age is None else f"{result.age:.1f} s ago"
    print(result.verdict.name, result.message, result.reference, age, result.usable_sources)
    return 0 if result.verdict is Verdict.OK else 1


def main() -> int:
    print(*read_what_is_allowed(), sep="\n")
    try:
        rtc = get_rtc_data()
        smoothing = get_smoothing()
    except ChronyError as error:
        sys.exit(explain(error))
    if rtc is not None and rtc.is_calibrated():
        print(rtc.offset, rtc.ref_datetime)
    print(smoothing.remaining_time if smoothing else "not smoothed")
    return judge()


if __name__ == "__main__":
    sys.exit(main())
