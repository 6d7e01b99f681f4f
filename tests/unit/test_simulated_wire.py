"""How numbers, addresses and times are written, against the protocol's own tables."""

from __future__ import annotations

import math
import struct

import pytest

from pychrony.testing._wire import encode_address, encode_float, encode_time


class TestFloat:
    @pytest.mark.parametrize(
        ("x", "word"),
        [
            # chronyd-protocol.md 4.1
            (0.0, "00000000"),
            (1.0, "04800000"),
            (-0.5, "03800000"),
            (16777215 * 2.0**38, "7effffff"),
            (-(2.0**62), "7f000000"),
            (2.0**-89, "80000001"),
            # recorded from chronyd 4.8
            (12.5, "0ac80000"),
            (-0.25023582577705383, "017fe117"),
            (-0.004999999888241291, "f55c28f6"),
        ],
    )
    def test_is_the_word_that_chronyd_has_for_it(self, x: float, word: str) -> None:
        assert encode_float(x).hex() == word

    @pytest.mark.parametrize("x", [math.inf, 1e300, 2.0**62])
    def test_above_the_range_is_the_largest(self, x: float) -> None:
        assert encode_float(x).hex() == "7effffff"

    @pytest.mark.parametrize("x", [-math.inf, -1e300, -(2.0**63)])
    def test_below_the_range_is_the_most_negative(self, x: float) -> None:
        assert encode_float(x).hex() == "7f000000"

    @pytest.mark.parametrize("x", [math.nan, -math.nan, -0.0, 5e-324, 2.0**-91, -(2.0**-91)])
    def test_nan_and_too_small_are_zero(self, x: float) -> None:
        assert encode_float(x).hex() == "00000000"

    @pytest.mark.parametrize(
        ("x", "word"),
        [
            (0.75 * 2.0**-89, "80000001"),
            (-0.75 * 2.0**-89, "81ffffff"),
            (1 - 2.0**-26, "04800000"),
            (-1 + 2.0**-26, "03000000"),
            (16777214.75 * 2.0**38, "7effffff"),
        ],
    )
    def test_rounding_crosses_boundaries(self, x: float, word: str) -> None:
        assert encode_float(x).hex() == word

    @pytest.mark.parametrize("x", [math.pi * 10.0**n for n in range(-18, 19, 3)])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_is_rounded_as_the_processor_rounds_to_24_bits(self, x: float, sign: int) -> None:
        (rounded,) = struct.unpack("f", struct.pack("f", sign * x))

        assert encode_float(sign * x) == encode_float(rounded)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        # chronyd-protocol.md 4.2
        ("", "00" * 20),
        ("192.0.2.1", "c0000201" + "00" * 12 + "0001" + "0000"),
        ("2001:db8::1", "20010db8" + "00" * 11 + "01" + "0002" + "0000"),
        ("ID#0000000010", "0000000a" + "00" * 12 + "0003" + "0000"),
    ],
)
def test_address_has_its_family_behind_it(text: str, encoded: str) -> None:
    assert encode_address(text).hex() == encoded


def test_time_is_seconds_in_two_halves_and_nanoseconds() -> None:
    assert encode_time(2**32 * 10**9 + 999_999_999).hex() == "00000001" + "00000000" + "3b9ac9ff"
