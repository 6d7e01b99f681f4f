"""What a fleet may be made of. Only malformed arguments raise, when it is made."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from pychrony import Answer, ChronyTimeoutError, Fleet


@pytest.mark.parametrize(
    "addresses",
    [[], ["192.0.2.1", "[2001:db8::1]:11323", None], (Path("/run/s"),), iter(["host.example"])],
)
def test_a_fleet_is_made_of_any_addresses_of_a_connection(addresses: Any) -> None:
    Fleet(addresses)


@pytest.mark.parametrize("address", ["192.0.2.1", b"192.0.2.1", Path("/run/s"), None])
def test_a_single_address_in_place_of_several_is_refused(address: Any) -> None:
    with pytest.raises(ValueError, match=r"addresses must be several, as in a list; .* is \["):
        Fleet(address)


def test_what_is_no_list_of_addresses_is_refused() -> None:
    addresses: Any = 7
    with pytest.raises(ValueError, match="addresses must be a list of addresses, not 7"):
        Fleet(addresses)


def test_a_malformed_address_among_others_is_refused() -> None:
    with pytest.raises(ValueError, match="port '0' in address 'b:0'"):
        Fleet(["a:1", "b:0"])


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "3", True])
def test_a_malformed_timeout_is_refused(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be"):
        Fleet([], timeout=timeout)


@pytest.mark.parametrize("concurrency", [0, -1, 1.0, "1", True])
def test_a_malformed_concurrency_is_refused(concurrency: Any) -> None:
    with pytest.raises(ValueError, match="concurrency must be a positive integer or None, not "):
        Fleet([], concurrency=concurrency)


@pytest.mark.parametrize("limits", [{"max_error": 0}, {"min_sources": -1}, {"max_age": 0}])
def test_malformed_limits_of_check_are_refused_at_once(limits: Any) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(limits))} must be"):
        Fleet(["192.0.2.1"]).check(**limits)


def test_an_answer_gives_its_value_or_raises_its_error() -> None:
    error = ChronyTimeoutError("192.0.2.1:323: no answer in time")

    assert Answer(0, "192.0.2.1", 7, None).get() == 7
    for _ in range(2):
        with pytest.raises(ChronyTimeoutError) as raised:
            Answer(0, "192.0.2.1", None, error).get()
        assert raised.value is error
        assert len(raised.traceback) == 2  # it does not grow


def test_an_answer_is_a_value() -> None:
    answer = Answer(3, "192.0.2.1", 7, None)

    assert pickle.loads(pickle.dumps(answer)) == copy.deepcopy(answer) == answer
    assert answer != Answer(4, "192.0.2.1", 7, None)
    assert repr(answer) == "Answer(index=3, address='192.0.2.1', value=7, error=None)"
    for field in fields(answer):
        with pytest.raises(FrozenInstanceError):
            setattr(answer, field.name, 4)
