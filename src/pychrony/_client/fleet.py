"""Fleet: the same question to many chronyds at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .._judgment.defaults import (
    MAX_AGE,
    MAX_ERROR,
    MAX_OFFSET,
    MIN_SOURCES,
    Threshold,
)
from ..models import Activity, CheckResult, Source, TrackingStatus
from . import questions
from .addresses import Address, is_local
from .answer import T
from .answers import Answers
from .jobs import Inquiry, Job
from .round import Round
from .targets import check_concurrency, choose_numbers, read_targets
from .timeouts import nanoseconds

_N_SHOWN = 3  # targets, in its repr


class Fleet:
    """Many chronyds, which are asked the same at once, from one thread.

    Each method begins a round: it returns `Answers`, which give an `Answer` for each target as it
    comes. A target that fails keeps no other one waiting. Nothing is sent before the answers are
    taken. A fleet holds nothing open, and can be asked any number of times.

    Args:
        addresses: The targets. Each is what `ChronyConnection` takes as its address: a path, HOST,
            HOST:PORT, [IPV6] or [IPV6]:PORT, several of these separated by commas, or None for the
            chronyd of this computer. The same one may occur again, and is asked again.
        timeout: The time of each target in seconds, from its first request on, however many
            datagrams it takes. None waits forever. Looking up a host name is not covered. What the
            program does between two answers takes no time of the targets.
        concurrency: How many targets are asked at once, at the most. Each takes a descriptor; with
            the system's libchrony two, and five while it tells its sources. None: as many as the
            process may open (`ulimit -n`), less some for the rest of the program, and 1024 at the
            most. Where the system has fewer descriptors, ports or memory than that, fewer are asked
            at once.

    Raises:
        ValueError: An address, the timeout or the concurrency is malformed.

    Example:
        >>> fleet = Fleet([None, "127.0.0.1:1"])
        >>> for answer in fleet.get_tracking():
        ...     if answer.error is None:
        ...         print(f"stratum {answer.get().stratum}")
        stratum 3

    """

    def __init__(
        self,
        addresses: Iterable[Address],
        *,
        timeout: float | None = 3.0,
        concurrency: int | None = None,
    ) -> None:
        self._targets = read_targets(addresses)
        self._timeout_ns = nanoseconds(timeout)
        check_concurrency(concurrency)
        self._concurrency = concurrency

    def __repr__(self) -> str:
        total = len(self._targets.given)
        names = [self._targets.name(index) for index in range(min(total, _N_SHOWN))]
        listed = f": {'; '.join(names)}{'; ...' if total > _N_SHOWN else ''}" if names else ""
        return f"<{type(self).__name__} of {total} target{'' if total == 1 else 's'}{listed}>"

    def get_tracking(self) -> Answers[TrackingStatus]:
        """Ask each target how well it knows the time.

        Returns:
            An answer for each target, as it comes.

        Example:
            >>> [answer] = Fleet([None]).get_tracking()
            >>> status = answer.get()
            >>> print(f"{status.offset:+.7f} s, stratum {status.stratum}")
            +0.0000124 s, stratum 3

        """
        return self._ask(Inquiry(questions.TRACKING, _get_first))

    def get_sources(self, *, names: bool = False) -> Answers[list[Source]]:
        """Ask each target for its sources, each with its last measurement.

        Args:
            names: Ask for each source's name in chronyd's configuration too, by a datagram each.

        Returns:
            An answer for each target, as it comes.

        Example:
            >>> [answer] = Fleet([None]).get_sources()
            >>> [source.address for source in answer.get() if source.is_selected()]
            ['192.0.2.1']

        """
        return self._ask(Inquiry(questions.sources(names=names), _get_first))

    def get_activity(self) -> Answers[Activity]:
        """Ask each target how many NTP sources are in which state.

        Returns:
            An answer for each target, as it comes.

        Example:
            >>> [answer] = Fleet([None]).get_activity()
            >>> answer.get().online, answer.get().offline
            (3, 0)

        """
        return self._ask(Inquiry(questions.ACTIVITY, _get_first))

    def check(
        self,
        *,
        max_error: Threshold = MAX_ERROR,
        max_offset: Threshold = MAX_OFFSET,
        max_skew: Threshold = None,
        max_age: Threshold = MAX_AGE,
        max_stratum: Threshold = None,
        min_sources: Threshold = MIN_SOURCES,
        source: str | Collection[str] | None = None,
        names: bool = False,
    ) -> Answers[CheckResult]:
        """Judge whether each target's clock is good enough, as `pychrony.check` does for one.

        Each limit is one number, or two for (WARNING, CRITICAL), as `pychrony.check` explains.

        All reports that this takes are asked for on one connection.

        Args:
            max_error: The bound on the clock's error that is good enough, in seconds: the offset
                without its sign + root dispersion + root delay / 2 (the chronyc manual, "tracking":
                the root distance of RFC 5905, and the offset). chronyd lets it grow while it has no
                new measurement.
            max_offset: How far the clock may be from chronyd's estimate of the time, in seconds, in
                either direction.
            max_skew: The error bound of the clock's rate that is good enough, in ppm.
            max_age: How old the last update may be, in seconds, to about a second. It may be at
                least three polling intervals of the selected source old.
            max_stratum: How many hops the clock may be from a reference clock, 1 to 15.
            min_sources: How many sources must be usable: reachable, and selected, combined or
                selectable (the chronyc manual, "sources": `*`, `+` and `-`).
            source: The source that the clock may follow, or several: an address, a name as in
                chronyd's configuration, or a reference ID ("GPS", "C0000201"). Names are then
                asked for. None is any source.
            names: Whether to ask for the names that chronyd's configuration has for its sources,
                and to tell of sources by these.

        Returns:
            An answer for each target, as it comes, with its verdict, the findings and the numbers.

        Raises:
            ValueError: An argument is malformed.

        Example:
            >>> [answer] = Fleet([None]).check(max_error=0.05)
            >>> answer.get().verdict.name
            'OK'

        """
        from .._judgment.judge import Judge  # not everybody needs it

        judge = Judge(
            names,
            source,
            max_error=max_error,
            max_offset=max_offset,
            max_skew=max_skew,
            max_age=max_age,
            max_stratum=max_stratum,
            min_sources=min_sources,
        )

        def conclude(job: Job) -> CheckResult:
            remote = not is_local(job.address)
            return judge.conclude(job.values, job.answered_at, remote=remote)

        return self._ask(Inquiry(questions.TRACKING, conclude, judge.next_question))

    def _ask(self, inquiry: Inquiry[T]) -> Answers[T]:
        numbers = choose_numbers(self._targets, inquiry.in_flight, self._concurrency)
        return Answers(Round(self._targets, inquiry, self._timeout_ns, numbers))


def _get_first(job: Job) -> Any:
    return job.values[0]
