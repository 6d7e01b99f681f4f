"""A simulated chronyd that knows how wrong the fake clock is, but for what others did to it."""

from __future__ import annotations

import random
import threading

from pychrony.models import LeapStatus
from pychrony.testing import SimulatedChronyd, make_tracking
from pychrony.testing._wire import Request
from tests.support.fake_clock import fake_clock, read_all

RAW_PPM = 30.0  # how much too fast CLOCK_MONOTONIC_RAW is
NOISE = 20e-6  # seconds
MAX_CLOCK_ERROR = 50e-6  # of one second, as its directive `maxclockerror` has it


class AllKnowingChronyd(SimulatedChronyd):
    """Measures the clock's error up to a noise, and then goes by the rate that it knows.

    That may be wrong by less than MAX_CLOCK_ERROR. It knows how it moves the clock itself. `unseen`
    is how far others have set it since it has measured last, in nanoseconds.
    """

    unseen = 0
    updated = 0
    is_silent = False
    is_lost = False
    leap = LeapStatus.NORMAL
    chance = random.Random(0)
    sight = threading.Lock()
    _noise, _frequency = 0.0, RAW_PPM
    _error = _raw = 0

    def measure(self, seen: float = 1.0) -> None:
        """Measure, as chronyd does now and then: all of what is unseen, or a part.

        Its first measurements after a step are mixed with older ones.
        """
        with self.sight:
            self._noise = self.chance.uniform(-NOISE, NOISE)
            self._frequency = RAW_PPM + self.chance.uniform(-3, 3)
            true, self.updated, self._raw = read_all()
            self._error = self.updated - true - int(self.unseen * (1 - seen))
            self.unseen = 0

    def set_unseen(self, step: int) -> None:
        """Set the clock as others do: chronyd does not know of it until it measures."""
        with self.sight:
            fake_clock().fake_step(step)
            self.unseen += step

    def suspend(self, duration: int) -> None:
        """Suspend the computer, which sets the clock when it goes on."""
        with self.sight:
            fake_clock().fake_suspend(duration)
            self.unseen += duration

    def _answer(self, request: Request, *, over_udp: bool) -> bytes:
        with self.sight:
            _, real, raw = read_all()
            passed = (raw - self._raw) * (1 - self._frequency / 1e6)
            error = self._error + (real - self.updated - passed - self.unseen)
            noise, updated, frequency = self._noise, self.updated, self._frequency
        offset = noise - error / 1e9
        dispersion = abs(noise) + 5e-6 + passed / 1e9 * MAX_CLOCK_ERROR
        self.tracking = make_tracking(
            offset=offset,
            root_dispersion=dispersion,
            root_delay=0.0,
            frequency=frequency,
            ref_time_ns=updated,
            update_interval=1.0,
            leap_status=LeapStatus.UNSYNC if self.is_lost else self.leap,
        )
        return super()._answer(request, over_udp=over_udp)

    def _is_dropped(self, request: Request) -> bool:
        return self.is_silent or super()._is_dropped(request)
