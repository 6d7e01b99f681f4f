"""Read a BoundedClock from several threads while all that can happen to a clock happens to it.

    LD_PRELOAD=fake_clock.so python -m tests.support.clock_readings SEED READINGS [EVENT...]

It prints how many intervals did not hold the true time, and how often the time was not known. With
events named, nothing else happens. The library is tests/c/fake_clock.c, compiled by
`cc -O2 -shared -fPIC`.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import Counter

from pychrony import BoundedClock, ClockUnknownError
from tests.support.all_knowing_chronyd import RAW_PPM, AllKnowingChronyd
from tests.support.fake_clock import fake_clock, truth_of

THREADS = 3
SECOND = 1_000_000_000
BATCH, REST = 100, 0.002  # readings, and seconds after them: events shall happen meanwhile
WRONGEST = 5 * SECOND  # a clock that is set over and over would be years off in the end


def _draw_step(chance: random.Random) -> int:
    return int(chance.choice((1, -1)) * 10 ** chance.uniform(3, 9))


def step(_: AllKnowingChronyd, chance: random.Random) -> None:
    """Step the clock, as chronyd's makestep does."""
    fake_clock().fake_step(_draw_step(chance))


def foreign(chronyd: AllKnowingChronyd, chance: random.Random) -> None:
    """Step it as somebody else does. chronyd finds out only later.

    Small steps are not told from noise where chronyd measures between the reports before and after.
    """
    seen = chronyd.requests
    while chronyd.requests < seen + 3:
        time.sleep(0.01)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chronyd.set_unseen(_draw_step(chance))
        time.sleep(chance.uniform(0, 0.1))
    if chance.random() < 0.5:
        chronyd.measure(seen=0.5)
        time.sleep(chance.uniform(0, 0.1))
    chronyd.measure()


def slew(_: AllKnowingChronyd, chance: random.Random) -> None:
    fake_clock().fake_rate(chance.uniform(-0.08, 0.08))
    time.sleep(0.05)
    fake_clock().fake_rate(0)


def drift(_: AllKnowingChronyd, chance: random.Random) -> None:
    fake_clock().fake_rate(chance.uniform(-40e-6, 40e-6))


def wander(_: AllKnowingChronyd, chance: random.Random) -> None:
    """Let the hardware run at another rate than chronyd reports."""
    fake_clock().fake_raw_rate((RAW_PPM + chance.uniform(-40, 40)) * 1e-6)


def silence(chronyd: AllKnowingChronyd, chance: random.Random) -> None:
    chronyd.is_silent = True
    time.sleep(chance.uniform(0, 0.2))
    chronyd.is_silent = False


def loss(chronyd: AllKnowingChronyd, chance: random.Random) -> None:
    """Let chronyd lose its sources."""
    chronyd.is_lost = True
    time.sleep(chance.uniform(0, 0.2))
    chronyd.is_lost = False


def suspend(chronyd: AllKnowingChronyd, chance: random.Random) -> None:
    chronyd.suspend(int(10 ** chance.uniform(6, 10)))
    time.sleep(chance.uniform(0, 0.05))
    chronyd.measure()


def restart(chronyd: AllKnowingChronyd, _: random.Random) -> None:
    chronyd.stop()
    time.sleep(0.05)
    chronyd.start()


def torn(_: AllKnowingChronyd, chance: random.Random) -> None:
    """Stop threads between two readings of clocks, and slew the clock meanwhile."""
    fake_clock().fake_rate(chance.choice((-0.08, 0.08, 0)))
    fake_clock().fake_delay(chance.choice((1, 3, 30)), 1_000_000)
    time.sleep(0.05)
    fake_clock().fake_delay(0, 1)
    fake_clock().fake_rate(0)


def calm(chronyd: AllKnowingChronyd, _: random.Random) -> None:
    """Let the bound become as narrow as it was."""
    chronyd.measure()
    time.sleep(0.5)
    chronyd.measure()


EVENTS = {
    each.__name__: each
    for each in (
        step,
        foreign,
        slew,
        drift,
        wander,
        silence,
        loss,
        suspend,
        restart,
        torn,
        calm,
    )
}


class Readers:
    """Threads that read the clock until they have read it so often."""

    def __init__(self, clock: BoundedClock, readings: int) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.misses: list[tuple[int, ...]] = []
        self.widths: list[int] = []
        self._clock, self._left = clock, readings
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run) for _ in range(THREADS)]

    def _run(self) -> None:
        while self._left > 0:
            known, reasons = self._read(BATCH)
            with self._lock:
                self._left -= known
                self.counts["readings"] += known
                self.reasons.update(reasons)
            time.sleep(REST)

    def _read(self, most: int) -> tuple[int, list[str]]:
        for known in range(most):
            try:
                interval = self._clock.now()
            except ClockUnknownError as error:
                return known, [str(error)]
            truth = truth_of(interval)
            if not interval.earliest_ns <= truth <= interval.latest_ns:
                self.misses.append((truth, *interval[:2]))
        self.widths.append(interval.error_ns)
        return most, []


def run(seed: int, readings: int, names: list[str]) -> dict[str, object]:
    chance = random.Random(seed)
    chronyd = AllKnowingChronyd()
    chronyd.chance = random.Random(seed)
    chronyd.measure()
    fake_clock().fake_raw_rate(RAW_PPM * 1e-6)
    happened: Counter[str] = Counter()
    with (
        chronyd,
        BoundedClock(chronyd.address, refresh=0.01, max_age=0.4, timeout=0.2) as clock,
    ):
        readers = Readers(clock, readings)
        for thread in readers.threads:
            thread.start()
        while any(thread.is_alive() for thread in readers.threads):
            name = chance.choice(names)
            EVENTS[name](chronyd, chance)
            happened[name] += 1
            if chance.random() < 0.5:
                chronyd.measure()
            time.sleep(chance.uniform(0, 0.05))
            error = fake_clock().fake_error()
            if abs(error) > WRONGEST:
                fake_clock().fake_step(chronyd.unseen - error)
                chronyd.measure()
    widths = sorted(readers.widths)
    return {
        "readings": readers.counts["readings"],
        "misses": len(readers.misses),
        "unknown": readers.reasons.total(),
        "error_ns": [widths[len(widths) * percent // 100] for percent in (5, 50, 95)],
        "happened": happened,
        "reasons": readers.reasons,
        "first_misses": readers.misses[:5],
    }


def main() -> None:
    seed, readings, *names = sys.argv[1:]
    found = run(int(seed), int(readings), names or list(EVENTS))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
