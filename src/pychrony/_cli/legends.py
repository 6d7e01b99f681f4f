"""What the columns of each table mean, for -v. Source: the chronyc manual."""

from __future__ import annotations

from collections.abc import Iterator

from .layouts import NTS_KE_CLIENTS, TABLES

_NAME = "address, name (-N), or the name of a reference clock"
_AUTH_OPTIONS = "N noselect, P prefer, T trust, R require"
_REQUESTS = (
    "address of the client",
    "NTP requests received",
    "of these dropped, to limit the rate",
    "average interval between them, as a power of two in seconds",
    "the same while the rate is limited",
    "time since the last of them",
)

# A text for each column, in the order of the columns.
_TEXTS: dict[str, tuple[str, ...]] = {
    "sources": (
        "mode: ^ server, = peer, # reference clock of this computer\n"
        "state: * selected, + combined with it, - selectable but not combined,\n"
        "x falseticker, ~ too variable, ? not selectable",
        _NAME,
        "stratum of the source, as it said in its last response",
        "polling interval, as a power of two in seconds and in seconds",
        "last eight polls in octal digits, a bit for each that was answered: 377 is all",
        "time since the last good measurement",
        "offset, less what was corrected since [offset as measured] +/- error bound;\n"
        "fast: this computer's clock is ahead of the source",
    ),
    "sourcestats": (
        _NAME,
        "measurements that are kept",
        "runs of residuals of the same sign; few of them say that no straight line fits",
        "time from the oldest measurement to the newest",
        "rate by which this computer's clock still differs; fast: it gains on the source",
        "error bound of the rate",
        "estimated offset; fast: this computer's clock is ahead of the source",
        "standard deviation of the measurements",
    ),
    "selectdata": (
        "verdict on the source. Not selectable: N has noselect, s is not synchronized,\n"
        "M too few measurements, d distance too large, ~ too variable, w waits for others,\n"
        "S too old, O orphan, T against the trusted ones, x falseticker\n"
        "Selectable, but not used: W more sources are needed, P another is preferred,\n"
        "U waits for an update, D distance too large to be combined\n"
        "Used: + combined, * best",
        _NAME,
        "whether it is authenticated",
        f"configured options: {_AUTH_OPTIONS}",
        f"options in force: {_AUTH_OPTIONS}",
        "time since the last measurement",
        "score against the selected source; at 10 the best one is selected anew",
        "lower end of the interval in which the offset is",
        "upper end of it",
        "what the source announces of a leap second",
    ),
    "authdata": (
        _NAME,
        "- none, SK symmetric key, NTS Network Time Security",
        "number of the key",
        "algorithm of the key",
        "length of the key",
        "time since the last successful NTS key establishment",
        "attempts at key establishment since then; more than 1 means a problem",
        "whether the server refused the last cookie (NTS NAK)",
        "NTS cookies at hand; fewer than 8 mean a problem",
        "length of a cookie in bytes",
    ),
    "clients": (
        *_REQUESTS,
        "command packets (monitoring requests) received",
        "of these dropped, to limit the rate",
        "average interval between them, as a power of two in seconds",
        "time since the last of them",
    ),
    NTS_KE_CLIENTS: (
        *_REQUESTS,
        "NTS key establishment connections accepted",
        "of these dropped, to limit the rate",
        "average interval between them, as a power of two in seconds",
        "time since the last of them",
    ),
}


def legend_lines(layout: str) -> Iterator[str]:
    """Yield what the columns of a table mean, and an empty line; nothing for other reports."""
    columns = TABLES.get(layout, ())
    width = max((len(column.heading) for column in columns), default=0)
    for column, text in zip(columns, _TEXTS.get(layout, ()), strict=True):
        first, *more = text.split("\n")
        yield f"{column.heading:<{width}}  {first}"
        yield from (f"{'':<{width}}  {line}" for line in more)
    if columns:
        yield ""
