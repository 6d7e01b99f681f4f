"""How often and by which limits `waitsync` looks: by its options, and by chronyc's arguments."""

from __future__ import annotations

import pytest

from pychrony._cli.arguments import WrongUsage
from pychrony._cli.options import make_parser, read_options


def settled(*arguments: str) -> tuple[object, ...]:
    options = read_options(["waitsync", *arguments], make_parser())
    return options.tries, options.max_offset, options.max_skew, options.interval


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("60 0.01", (60, 0.01, None, 10)),
        ("0 0.1 0.0 1", (0, 0.1, 0, 1)),
        ("5", (5, None, None, 10)),
        ("0 0 100", (0, 0, 100, 10)),
        ("-h 127.0.0.1 3 0.1 0 2 -t 9", (3, 0.1, 0, 2)),
    ],
)
def test_chronycs_arguments_mean_what_they_mean_there(
    arguments: str, expected: tuple[object, ...]
) -> None:
    assert settled(*arguments.split()) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", (None, None, None, 0.5)),
        ("--max-offset 0.1 --max-skew 50 --interval 2", (None, 0.1, 50, 2)),
        ("3 --interval 2", (3, None, None, 2)),
    ],
)
def test_options_stand_for_the_same(arguments: str, expected: tuple[object, ...]) -> None:
    assert settled(*arguments.split()) == expected


def test_one_limit_is_given_once() -> None:
    with pytest.raises(WrongUsage, match="SKEW and --max-skew exclude each other"):
        settled("1", "0", "5", "--max-skew", "5")


@pytest.mark.parametrize("text", ["", " ", "a", "0x1", "1,5", "nan", "inf", "1e400", "-1", "\0"])
@pytest.mark.parametrize("before", [[], ["1"], ["1", "0"], ["1", "0", "0"]], ids=len)
def test_what_is_no_number_is_wrong_usage(before: list[str], text: str) -> None:
    with pytest.raises(WrongUsage, match=r" is not an? (integer|number) from 0 on"):
        settled(*before, text)
