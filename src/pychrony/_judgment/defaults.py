"""The limits where a user gives none, and what a limit may look like."""

from __future__ import annotations

from typing import TypeAlias

from ..models._check import Levels

# As `check` describes it: one level, or those for WARNING and for CRITICAL.
Threshold: TypeAlias = float | Levels | None

# Why they are so is in docs/reference/judgment.md.
MAX_ERROR: Threshold = (0.5, 1.0)
MAX_OFFSET: Threshold = (0.1, None)
MAX_AGE: Threshold = 600.0
MIN_SOURCES: Threshold = 1

# By the names of the arguments of `check`.
DEFAULTS: dict[str, Threshold] = {
    "max_error": MAX_ERROR,
    "max_offset": MAX_OFFSET,
    "max_skew": None,
    "max_age": MAX_AGE,
    "max_stratum": None,
    "min_sources": MIN_SOURCES,
}
