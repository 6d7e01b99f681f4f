"""Limits as monitoring people write them: one level or two, each a number or a range."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from .._judgment.defaults import Threshold
from .._judgment.limits import RULES, Rule
from ..models._check import Levels

# No "inf", no "nan", no digits of other scripts, which float() takes.
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_LARGEST = 1e9  # what is more limits nothing, and would make long lines of text

Reader = Callable[[str], "float | Levels"]


def threshold_of(name: str) -> Reader:
    """Return what reads a limit: one number, or two for WARNING and CRITICAL."""
    rule = RULES[name]

    def read(text: str) -> float | Levels:
        parts = text.split(",")
        if len(parts) == 1:
            return _read_number(rule, text)
        if len(parts) != 2 or not any(parts):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not WARNING,CRITICAL, of which one may be left out, but not both"
            )
        warning, critical = (_read_number(rule, part) if part else None for part in parts)
        if not is_ordered(name, warning, critical):
            raise argparse.ArgumentTypeError(
                f"{text!r} is the wrong way round: what is critical is a warning too"
            )
        return warning, critical

    return read


def level_of(name: str) -> Callable[[str], float]:
    """Return what reads one level of a limit."""
    rule = RULES[name]
    return lambda text: _read_number(rule, text)


def is_ordered(name: str, warning: float | None, critical: float | None) -> bool:
    """Return whether what is critical is also a warning."""
    return warning is None or critical is None or not RULES[name].is_beyond(warning, critical)


def show_threshold(threshold: Threshold) -> str:
    """Return a limit as it would be given, one level of two in words."""
    if threshold is None:
        return "none"
    if not isinstance(threshold, tuple):
        return f"{threshold:g}"
    warning, critical = (None if level is None else f"{level:g}" for level in threshold)
    if critical is None:
        return f"{warning} for WARNING alone"
    return f"{critical} for CRITICAL alone" if warning is None else f"{warning},{critical}"


def _read_number(rule: Rule, text: str) -> float:
    """Return the number of a level."""
    digits = _find_end(rule, text)
    if _NUMBER.fullmatch(digits) is None:
        raise _refused(rule, text)
    number = min(float(digits), _LARGEST)
    if rule.is_integer:
        number = int(number) if digits.isdigit() else number
    if not rule.is_good(number):
        raise _refused(rule, text)
    return number


def _find_end(rule: Rule, text: str) -> str:
    """Return the number of a range outside which there is an alert; "" for one that it cannot be.

    The Monitoring Plugins Development Guidelines write ranges as START:END. START is 0 where it is
    left out, "~" is no start, and no END is no end.
    """
    start, colon, end = text.partition(":")
    if not colon:
        return text
    if rule.is_least:
        return "" if end else start
    if start in ("", "0", "~") or (rule.is_two_sided and start == f"-{end}"):
        return end
    return ""


def _refused(rule: Rule, text: str) -> argparse.ArgumentTypeError:
    """Return what is wrong with a level, and how one is written."""
    number = "1" if rule.is_least else "5" if rule.is_integer else "0.5"
    ranges = f"{number}:" if rule.is_least else f"0:{number}"
    if rule.is_two_sided:
        ranges += f" or -{number}:{number}"
    return argparse.ArgumentTypeError(
        f"{text!r} is not {rule.kind}; write {number} or the range {ranges}"
    )
