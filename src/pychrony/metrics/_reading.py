"""Take a snapshot of a chronyd, on an open connection."""

from __future__ import annotations

from collections.abc import Collection

from .._client.addresses import is_local
from .._client.asynchronous import AsyncChronyConnection
from .._client.blocking import ChronyConnection
from .._client.timeouts import deadline_after, seconds_until
from ..exceptions import ChronyError
from ..models import Limits
from ._snapshot import Snapshot
from ._taking import Taking


def read_snapshot(
    connection: ChronyConnection,
    limits: Limits,
    *,
    timeout: float | None = 3.0,
    reports: Collection[str] | None = None,
) -> Snapshot:
    """Ask for each report once. What chronyd does not give is missing in the snapshot.

    Args:
        connection: An open connection.
        limits: What is good enough, for the judgment.
        timeout: The deadline of all reports together, in seconds; None waits forever.
        reports: The reports that are wanted, by chronyc's names; tracking and sources always are.
            None: all that chronyd gives but the clients.

    Returns:
        What chronyd gave, and the judgment of its clock.

    Raises:
        RuntimeError: The connection is not open.

    """
    taking = Taking(limits, not is_local(connection.address), reports)
    deadline = deadline_after(timeout)
    while (question := taking.next_question()) is not None:
        try:
            answer = connection._ask(seconds_until(deadline), question)
        except ChronyError as error:
            taking.fail(question, error)
        else:
            taking.take(question, answer)
    return taking.conclude()


async def read_snapshot_async(
    connection: AsyncChronyConnection,
    limits: Limits,
    *,
    timeout: float | None = 3.0,
    reports: Collection[str] | None = None,
) -> Snapshot:
    """Do the same in asyncio. A connection that is silent keeps no other task waiting."""
    taking = Taking(limits, not is_local(connection.address), reports)
    deadline = deadline_after(timeout)
    while (question := taking.next_question()) is not None:
        try:
            answer = await connection._ask(seconds_until(deadline), question)
        except ChronyError as error:
            taking.fail(question, error)
        else:
            taking.take(question, answer)
    return taking.conclude()
