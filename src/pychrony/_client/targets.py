"""The targets of a fleet, and how many of them are asked at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .addresses import Address, Target, candidates, describe, is_host_name, parse
from .compiled import LIBCHRONY_KIND
from .search import Candidate, find_candidates

# More at once are no faster (docs/explanation/speed.md). A silent target keeps a place until its
# time is over.
_MOST_PLACES = 1024
_MOST_LOOKUPS = 64

# Descriptors that are left to the rest of the program, and what a look-up of a name takes.
_RESERVE = 16
_OF_LOOKUP = 2


# Not frozen: that would take four times as long to import.
@dataclass(slots=True, eq=False, repr=False)
class Targets:
    """The targets, by their numbers. Each has its address as it was given, and checked."""

    given: Sequence[Address]
    parsed: Sequence[Target]
    known: Sequence[str | None]
    """The only address of a target, as libchrony takes it, where that is known already."""
    names: Sequence[int]
    """The targets whose addresses must be looked up."""
    others: Sequence[int]

    def find_candidates(self, index: int) -> Sequence[Candidate]:
        """Return the addresses to try for a target, or an empty list if they must be looked up."""
        known, target = self.known[index], self.parsed[index]
        if known is not None:
            return (known,)
        return () if is_host_name(target) else find_candidates(target)

    def name(self, index: int) -> str:
        """Return a target as error messages have it."""
        return describe(self.parsed[index])


def read_targets(addresses: Iterable[Address]) -> Targets:
    """Check the addresses of a fleet.

    Raises:
        ValueError: One is malformed, or there is only one, outside of a list.

    """
    if addresses is None or isinstance(addresses, (str, bytes, os.PathLike)):
        raise ValueError(
            f"addresses must be several, as in a list; a single one is [{addresses!r}]"
        )
    if not isinstance(addresses, Iterable):
        raise ValueError(f"addresses must be a list of addresses, not {addresses!r}")
    given = tuple(addresses)
    parsed = [parse(address) for address in given]
    names = [index for index, target in enumerate(parsed) if is_host_name(target)]
    looked_up = set(names)
    others = [index for index in range(len(given)) if index not in looked_up]
    known = [
        None
        if target is None or isinstance(target, list) or index in looked_up
        else candidates(target)[0]
        for index, target in enumerate(parsed)
    ]
    return Targets(given, parsed, known, names, others)


def check_concurrency(concurrency: int | None) -> None:
    """Check how many targets may be asked at once.

    Raises:
        ValueError: It is neither a positive integer nor None.

    """
    if concurrency is None:
        return
    if not isinstance(concurrency, int) or isinstance(concurrency, bool) or concurrency < 1:
        raise ValueError(f"concurrency must be a positive integer or None, not {concurrency!r}")


def choose_numbers(targets: Targets, in_flight: int, concurrency: int | None) -> tuple[int, int]:
    """Return how many targets to ask at once, and how many names to look up at once.

    Descriptors that the process has free decide. Its limit is left as it is.
    """
    of_place = _count_descriptors(in_flight)
    left = _count_free_descriptors() - _RESERVE
    lookups = min(len(targets.names), _MOST_LOOKUPS, max(1, left // 8))
    places = min(max(1, (left - lookups * _OF_LOOKUP) // of_place), _MOST_PLACES)
    return max(1, min(concurrency or places, len(targets.given))), lookups


def _count_descriptors(in_flight: int) -> int:
    """Return how many descriptors a connection takes while so many requests are in flight.

    The system's libchrony opens /dev/urandom for each request in flight, the bundled one nothing.
    """
    return 1 + in_flight if LIBCHRONY_KIND == "system" else 1


def _count_free_descriptors() -> int:
    limit = os.sysconf("SC_OPEN_MAX")  # the soft limit
    if limit < 0:
        limit = 2**31  # there is none
    try:
        return limit - len(os.listdir("/proc/self/fd"))
    except OSError:  # there is no /proc, or no descriptor to read it by
        return limit // 2
