"""BoundedClock.

An ordinary reading costs one call in C, and asks nobody. It takes no lock.
"""

from __future__ import annotations

import os
from _thread import RLock  # `threading` takes long to import
from time import sleep
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .._client.addresses import Address
from .._client.asynchronous import AsyncChronyConnection
from .._client.functions import get_tracking
from .._client.lifetime import Living
from ..exceptions import ChronyError, ClockUnknownError
from ..models import ClockInterval, ClockStatus, TrackingStatus
from .arguments import LONGEST, check_address, check_times, make_rules
from .compiled import (
    KNOWN,
    MOVED,
    NO_ANCHOR,
    REASONS,
    TOO_OLD,
    get_interval,
    make_anchor,
    read_clocks,
)
from .estimate import NotKnownError, Reading, make_estimate
from .knowledge import Knowledge, learn

if TYPE_CHECKING:
    import asyncio
    import threading

ClockT = TypeVar("ClockT", bound="BoundedClock")

_ATTEMPTS = 3  # the clock may be set while chronyd is asked
_LONGEST_SLEEP = 0.1  # seconds: while waiting, the clock may be set
_make = tuple.__new__


class _InForce(NamedTuple):
    """What a reading goes by, replaced at once. `lasting` is for whoever asks no more."""

    anchor: Any
    status: ClockStatus
    lasting: Any


_NOTHING = _InForce(NO_ANCHOR, ClockStatus.UNKNOWN, NO_ANCHOR)


