"""Take a snapshot of the chronyd at an address. It is one too that chronyd did not answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .._client.addresses import Address, is_host_name, parse
from .._client.asynchronous import AsyncChronyConnection
from .._client.blocking import ChronyConnection
from .._client.failures import all_failed, timeout_error
from .._client.resolving import find_in_time
from .._client.timeouts import deadline_after, nanoseconds, seconds_until
from .._judgment.defaults import DEFAULTS, Threshold
from .._judgment.limits import make_limits
from ..exceptions import ChronyError
from ..models import Limits
from ._reading import read_snapshot, read_snapshot_async
from ._snapshot import Snapshot
from ._taking import Taking, check_reports


def limits_of(source: str | Collection[str] | None = None, **thresholds: Threshold) -> Limits:
    """Return the limits that a user gave, by the names of the arguments of `check`.

    Raises:
        TypeError: There is no such limit.
        ValueError: A limit is malformed.

    """
    unknown = thresholds.keys() - DEFAULTS.keys()
    if unknown:
        raise TypeError(f"there is no limit {min(unknown)!r}; there are {', '.join(DEFAULTS)}")
    return make_limits(source, **{**DEFAULTS, **thresholds})


def check_arguments(
    address: Address,
    timeout: float,
    source: str | Collection[str] | None,
    thresholds: Mapping[str, Threshold],
    reports: Collection[str] | None = None,
) -> Limits:
    """Check what a program asks for, and return its limits.

    Raises:
        TypeError: There is no such limit.
        ValueError: An argument is malformed.

    """
    parse(address)
    nanoseconds(timeout)
    check_reports(reports or ())
    return limits_of(source, **thresholds)


def take_snapshot(
    address: Address,
    limits: Limits,
    *,
    timeout: float = 3.0,
    reports: Collection[str] | None = None,
) -> Snapshot:
    """Open a connection, read a snapshot and close it. It raises nothing that chronyd did.

    Looking up a host's name counts against the timeout.
    """
    deadline = deadline_after(timeout)
    try:
        found = _without_names(address, timeout)
        with ChronyConnection(found, timeout=seconds_until(deadline)) as connection:
            left = seconds_until(deadline)
            return read_snapshot(connection, limits, timeout=left, reports=reports)
    except ChronyError as error:
        return failed(error, limits)


async def take_snapshot_async(
    address: Address,
    limits: Limits,
    *,
    timeout: float = 3.0,
    reports: Collection[str] | None = None,
) -> Snapshot:
    """Do the same in asyncio."""
    import asyncio  # not everybody needs it

    deadline = deadline_after(timeout)
    connection = AsyncChronyConnection(address, timeout=timeout)
    try:
        # The connection's own timeout covers all but looking up names.
        opening = connection.open()
        await (asyncio.wait_for(opening, timeout) if is_host_name(parse(address)) else opening)
        left = seconds_until(deadline)
        return await read_snapshot_async(connection, limits, timeout=left, reports=reports)
    except ChronyError as error:
        return failed(error, limits)
    except asyncio.TimeoutError:
        return failed(timeout_error(f"{address or 'no chronyd'}: no answer in time"), limits)
    finally:
        await connection.close()


def _without_names(address: Address, timeout: float) -> Address:
    """Return an address in which host names are looked up.

    Raises:
        ChronyError: No name was found, or none in time.

    """
    target = parse(address)
    if not is_host_name(target):
        return address
    found = find_in_time(target, timeout)
    addresses = [each for each in found if isinstance(each, str)]
    if not addresses:
        raise all_failed([each for each in found if isinstance(each, ChronyError)])
    return ",".join(addresses)


def failed(error: ChronyError, limits: Limits) -> Snapshot:
    """Return the snapshot of a chronyd that could not be asked at all."""
    taking = Taking(limits, is_remote=False)
    question = taking.next_question()
    if question is not None:
        taking.fail(question, error)
    return taking.conclude()
