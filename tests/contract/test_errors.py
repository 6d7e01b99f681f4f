"""The errors that users may rely on: which there are, what they say, and that they pickle."""

from __future__ import annotations

import copy
import errno
import pickle
from pathlib import Path

import pytest

import pychrony
from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    ChronyTimeoutError,
    ClockUnknownError,
    exceptions,
    get_tracking,
)
from pychrony._binding import lib
from pychrony._client.failures import EXCEPTIONS
from pychrony.testing import Faults, SimulatedChronyd

BASES = {
    ChronyConnectionError: (ChronyError, OSError),
    ChronyTimeoutError: (ChronyConnectionError, TimeoutError),
    ChronyPermissionError: (ChronyError, PermissionError),
    ChronyDataError: (ChronyError,),
    ChronyLibraryError: (ChronyError,),
    ClockUnknownError: (ChronyError,),
}


def test_each_error_is_what_callers_may_expect() -> None:
    assert {"ChronyError", *(kind.__name__ for kind in BASES)} == set(exceptions.__all__)
    for kind, bases in BASES.items():
        assert all(issubclass(kind, base) for base in bases)
    assert not issubclass(ChronyPermissionError, ChronyConnectionError)


def test_each_libchrony_error_has_its_exception() -> None:
    types = {getattr(lib, name) for name in dir(lib) if name.startswith("CHRONY_TYPE_")}

    assert {getattr(lib, name) for name in EXCEPTIONS} == set(range(1, 15))
    assert lib.CHRONY_INVALID_RESPONSE == 14
    assert types == set(range(6))


@pytest.mark.parametrize("kind", [ChronyError, *BASES])
def test_errors_pickle_and_copy_with_their_attributes(kind: type[ChronyError]) -> None:
    error = kind("what was wrong", 9, address="127.0.0.1:323")
    error.failures = (ChronyTimeoutError("too late", address="[::1]:323"), ChronyDataError("no", 3))
    if isinstance(error, OSError):
        error.errno, error.strerror = errno.EACCES, "Permission denied"
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert str(twin) == str(error) == twin.message == error.message == "what was wrong"
        assert (twin.error_code, twin.address) == (9, "127.0.0.1:323")
        assert getattr(twin, "errno", None) == getattr(error, "errno", None)
        assert getattr(twin, "strerror", None) == getattr(error, "strerror", None)
        for failure, original in zip(twin.failures, error.failures, strict=True):
            assert type(failure) is type(original)
            assert (str(failure), failure.address) == (str(original), original.address)
            assert failure.error_code == original.error_code


def test_attributes_have_defaults() -> None:
    error = ChronyError("message")

    assert (str(error), error.error_code, error.address) == ("message", None, None)
    assert error.failures == ()


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (2, ChronyPermissionError, "CHRONY_UNAUTHORIZED"),
        (3, ChronyDataError, "CHRONY_OLD_SERVER"),
        (4, ChronyDataError, "CHRONY_UNEXPECTED_STATUS"),
        (6, ChronyDataError, "CHRONY_DISABLED"),
        (18, ChronyDataError, "CHRONY_NEW_SERVER"),
    ],
)
def test_a_refusal_by_chronyd_names_report_address_and_code(
    status: int, kind: type[ChronyError], code: str
) -> None:
    with (
        SimulatedChronyd(faults=Faults(status=status)) as server,
        pytest.raises(kind, match="tracking") as caught,
    ):
        get_tracking(server.address)

    assert caught.value.error_code == getattr(lib, code)
    assert caught.value.address == server.address
    assert server.address in str(caught.value)


def test_a_truncated_answer_is_a_data_error() -> None:
    with SimulatedChronyd(faults=Faults(truncate=103)) as server, pytest.raises(ChronyDataError):
        get_tracking(server.address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "127.0.0.1:", "127.0.0.1:abc", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1"),
        *("127.0.0.1:99999999", "127.0.0.1: 323", "127.0.0.1:٣٢٣", "[::1]:", "[::1]:x", "[::1"),
        *("[::1]323", "[127.0.0.1]:323", "a b", "host:1:2", ":323", "/with\0zero", "ho\0st"),
        *(
            "/" + "x" * 200,
            "/" + "x" * 80 + "/s",
            "/\ud800",
            323,
            b"/run/chrony/chronyd.sock",
            "x" * 300,
        ),
    ],
)
def test_a_malformed_address_is_a_value_error_that_names_it(address: object) -> None:
    with pytest.raises(ValueError, match="address"):
        get_tracking(address)  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "3", True, b"", [1]])
def test_a_malformed_timeout_is_a_value_error_that_names_it(timeout: object) -> None:
    with pytest.raises(ValueError, match="timeout"):
        ChronyConnection("127.0.0.1", timeout=timeout)  # ty: ignore[invalid-argument-type]


def test_a_timeout_of_any_size_is_a_number_of_seconds() -> None:
    with SimulatedChronyd() as server:
        for timeout in (10**400, 1e300, 2**70):
            assert get_tracking(server.address, timeout=timeout).stratum == 3


def test_a_host_that_is_unknown_is_a_connection_error() -> None:
    with pytest.raises(ChronyConnectionError, match=r"^nosuch\.invalid:323: ") as caught:
        get_tracking("nosuch.invalid", timeout=60)

    assert caught.value.address == "nosuch.invalid:323"
    assert caught.value.errno is None  # the resolver's numbers are no errnos
    assert caught.value.strerror
    assert caught.value.failures == ()


@pytest.mark.parametrize("report", ["authdata", "ntpdata"])
def test_a_report_that_chronyd_opens_without_the_sources_says_what_it_takes_too(
    report: str,
) -> None:
    with (
        SimulatedChronyd(open_commands={report}) as server,
        ChronyConnection(server.address) as connection,
        pytest.raises(ChronyPermissionError, match="names the report and sourcestats"),
    ):
        connection.read_records(report)


def test_a_relative_path_object_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the current one may have too long a path for a socket
    with pytest.raises(ChronyConnectionError) as caught:
        get_tracking(Path("nosuch.sock"))

    assert caught.value.address == str(tmp_path / "nosuch.sock")
    assert pychrony.ChronyConnectionError is ChronyConnectionError
