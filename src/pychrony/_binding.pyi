"""What the compiled module offers (src/binding/binding.h and src/binding/chrony.cdef)."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

class _Pointer(Protocol):
    """A pointer to one of C's own structures."""

class _Field(Protocol):
    name: _Pointer
    type: int

class _Layout(Protocol):
    n_fields: int
    fields: Sequence[_Field]
    size: int
    record: _Pointer

class _Failure(Protocol):
    error: int
    system_error: int
    stage: int

class _Counts(Protocol):
    opened: int
    lost: int

class _List(Protocol):
    n_records: int
    size: int
    bytes: _Pointer
    layouts: _Pointer

class _Reading(Protocol):
    real: int
    raw: int
    spread: int

class _Interval(Protocol):
    earliest: int
    latest: int
    moved: int
    outcome: int

class _EnumType(Protocol):
    elements: dict[int, str]

class _FFI:
    NULL: _Pointer
    errno: int

    def buffer(self, pointer: _Pointer, size: int = ...) -> memoryview: ...
    def new(self, declaration: str) -> Any: ...
    def gc(self, pointer: _Pointer, destructor: Callable[[_Pointer], None]) -> _Pointer: ...
    def release(self, pointer: _Pointer) -> None: ...
    def string(self, pointer: _Pointer) -> bytes: ...
    def typeof(self, declaration: str) -> _EnumType: ...
    def unpack(self, pointer: _Pointer, length: int) -> list[int]: ...

class _Lib:
    CHRONY_OK: int
    CHRONY_NO_MEMORY: int
    CHRONY_NO_RANDOM: int
    CHRONY_UNKNOWN_REPORT: int
    CHRONY_RANDOM_FAILED: int
    CHRONY_SEND_FAILED: int
    CHRONY_RECV_FAILED: int
    CHRONY_INVALID_ARGUMENT: int
    CHRONY_UNEXPECTED_CALL: int
    CHRONY_UNAUTHORIZED: int
    CHRONY_DISABLED: int
    CHRONY_UNEXPECTED_STATUS: int
    CHRONY_OLD_SERVER: int
    CHRONY_NEW_SERVER: int
    CHRONY_INVALID_RESPONSE: int
    CHRONY_TYPE_UINTEGER: int
    CHRONY_TYPE_INTEGER: int
    CHRONY_TYPE_FLOAT: int
    CHRONY_TYPE_TIMESPEC: int
    CHRONY_TYPE_STRING: int
    PYCHRONY_AGAIN: int
    PYCHRONY_TIMED_OUT: int
    PYCHRONY_FAILED: int
    PYCHRONY_TOO_MANY: int
    PYCHRONY_CHANGED: int
    PYCHRONY_WANTS_READ: int
    PYCHRONY_WANTS_WRITE: int
    PYCHRONY_RECORD: int
    PYCHRONY_LIST: int
    PYCHRONY_CLIENTS: int
    PYCHRONY_NAMED_LIST: int
    PYCHRONY_MAX_IN_FLIGHT: int
    PYCHRONY_MAX_RECORDS: int
    PYCHRONY_MAX_ATTEMPTS: int
    PYCHRONY_TEXT_SIZE: int
    PYCHRONY_FINDING: int
    PYCHRONY_CONNECTING: int
    PYCHRONY_BINDING: int
    PYCHRONY_EXCHANGING: int
    PYCHRONY_KNOWN: int
    PYCHRONY_TOO_OLD: int
    PYCHRONY_MOVED: int
    PYCHRONY_EXPIRED: int

    def chrony_get_error_string(self, e: int) -> _Pointer: ...
    def chrony_get_number_supported_reports(self) -> int: ...
    def chrony_get_report_name(self, report: int) -> _Pointer: ...
    def pychrony_new(self) -> _Pointer: ...
    def pychrony_open(self, c: _Pointer, address: bytes) -> int: ...
    def pychrony_has_answered(self, c: _Pointer) -> int: ...
    def pychrony_free(self, c: _Pointer) -> None: ...
    def pychrony_remove_files(self, c: _Pointer) -> None: ...
    def pychrony_get_failure(self, c: _Pointer) -> _Failure: ...
    def pychrony_get_counts(self, c: _Pointer) -> _Counts: ...
    def pychrony_fetch(
        self, c: _Pointer, operation: int, report: int, record: int, deadline: int
    ) -> int: ...
    def pychrony_get_list(self, c: _Pointer) -> _List: ...
    def pychrony_get_source_name(self, c: _Pointer, record: int) -> _Pointer: ...
    def pychrony_resume(self, c: _Pointer, deadline: int) -> int: ...
    def pychrony_begin(
        self, c: _Pointer, operation: int, report: int, record: int, deadline: int
    ) -> int: ...
    def pychrony_step(self, c: _Pointer, deadline: int) -> int: ...
    def pychrony_get_wake_at(self, c: _Pointer) -> int: ...
    def pychrony_get_fd(self, c: _Pointer) -> int: ...
    def pychrony_get_layout(self, c: _Pointer, number: int) -> _Layout: ...
    def pychrony_fleet_new(self, n_places: int) -> _Pointer: ...
    def pychrony_fleet_free(self, f: _Pointer) -> None: ...
    def pychrony_fleet_get_fd(self, f: _Pointer) -> int: ...
    def pychrony_fleet_begin(
        self,
        f: _Pointer,
        place: int,
        address: bytes,
        operation: int,
        report: int,
        deadline: int,
    ) -> None: ...
    def pychrony_fleet_ask(
        self, f: _Pointer, place: int, operation: int, report: int, deadline: int
    ) -> None: ...
    def pychrony_fleet_close(self, f: _Pointer, place: int) -> None: ...
    def pychrony_fleet_extend(self, f: _Pointer, time: int) -> None: ...
    def pychrony_fleet_poll(self, f: _Pointer, until: int) -> int: ...
    def pychrony_fleet_get_places(self, f: _Pointer) -> _Pointer: ...
    def pychrony_fleet_get_outcomes(self, f: _Pointer) -> _Pointer: ...
    def pychrony_fleet_get_connection(self, f: _Pointer, place: int) -> _Pointer: ...
    def pychrony_fleet_wake(self, f: _Pointer) -> None: ...
    def pychrony_read_clocks(self) -> _Reading: ...
    def pychrony_get_interval(self, a: _Pointer) -> _Interval: ...
    def pychrony_get_libchrony_kind(self) -> _Pointer: ...
    def pychrony_get_libchrony_version(self) -> _Pointer: ...
    def pychrony_get_version(self) -> _Pointer: ...

ffi: _FFI
lib: _Lib
