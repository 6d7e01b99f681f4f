"""What fleets of a responder's addresses must answer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pychrony import Answer, ChronyError
from tests.support.responder import Responder

Errors = Mapping[int, type[ChronyError]]
"""The errors that the classes of addresses give; others give none."""


def mix(responder: Responder, counts: Mapping[int, int]) -> list[str]:
    """Return so many addresses of each class, in an order that is the same each time."""
    addresses = [a for kind, count in counts.items() for a in responder.addresses(count, kind)]
    random.Random(1).shuffle(addresses)
    return addresses


def assert_each_has_its_answer(
    answers: Iterable[Answer[Any]],
    addresses: Sequence[str],
    right: Callable[[str], object],
    errors: Errors | None = None,
) -> None:
    """Insist on exactly one answer for each address: the right value, or its class's error."""
    found = [*answers]
    times = Counter(answer.index for answer in found)
    assert times == Counter(range(len(addresses))), times.most_common(3)
    wrong = [answer for answer in found if not _is_right(answer, addresses, right, errors or {})]
    assert not wrong, wrong[:5]


def _is_right(
    answer: Answer[Any],
    addresses: Sequence[str],
    right: Callable[[str], object],
    errors: Errors,
) -> bool:
    address = addresses[answer.index]
    if answer.address != address:
        return False
    error = errors.get(class_of(address))
    if error is None:
        return answer.error is None and answer.value == right(address)
    return type(answer.error) is error and answer.value is None


def class_of(address: str) -> int:
    return int(address.split(".")[1])
