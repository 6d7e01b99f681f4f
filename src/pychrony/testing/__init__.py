"""A simulated chronyd for the tests of programs that ask one, and records to put in it.

- `SimulatedChronyd` answers all reports on a real socket as chronyd does, from 2.4 to 4.8.
- `Faults` is what it gets wrong on request.
- `make_tracking`, `make_source` and the like make the records that it gives.
- `plugin` has pytest's fixtures: `simulated_chronyd`, `chronyd_address`, and four
  single records.

An example:

    >>> from pychrony import ChronyTimeoutError, get_tracking
    >>> from pychrony.testing import Faults, SimulatedChronyd, make_tracking
    >>> with SimulatedChronyd(make_tracking(stratum=2), address="127.0.0.1") as server:
    ...     print(get_tracking(server.address).stratum)
    ...     server.faults = Faults(silent=True)
    ...     try:
    ...         get_tracking(server.address, timeout=0.1)
    ...     except ChronyTimeoutError as error:
    ...         print("no answer")
    2
    no answer

It has a thread of its own, so that code in asyncio is tested in the same way:

    >>> import asyncio
    >>> from pychrony import AsyncChronyConnection
    >>> async def read_offset(address: str) -> float:
    ...     async with AsyncChronyConnection(address) as connection:
    ...         return (await connection.get_tracking()).offset
    >>> with SimulatedChronyd(make_tracking(offset=0.25)) as server:
    ...     print(asyncio.run(read_offset(server.address)))
    0.25
"""

from typing import TYPE_CHECKING

from . import _former
from ._factories import (
    make_activity,
    make_auth_data,
    make_client,
    make_ntp_data,
    make_rtc_data,
    make_select_data,
    make_server_stats,
    make_smoothing,
    make_source,
    make_source_stats,
    make_tracking,
)
from ._faults import Faults
from ._server import SimulatedChronyd

if not TYPE_CHECKING:  # to type checkers every name would be there
    __getattr__ = _former.refuse

__all__ = [
    "Faults",
    "SimulatedChronyd",
    "make_activity",
    "make_auth_data",
    "make_client",
    "make_ntp_data",
    "make_rtc_data",
    "make_select_data",
    "make_server_stats",
    "make_smoothing",
    "make_source",
    "make_source_stats",
    "make_tracking",
]
