"""The methods of a connection for reports about the clock and the server.

`source_methods.py` has those for reports about sources.
"""

from __future__ import annotations

from collections.abc import Collection
from time import time_ns
from typing import Any

from .._judgment.defaults import (
    MAX_AGE,
    MAX_ERROR,
    MAX_OFFSET,
    MIN_SOURCES,
    Threshold,
)
from ..exceptions import ChronyError
from ..models import CheckResult, Client, RTCData, ServerStats, Smoothing, TrackingStatus
from . import questions
from .addresses import is_local
from .source_methods import SourceReports
from .timeouts import Timeout, seconds_until


class Reports(SourceReports):
    """A method for each report. The subclass says how chronyd is asked."""

    def get_tracking(self, *, timeout: Timeout = "connection") -> TrackingStatus:
        """Return how well chronyd knows the time.

        Args:
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            The clock's offset, the bound on its error, the source followed, the leap status and
            more.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: The timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     status = connection.get_tracking()
            >>> print(f"{status.offset:+.7f} s, stratum {status.stratum}")
            +0.0000124 s, stratum 3

        """
        return self._ask(timeout, questions.TRACKING)

    def get_server_stats(self, *, timeout: Timeout = "connection") -> ServerStats:
        """Return what chronyd did as a server since it started.

        Over the command port chronyd gives it only where it is 4.7 or newer and has it in
        `opencommands`.

        Args:
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            Counts of requests and of what was dropped. None for what this chronyd does not count.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is too old for this report, or its answer made no sense.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: The timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     stats = connection.get_server_stats()
            >>> stats.ntp_received, stats.ntp_dropped
            (201350, 350)

        """
        return self._ask(timeout, questions.SERVER_STATS)

    def get_clients(self, *, timeout: Timeout = "connection") -> list[Client]:
        """Return the clients of chronyd's NTP server. Nothing of chronyd's is changed by it.

        Over the command port chronyd gives it only where it is 4.7 or newer and has it in
        `opencommands`. A table that grows while it is read is read from the beginning again.

        Args:
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            A `Client` for each address that chronyd remembers, in no particular order.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is older than 4.0, has `noclientlog` in its configuration, or
                claims to have more than 65536 clients; or its answer made no sense, or the table
                grew each time it was read.
            ChronyLibraryError: There is no memory, or the system gives no random numbers.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: The timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     clients = connection.get_clients()
            >>> [(client.address, client.ntp_received) for client in clients]
            [('192.0.2.1', 480)]

        """
        return self._ask(timeout, questions.ALL_CLIENTS)

    def get_rtc_data(self, *, timeout: Timeout = "connection") -> RTCData | None:
        """Return what chronyd knows of the real-time clock.

        Args:
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            How fast the real-time clock is and gains, or None where chronyd drives none.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: The timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     rtc = connection.get_rtc_data()
            >>> print("no real-time clock" if rtc is None else rtc.offset)
            no real-time clock

        """
        return self._ask(timeout, questions.RTC_DATA)

    def get_smoothing(self, *, timeout: Timeout = "connection") -> Smoothing | None:
        """Return how the time that chronyd serves is smoothed.

        Args:
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            How far the served time is from the true one, or None where smoothing is not configured.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is too old for this report, or its answer made no sense.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: The timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     smoothing = connection.get_smoothing()
            >>> print("not smoothed" if smoothing is None else smoothing.offset)
            not smoothed

        """
        return self._ask(timeout, questions.SMOOTHING)

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
        timeout: Timeout = "connection",
    ) -> CheckResult:
        """Return whether the clock is good enough, and the numbers that say so.

        CRITICAL: the clock follows nothing, or only itself (`local`); the last update lies in the
        future, so that the clock was set back; or a limit's critical level is exceeded. WARNING: a
        limit's warning level is exceeded; the followed source has not answered its last eight
        polls; another source than `source` is followed; or the authentication of a source fails. Of
        another computer's clock an update in the future is a WARNING: it may be this computer's
        that is wrong. Where chronyd gives `selectdata`, `authdata`, `ntpdata` and `activity` too,
        as it does over its Unix socket, the findings say more.

        Each limit is one number, or two for (WARNING, CRITICAL). One number is the critical level
        of `max_error`, `max_offset`, `max_skew` and `max_stratum`, and the warning level of
        `max_age` and `min_sources`. None, also as one of two, is no limit.

        A program in asyncio calls it on an `AsyncChronyConnection`; there is no function to await.

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
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            The verdict, each finding as data, the reasons in words, the numbers that it was made
            from and the limits.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense, or the list of sources changed each
                time it was read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: An argument is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     result = connection.check(max_error=0.05)
            >>> result.verdict.name, result.usable_sources
            ('OK', 3)

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
        deadline = self._find_deadline(timeout)
        answers: tuple[Any, ...] = ()
        now_ns = 0
        while (question := judge.next_question(answers)) is not None:
            try:
                answer = self._ask(seconds_until(deadline), question)
            except ChronyError:
                if not question.is_extra:
                    raise
                answer = None
            now_ns = now_ns or time_ns()
            answers = *answers, answer
        return judge.conclude(answers, now_ns, remote=not is_local(self.address))
