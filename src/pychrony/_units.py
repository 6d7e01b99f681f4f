"""Times as people read them: in chronyc's units, which grow with the number."""

from __future__ import annotations

# A number is shown in the first unit in which it has no more digits than this unit's limit leaves.
_UNITS = (
    (1e-9, "ns", 9999.5),
    (1e-6, "us", 9999.5),
    (1e-3, "ms", 9999.5),
    (1.0, "s", 99999.5),
    (60.0, "m", 99999.5),
    (3600.0, "h", 99999.5),
    (86400.0, "d", 99999.5),
    (31536000.0, "y", float("inf")),
)

# The same for whole seconds, as chronyc has them where it tells how long ago something was.
_AGES = (
    (1, "s", 1200),
    (60, "m", 36_000),
    (3600, "h", 345_600),
    (86_400, "d", 86_400_000),
    (31_536_000, "y", float("inf")),
)


def short_seconds(seconds: float, sign: str = "") -> str:
    """Return a time in three to five digits and its unit: "2718ns", "43ms", "10.0s".

    Args:
        seconds: The time.
        sign: "+" to show a plus too.

    """
    size, unit = next(
        (size, unit) for size, unit, limit in _UNITS if round(abs(seconds) / size, 6) < limit
    )
    number = seconds / size
    digits = 1 if unit == "s" and abs(number) < 999.5 else 0
    return f"{number:{sign}.{digits}f}{unit}"


def signed_seconds(seconds: float) -> str:
    """Return a time with its sign: "+43ms", "-2718ns"; "0ns" for what is shorter than can be shown.

    chronyc has a sign there too.
    """
    return short_seconds(seconds, "+") if round(seconds, 9) else "0ns"


def short_age(seconds: int | None) -> str:
    """Return how long ago something was: "23s", "46m", "10d"; "-" for never."""
    if seconds is None:
        return "-"
    size, unit = next((size, unit) for size, unit, limit in _AGES if seconds < limit)
    return f"{seconds // size}{unit}"
