"""Branch by the enumerations, also by values that no release knows yet."""

from __future__ import annotations

from pychrony import (
    AuthData,
    AuthMode,
    KeyType,
    LeapStatus,
    NTPData,
    NTPMode,
    NTPTests,
    SelectData,
    SelectOptions,
    Source,
    SourceMode,
    SourceState,
    Timestamping,
    TrackingStatus,
    get_auth_data,
    get_ntp_data,
    get_select_data,
    get_sources,
    get_tracking,
)


def describe_leap(status: LeapStatus) -> str:
    match status:
        case LeapStatus.NORMAL:
            return "none"
        case LeapStatus.INSERT | LeapStatus.DELETE:
            return "one"
        case LeapStatus.UNSYNC:
            return "not synchronized"
        case _:
            return f"unknown: {status.name}, {status.value}, {status.is_known()}"


SYMBOLS: dict[SourceState, str] = {
    SourceState.SELECTED: "*",
    SourceState.NONSELECTABLE: "?",
    SourceState.FALSETICKER: "x",
    SourceState.JITTERY: "~",
    SourceState.UNSELECTED: "+",
    SourceState.SELECTABLE: "-",
}


def describe_source(source: Source) -> str:
    match source:
        case Source(mode=SourceMode.REFCLOCK, address=name):
            return f"{name} is a reference clock"
        case Source(state=SourceState.SELECTED | SourceState.UNSELECTED, stratum=stratum):
            return f"counts, with stratum {stratum + 1}"
        case _:
            return SYMBOLS.get(source.state, "!")


def is_secure(data: AuthData) -> bool:
    return data.mode is AuthMode.NTS and data.key_type == KeyType.AEAD_AES_SIV_CMAC_256


def is_preferred(data: SelectData) -> bool:
    return bool(data.effective_options & SelectOptions.PREFER)


def failed_tests(data: NTPData) -> NTPTests:
    return ~data.tests


def has_hardware_times(data: NTPData) -> bool:
    return Timestamping.HARDWARE in {data.tx_timestamping, data.rx_timestamping}


def main() -> None:
    status: TrackingStatus = get_tracking()
    print(describe_leap(status.leap_status), describe_leap(LeapStatus(7)))
    print(*(describe_source(source) for source in get_sources()), sep="\n")
    print(any(is_secure(data) for data in get_auth_data()))
    print([is_preferred(data) for data in get_select_data()])
    for data in get_ntp_data():
        print(data.mode is NTPMode.SERVER, failed_tests(data), has_hardware_times(data))


if __name__ == "__main__":
    main()
