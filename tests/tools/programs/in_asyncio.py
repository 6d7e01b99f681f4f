"""Ask many chronyds at once, in asyncio, and watch one of them."""

from __future__ import annotations

import asyncio

from pychrony import Address, AsyncChronyConnection, ChronyError, Source, TrackingStatus, Verdict


async def read_offset(address: Address) -> float | None:
    connection = AsyncChronyConnection(address, timeout=1)
    try:
        await connection.open()
        status: TrackingStatus = await connection.get_tracking(timeout=0.5)
        return status.offset
    except ChronyError as error:
        print(error.message)
        return None
    finally:
        await connection.close()


async def watch(connection: AsyncChronyConnection, times: int) -> Verdict:
    verdict = Verdict.UNKNOWN
    for _ in range(times):
        verdict = (await connection.check(max_error=0.1, timeout=None)).verdict
        await asyncio.sleep(0.01)
    return verdict


async def list_sources(connection: AsyncChronyConnection) -> list[str]:
    sources: list[Source] = await connection.get_sources(names=True)
    rtc = await connection.get_rtc_data()
    names = [str(source.name) for source in sources]
    return names if rtc is None else [*names, f"{rtc.offset:f}"]


async def main() -> None:
    offsets = await asyncio.gather(*(read_offset(None) for _ in range(5)))
    async with AsyncChronyConnection() as connection:
        task = asyncio.create_task(watch(connection, 2))
        records: list[dict[str, int | float | str]] = await connection.read_records("sources")
        print(offsets, await list_sources(connection), len(records))
        print(await task, connection.address, connection.transport.name)


if __name__ == "__main__":
    asyncio.run(main())