class BoundedClock:
    """A clock that tells the time with its error: two times that the true time lies between.

    In a `with` block a thread asks chronyd every `refresh` seconds, and in an `async with` block a
    task does. `now()` is an ordinary call in both, and asks nobody. Without a block it asks chronyd
    itself, when the last report is older than `refresh`. It does that in a block too where nothing
    is known, as when the clock was set: that takes up to `timeout`, and asyncio waits for it.

    The bound is that of chronyd (`TrackingStatus.error_bound`), and grows by `max_drift` from one
    report to the next. Where the system's clock moves otherwise than its rate tells, by a step or a
    slew, it grows by as much. So it may be too large. It is too small only where chronyd itself is
    wrong, or a virtual machine was paused: see the documentation.

    Threads may share it. A forked child asks anew.

    Args:
        address: The chronyd of this computer, as `get_tracking` takes it.
        refresh: How often chronyd is asked, in seconds.
        max_drift: How wrong the clock's rate may be beyond what chronyd knows, in ppm.
        extra_error: What is added to each bound, in seconds: as for a hardware clock that chronyd
            takes for perfect.
        max_age: How long a report is of use, in seconds, a million at the most. Then the time is
            not known.
        timeout: How long chronyd may take to answer, in seconds.

    Raises:
        ValueError: An argument is malformed, or the address is of another computer.

    Example:
        >>> with BoundedClock() as clock:
        ...     first = clock.now()
        ...     clock.wait_until_past(first)
        ...     print(first.error_ns < 5_000_000, clock.now().is_after(first))
        True True

    """

    def __init__(
        self,
        address: Address = None,
        *,
        refresh: float = 1.0,
        max_drift: float = 50.0,
        extra_error: float = 0.0,
        max_age: float = 60.0,
        timeout: float = 1.0,
    ) -> None:
        check_address(address)
        check_times(refresh=refresh, max_age=max_age, timeout=timeout)
        self._address = address
        self._timeout = timeout
        self._refresh = min(refresh, LONGEST)
        self._rules = make_rules(max_drift, extra_error, max_age)
        self._known: Knowledge | None = None
        # Never held while chronyd is asked. A signal handler may read the clock while it is held.
        self._lock = RLock()
        self._in_force = _NOTHING
        self._is_free = False
        self._trouble = ""
        self._block: object = None  # whichever it is in; that of a thread is what ends the thread
        self._keeper: threading.Thread | asyncio.Future[None] | None = None
        _clocks.add(self)

    def now(self) -> ClockInterval:
        """Return two times that the true time lies between, at a moment of this call.

        Raises:
            ClockUnknownError: It is not known. The message says why.

        """
        anchor, status, _ = self._in_force
        found = get_interval(anchor)
        if found.outcome:
            return self._ask_and_tell(found.outcome)
        return _make(ClockInterval, (found.earliest, found.latest, status))

    @property
    def status(self) -> ClockStatus:
        """Return how the time is known now. It asks nobody."""
        _, status, lasting = self._in_force
        known = get_interval(lasting).outcome == KNOWN
        return status if known else ClockStatus.UNKNOWN

    def wait_until_past(self, interval: ClockInterval) -> None:
        """Return when the true time is certainly later than an interval ("commit wait").

        Raises:
            ClockUnknownError: The time is not known any more.

        """
        while (left := self._left(interval)) is not None:
            sleep(left)

    async def wait_until_past_async(self, interval: ClockInterval) -> None:
        """Do the same in asyncio, where other tasks run meanwhile."""
        import asyncio  # not everybody needs it

        while (left := self._left(interval)) is not None:
            await asyncio.sleep(left)

    def _left(self, interval: ClockInterval) -> float | None:
        """Return how many seconds it may take until the time is past an interval."""
        left = interval.latest_ns - self.now().earliest_ns
        return None if left < 0 else min((left + 1) / 1e9, _LONGEST_SLEEP)

    def __enter__(self: ClockT) -> ClockT:
        import threading  # not everybody needs it

        ending = threading.Event()
        try:
            self._begin(ending)
            self._ask()
            keeper = self._keeper = threading.Thread(
                target=self._keep, args=(ending,), name="pychrony.BoundedClock", daemon=True
            )
            keeper.start()
            return self
        except BaseException:  # an interrupt, too, leaves no thread
            ending.set()
            self._end(ending)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        import threading  # not everybody needs it

        block, keeper = self._block, self._keeper
        try:
            if isinstance(block, threading.Event) and isinstance(keeper, threading.Thread):
                block.set()  # in a forked child there is no thread
                keeper.join()
        finally:
            self._end(block)

    async def __aenter__(self: ClockT) -> ClockT:
        import asyncio  # not everybody needs it

        block = object()
        try:
            self._begin(block)
            await self._ask_async()
            self._keeper = asyncio.ensure_future(self._keep_async())
            return self
        except BaseException:
            self._end(block)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        import asyncio  # not everybody needs it

        block, keeper = self._block, self._keeper
        try:
            if isinstance(keeper, asyncio.Future):
                keeper.cancel()
                await asyncio.wait([keeper])
        finally:
            self._end(block)

    def _begin(self, block: object) -> None:
        with self._lock:
            if self._block is not None:
                raise RuntimeError("this clock is in a block already")
            self._block = block

    def _end(self, block: object) -> None:
        if self._block is block:
            self._block = self._keeper = None
            self._put_in_force()

    def _keep(self, ending: threading.Event) -> None:
        """Ask chronyd again and again, in a thread."""
        while not ending.wait(self._refresh) and self._block is ending:
            try:
                self._ask()
            except Exception as error:  # no memory, for example: it shall ask again all the same
                self._run_free(f"chronyd cannot be asked: {error!r}")

    async def _keep_async(self) -> None:
        """Do the same in a task."""
        import asyncio  # not everybody needs it

        while True:
            await asyncio.sleep(self._refresh)
            try:
                await self._ask_async()
            except Exception as error:
                self._run_free(f"chronyd cannot be asked: {error!r}")

    def _ask(self) -> ChronyError | None:
        """Ask chronyd, and return why that failed."""
        before = read_clocks()
        try:
            tracking = get_tracking(self._address, timeout=self._timeout)
        except ChronyError as error:
            self._run_free(f"chronyd cannot be asked: {error}")
            return error
        self._take(tracking, before, read_clocks())
        return None

    async def _ask_async(self) -> None:
        before = read_clocks()
        connection = AsyncChronyConnection(self._address, timeout=self._timeout)
        try:
            async with connection:
                tracking = await connection.get_tracking()
        except ChronyError as error:
            self._run_free(f"chronyd cannot be asked: {error}")
        else:
            self._take(tracking, before, read_clocks())

    def _take(self, tracking: TrackingStatus, before: Reading, after: Reading) -> None:
        """Learn from a report."""
        try:
            estimate = make_estimate(tracking, before, after, self._rules)
        except NotKnownError as error:
            self._run_free(str(error))
            return
        with self._lock:
            if self._known is not None and read_clocks().raw < self._known.report.reading.raw:
                self._known = None  # the process goes on on a computer that was started later
            self._known = learn(self._known, estimate, self._rules)
            self._is_free, self._trouble = False, self._known.problem
        self._put_in_force()

    def _run_free(self, why: str) -> None:
        """Go on with what was known before, for some time."""
        with self._lock:
            self._is_free, self._trouble = True, why
        self._put_in_force()

    def _put_in_force(self) -> None:
        """Let readings go by what is known now.

        Without a block, a reading asks chronyd again when that is older than `refresh`.
        """
        with self._lock:
            known = self._known
            if known is None or known.problem:
                self._in_force = _NOTHING
                return
            estimate = known.estimate
            anchor = lasting = make_anchor(estimate, self._rules.max_age)
            if self._block is None:
                since = read_clocks().raw - estimate.reading.raw if self._is_free else 0
                longest = min(self._rules.max_age, since + int(self._refresh * 1e9))
                anchor = make_anchor(estimate, longest)
            status = ClockStatus.FREE_RUNNING if self._is_free else estimate.status
            self._in_force = _InForce(anchor, status, lasting)

    def _ask_and_tell(self, outcome: int) -> ClockInterval:
        """Return an interval after chronyd was asked, or say why there is none."""
        for _ in range(_ATTEMPTS):
            error = self._ask()
            _, status, lasting = self._in_force
            found = get_interval(lasting)
            if not found.outcome:
                return _make(ClockInterval, (found.earliest, found.latest, status))
            outcome = found.outcome
            if error is not None or outcome != MOVED:
                break
        reason, known = self._trouble or REASONS[outcome], self._known
        if outcome == TOO_OLD and self._is_free and known is not None and not known.problem:
            age = f"max_age ({self._rules.max_age / 1e9:g} s)"
            reason = f"the last good report is older than {age}: {reason}"
        raise ClockUnknownError(f"the time is not known: {reason}") from error

    def _forget(self) -> None:
        """Ask anew, in a forked child, which has no thread of its parent's."""
        self._lock = RLock()
        self._in_force = _NOTHING
        self._block = self._keeper = None


_clocks: Living[BoundedClock] = Living()


def _forget_all() -> None:
    for clock in _clocks:
        clock._forget()


os.register_at_fork(after_in_child=_forget_all)
