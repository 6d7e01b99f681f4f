"""Numbers and lists in plain words, for readers who do not know chrony."""

from __future__ import annotations

from collections.abc import Sequence

# From when on a time is told in which unit.
_UNITS = (
    (2 * 86400.0, 86400.0, "days"),
    (2 * 3600.0, 3600.0, "hours"),
    (2 * 60.0, 60.0, "minutes"),
    (1.0, 1.0, "seconds"),
    (1e-3, 1e-3, "milliseconds"),
    (1e-6, 1e-6, "microseconds"),
    (1e-9, 1e-9, "nanoseconds"),
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def tell_time(seconds: float) -> str:
    """Return a time without its sign: "6.8 milliseconds", "31 seconds", "2 days"."""
    time = abs(seconds)
    _, size, unit = next((each for each in _UNITS if time >= each[0]), _UNITS[-1])
    number = time / size
    text = f"{number:.1f}".removesuffix(".0") if number < 9.95 else f"{number:.0f}"
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def tell_age(seconds: int | None) -> str:
    """Return how long ago something was, which chronyd tells in whole seconds."""
    return tell_time(seconds) if seconds else "less than a second"


def tell_number(number: int, noun: str) -> str:
    """Return how many there are of something: "no source", "one source", "12 sources"."""
    word = _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)
    return f"{word} {noun}{'' if number in (0, 1) else 's'}"


def join_words(words: Sequence[str]) -> str:
    """Return a list in words: "one, two and three"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
