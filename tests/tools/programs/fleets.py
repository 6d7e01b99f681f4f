"""Ask many chronyds at once, in a loop, in an event loop, and by a selector."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterable, Iterator

from pychrony import (
    Activity,
    Address,
    Answer,
    Answers,
    CheckResult,
    ChronyError,
    Fleet,
    Source,
    TrackingStatus,
    Verdict,
)


def offsets(addresses: Iterable[Address]) -> dict[Address, float]:
    answers: Answers[TrackingStatus] = Fleet(addresses, timeout=1.5).get_tracking()
    return {answer.address: answer.get().offset for answer in answers if answer.error is None}


def failures(fleet: Fleet) -> Iterator[tuple[int, ChronyError]]:
    with fleet.get_activity() as answers:
        for answer in answers:
            error: ChronyError | None = answer.error
            activity: Activity | None = answer.value
            if error is not None:
                yield answer.index, error
            elif activity is not None and activity.online == 0:
                print("no source is online")


def describe(answer: Answer[CheckResult]) -> str:
    try:
        result = answer.get()
    except ChronyError as error:
        return error.message
    return "good" if result.verdict is Verdict.OK else result.message


async def judge(fleet: Fleet) -> list[str]:
    async with fleet.check(max_error=0.05, min_sources=1) as answers:
        return [describe(answer) async for answer in answers]


def names(fleet: Fleet) -> set[str]:
    found: set[str] = set()
    answers = fleet.get_sources(names=True)
    with selectors.DefaultSelector() as selector:
        selector.register(answers, selectors.EVENT_READ)
        while answers.done < answers.total:
            selector.select()
            ready: list[Answer[list[Source]]] = answers.poll()
            found |= {source.name or "" for answer in ready for source in answer.value or []}
    answers.close()
    return found


def main() -> None:
    fleet = Fleet([None, None], concurrency=2)
    print(offsets([None]), list(failures(fleet)), asyncio.run(judge(fleet)), names(fleet))


if __name__ == "__main__":
    main()
