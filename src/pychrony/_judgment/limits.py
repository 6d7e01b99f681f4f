"""What is good enough: the limits, as a user gives them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from .._client.timeouts import is_positive
from ..models import Limits
from ..models._check import Levels
from .defaults import Threshold


class Rule(NamedTuple):
    """What a limit's levels may be, and which of them a single one is."""

    kind: str
    is_critical: bool
    is_integer: bool = False
    is_least: bool = False
    is_two_sided: bool = False

    def is_beyond(self, value: float, limit: float) -> bool:
        """Return whether a value is worse than a limit."""
        if self.is_least:
            return value < limit
        return (abs(value) if self.is_two_sided else value) > limit

    def is_good(self, level: object) -> bool:
        """Return whether a level makes sense."""
        if not self.is_integer:
            return is_positive(level)
        is_integer = isinstance(level, int) and not isinstance(level, bool)
        return is_integer and (level >= 0 if self.is_least else 0 < level < 16)


RULES = {
    "max_error": Rule("a positive number of seconds", True),
    "max_offset": Rule("a positive number of seconds", True, is_two_sided=True),
    "max_skew": Rule("a positive number of ppm", True),
    "max_age": Rule("a positive number of seconds", False),
    "max_stratum": Rule("an integer from 1 to 15", True, is_integer=True),
    "min_sources": Rule("an integer from 0 on", False, is_integer=True, is_least=True),
}


def make_limits(source: str | Collection[str] | None, **thresholds: Threshold) -> Limits:
    """Return the limits that `check` takes.

    Raises:
        ValueError: A limit is malformed.

    """
    levels = {name: levels_of(name, threshold) for name, threshold in thresholds.items()}
    return Limits(**levels, sources=_sources(source))


def levels_of(name: str, threshold: Threshold) -> Levels:
    """Return both levels of a limit.

    Raises:
        ValueError: It is malformed.

    """
    rule = RULES[name]
    if isinstance(threshold, (tuple, list)):
        levels = tuple(threshold)
    else:
        levels = (None, threshold) if rule.is_critical else (threshold, None)
    if len(levels) != 2 or not all(each is None or rule.is_good(each) for each in levels):
        raise ValueError(
            f"{name} must be {rule.kind}, a pair of them (warning, critical) or None, "
            f"not {threshold!r}"
        )
    warning, critical = levels
    if warning is None or critical is None:
        return warning, critical
    if rule.is_beyond(warning, critical):
        raise ValueError(
            f"{name} must be (warning, critical), so that what is critical is a warning too, "
            f"not {threshold!r}"
        )
    return warning, critical


def _sources(source: str | Collection[str] | None) -> tuple[str, ...]:
    sources: tuple[object, ...] = ()
    if isinstance(source, Collection):
        sources = (source,) if isinstance(source, str) else tuple(source)
    names = tuple(each for each in sources if isinstance(each, str) and each.strip())
    if len(names) < len(sources) or not (source is None or names):
        raise ValueError(
            "source must be an address, a name or a reference ID, several of them, or None, "
            f"not {source!r}"
        )
    return names
