"""The methods of an asynchronous connection for reports about sources."""

from __future__ import annotations

from ..models import Activity, AuthData, NTPData, SelectData, Source, SourceStats
from . import questions
from .questions import AnswerT, Question
from .timeouts import Timeout


class AsyncSourceReports:
    """A method for each report about sources. The subclass says how chronyd is asked."""

    async def _ask(self, timeout: Timeout, question: Question[AnswerT]) -> AnswerT:
        """Ask chronyd, and return the answer."""
        raise NotImplementedError

    def _find_deadline(self, timeout: Timeout) -> int:
        """Return when a call that begins now must be over."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        """The address in use."""
        raise NotImplementedError

    async def get_sources(
        self, *, names: bool = False, timeout: Timeout = "connection"
    ) -> list[Source]:
        """Return the sources, each with its last measurement.

        Args:
            names: Ask for each source's name in chronyd's configuration too, by a datagram each.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            A record for each source, reference clocks too, in chronyd's order.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense, or the list changed each time it was
                read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: The timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     sources = await connection.get_sources()
            >>> [source.address for source in sources if source.is_selected()]
            ['192.0.2.1']

        """
        return await self._ask(timeout, questions.sources(names=names))

    async def get_source_stats(
        self, *, names: bool = False, timeout: Timeout = "connection"
    ) -> list[SourceStats]:
        """Return the regression over each source's measurements.

        Args:
            names: Ask for each source's name in chronyd's configuration too, by a datagram each.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            A record for each source, reference clocks too, in chronyd's order.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense, or the list changed each time it was
                read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: The timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     stats = await connection.get_source_stats()
            >>> [(each.address, each.samples) for each in stats[:2]]
            [('192.0.2.1', 17), ('192.0.2.2', 17)]

        """
        return await self._ask(timeout, questions.source_stats(names=names))

    async def get_select_data(
        self, *, names: bool = False, timeout: Timeout = "connection"
    ) -> list[SelectData]:
        """Return how chronyd's selection judged each source.

        Over the command port chronyd gives it only where it is 4.7 or newer and has it in
        `opencommands`.

        Args:
            names: Ask for each source's name in chronyd's configuration too, by a datagram each.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            A record for each source, reference clocks too, in chronyd's order.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is too old for this report, its answer made no sense, or the
                list changed each time it was read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: The timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     judged = await connection.get_select_data()
            >>> [(each.address, each.state.name) for each in judged[:2]]
            [('192.0.2.1', 'BEST'), ('192.0.2.2', 'COMBINED')]

        """
        return await self._ask(timeout, questions.select_data(names=names))

    async def get_activity(self, *, timeout: Timeout = "connection") -> Activity:
        """Return how many NTP sources are in which state.

        Args:
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            The numbers of sources that are polled, taken to be out of reach, and not resolved.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: The timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     activity = await connection.get_activity()
            >>> activity.online, activity.offline
            (3, 0)

        """
        return await self._ask(timeout, questions.ACTIVITY)

    async def get_auth_data(
        self, *, names: bool = False, timeout: Timeout = "connection"
    ) -> list[AuthData]:
        """Return how each NTP source is authenticated.

        Over the command port chronyd gives it only where it is 4.7 or newer and has it in
        `opencommands` with `sourcestats`.

        Args:
            names: Ask for each source's name in chronyd's configuration too, by a datagram each.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            A record for each NTP source, in chronyd's order. Reference clocks have none.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is too old for this report, its answer made no sense, or the
                list changed each time it was read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: The timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     authenticated = await connection.get_auth_data()
            >>> [(each.address, each.mode.name) for each in authenticated[:2]]
            [('192.0.2.1', 'NTS'), ('192.0.2.2', 'NTS')]

        """
        return await self._ask(timeout, questions.auth_data(names=names))

    async def get_ntp_data(
        self, *, names: bool = False, timeout: Timeout = "connection"
    ) -> list[NTPData]:
        """Return the last valid response of each NTP source.

        Over the command port chronyd gives it only where it is 4.7 or newer and has it in
        `opencommands` with `sourcestats`.

        Args:
            names: Ask for each source's name in chronyd's configuration too, by a datagram each.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            A record for each NTP source, in chronyd's order. Reference clocks have none.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is too old for this report, its answer made no sense, or the
                list changed each time it was read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: The timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     responses = await connection.get_ntp_data()
            >>> [(each.address, each.stratum) for each in responses[:2]]
            [('192.0.2.1', 2), ('192.0.2.2', 2)]

        """
        return await self._ask(timeout, questions.ntp_data(names=names))
