"""One round of a fleet: each target is asked once. Nothing in here waits, but C's poll.

An interrupt may come between any two lines. `ready` and `_jobs` alone then say what is to be done:
all else is made anew from them, and a job that was just being handled starts over.
"""

from __future__ import annotations

from collections import deque
from time import monotonic_ns, time_ns
from typing import Any, Generic

from ..exceptions import ChronyError, ChronyLibraryError, ChronyTimeoutError
from .answer import Answer, T
from .compiled import make_open_error
from .failures import all_failed, lacks_resources
from .jobs import Inquiry, Job
from .questions import Question
from .resolving import Found, LookUps
from .targets import Targets
from .window import Window

# So many exchanges are begun by one `advance` at the most, so that an event loop gets its turn.
_BATCH = 64

# What the program does between two answers takes no time of the targets, if it takes longer.
_PAUSE_NS = 1_000_000


class Round(Generic[T]):
    """Asks each target once. One thread at a time may use it.

    Call `advance` until it `is_over`, and take the answers from `ready`.
    """

    def __init__(
        self, targets: Targets, inquiry: Inquiry[T], timeout_ns: int, numbers: tuple[int, int]
    ) -> None:
        self.ready: list[Answer[T]] = []
        self.is_advancing = False  # `advance` is under way, or was interrupted
        self._targets = targets
        self._inquiry = inquiry
        self._timeout_ns = timeout_ns
        self._n_places, self._max_lookups = numbers
        self._window: Window | OSError | None = None  # an error: why there is none
        # The targets that were begun and whose answers are not ready, by their numbers.
        self._jobs: dict[int, Job] = {}
        self._n_names = self._n_others = 0  # how many were begun of either
        # What follows from the jobs.
        self._running: dict[int, Job] = {}  # by place
        self._free = list(range(self._n_places))
        self._left: list[int] = []  # places that were left, and may be open yet
        self._waiting: deque[Job] = deque()  # for a place
        self._n_looking = 0
        self._limit = self._n_places  # how many places the system's resources allow
        self.busy_since = monotonic_ns()  # the program, with what is not the round's
        self._look_ups = LookUps()

    @property
    def total(self) -> int:
        """The number of targets."""
        return len(self._targets.given)

    @property
    def done(self) -> int:
        """The number of answers that were taken."""
        return self._n_names + self._n_others - len(self._jobs) - len(self.ready)

    def is_over(self) -> bool:
        """Return whether all answers are ready, or were taken."""
        return not self._jobs and self._n_names + self._n_others == self.total

    def fileno(self) -> int:
        """Return the descriptor that is readable when `advance` has something to do.

        Raises:
            OSError: The system has no descriptors for it.

        """
        window = self._open()
        if isinstance(window, OSError):
            raise window.with_traceback(None)
        if self.is_advancing or self.ready:  # an interrupt came
            window.wake()
        return window.fileno()

    def close(self) -> None:
        """Close everything at once."""
        if isinstance(self._window, Window):
            self._window.close()

    def _open(self) -> Window | OSError:
        if self._window is None:
            try:
                window = Window(self._n_places)
                window.wake()  # for whoever waits for the descriptor before anything has begun
                self._window = window
            except OSError as error:
                self._window = error.with_traceback(None)
        return self._window

    def advance(self, until: int) -> None:
        """Go on with all that is ready or due. Where nothing is, wait until `until` or for 50 ms.

        It does a bounded amount of work. If more can be done, the descriptor is readable.
        """
        window = self._open()
        if self.is_advancing:
            self._repair(window)
            self.busy_since = monotonic_ns()
            if self.ready:  # hand over first: another interrupt may come soon
                self.is_advancing = False
                return
        else:
            self._extend(monotonic_ns() - self.busy_since)
        self.is_advancing = True
        if isinstance(window, OSError):
            self._refuse_some(window)
        else:
            self._look_up(window)
            n_left = self._begin_jobs(window, _BATCH)
            for place, outcome in window.poll(0 if self.ready else until):
                self._handle(window, place, outcome)
            self._begin_jobs(window, n_left)
            self._close_left(window)
            if (
                self._look_ups.found or self._count_beginnings() > 0
            ):  # poll may have taken their wake-up
                window.wake()
        self.busy_since = monotonic_ns()
        self.is_advancing = False

    def _extend(self, pause: int) -> None:
        """Give back the time for which nobody was there to take what chronyds answer."""
        if pause > _PAUSE_NS and isinstance(self._window, Window):
            for job in self._jobs.values():
                job.extend(pause)
            self._window.extend(pause)

    def _repair(self, window: Window | OSError) -> None:
        """Make all that follows from `ready` and the jobs anew, after an interrupt."""
        for answer in self.ready:
            self._jobs.pop(answer.index, None)
        names, others = self._targets.names, self._targets.others
        begun = {*self._jobs, *(answer.index for answer in self.ready)}
        while self._n_names < len(names) and names[self._n_names] in begun:
            self._n_names += 1
        while self._n_others < len(others) and others[self._n_others] in begun:
            self._n_others += 1
        jobs = self._jobs.values()
        self._running = {job.place: job for job in jobs if job.place is not None}
        self._free = [place for place in range(self._n_places) if place not in self._running]
        for job in jobs:
            if job.place is None:
                job.start_over()
        self._waiting = deque(job for job in jobs if job.place is None and job.candidates)
        self._n_looking = sum(job.looked_up and not job.candidates for job in jobs)
        if isinstance(window, Window):
            self._repair_window(window)

    def _repair_window(self, window: Window) -> None:
        window.wake()  # the interrupted poll may have taken the last wake-up
        for place in self._free:
            window.close_place(place)
        for job in self._jobs.values():
            if not (job.candidates or job.looked_up):
                self._begin_look_up(window, job)

    def _count_beginnings(self) -> int:
        """Return how many jobs can begin now."""
        n_others = len(self._targets.others) - self._n_others
        n_places = min(len(self._free), self._limit - len(self._running))
        return min(n_places, len(self._waiting) + n_others)

    def _begin_jobs(self, window: Window, n_left: int) -> int:
        """Begin jobs, so many at the most, and return how many more might be begun."""
        n = min(n_left, self._count_beginnings())
        for _ in range(n):
            if self._waiting:
                job = self._waiting.popleft()
            else:
                job = self._add_job(self._targets.others[self._n_others])
                self._n_others += 1
            self._begin(window, job, self._free.pop())
        return n_left - n

    def _add_job(self, index: int) -> Job:
        job = self._jobs[index] = Job(index, self._targets.find_candidates(index))
        return job

    def _begin(self, window: Window, job: Job, place: int) -> None:
        """Ask the first question, at the job's next address."""
        if job.deadline == 0:
            job.deadline = monotonic_ns() + self._timeout_ns
        error = job.find_next_address()
        if error is None:
            job.n_others = len(self._running) - (place in self._running)
            job.question = self._inquiry.first
            window.begin(place, job.address, job.question, job.until)
            self._running[place] = job
            job.place = place
        else:
            self._finish(job, None, error)
            self._leave(place)

    def _handle(self, window: Window, place: int, outcome: int) -> None:
        """Take what an exchange came to, and go on."""
        job = self._running.get(place)
        if job is None:
            window.close_place(place)
            return
        job.place = None
        if outcome < 0:
            self._handle_failure(window, job, place, outcome)
            return
        try:
            value = window.take(place, job.question, outcome)
        except ChronyError as error:  # a record that this package does not understand
            if not job.question.is_extra:
                self._fail(window, job, place, error.with_traceback(None))
                return
            value = None
        self._go_on(window, job, place, value)

    def _go_on(self, window: Window, job: Job, place: int, value: Any) -> None:
        """Note an answer, and ask the next question if there is one."""
        if not job.values:
            job.answered_at = time_ns()
        job.values = *job.values, value
        question = self._inquiry.follow(job.values)
        if question is not None:
            if job.search is not None:
                job.passed_over = job.search.list_passed_over(job.address)
            self._ask(window, job, place, question)
            return
        self._finish(job, self._inquiry.conclude(job), None)
        self._leave(place)
        self._limit = min(self._limit + 1, self._n_places)

    def _ask(self, window: Window, job: Job, place: int, question: Question[Any]) -> None:
        """Ask a question on the connection that is open already."""
        job.question, job.until = question, job.deadline
        window.ask(place, question, job.until)
        job.place = place

    def _handle_failure(self, window: Window, job: Job, place: int, outcome: int) -> None:
        report = job.question.report
        error = window.make_error(place, job.address, report, outcome, job.passed_over)
        is_short = lacks_resources(error)
        if is_short and job.n_others > 0:
            self._put_back(window, job, place)
            return
        has_begun = isinstance(error, ChronyTimeoutError) and window.has_answered(place)
        if has_begun and job.until < job.deadline and not job.values:
            # It has begun to answer. Give it all the time that is left.
            self._ask(window, job, place, job.question)
            return
        if job.question.is_extra:
            self._go_on(window, job, place, None)
            return
        self._fail(window, job, place, error)
        if self._limit < self._n_places and not is_short:
            self._limit += 1

    def _put_back(self, window: Window, job: Job, place: int) -> None:
        """Let a job wait until another one has given back what the system is short of."""
        job.start_over()
        self._waiting.append(job)
        self._leave(place)
        self._limit = max(1, min(self._limit, job.n_others))

    def _fail(self, window: Window, job: Job, place: int, error: ChronyError) -> None:
        """Go on to the job's next address, if there is one, or answer with the error."""
        error.__context__ = None
        if job.search is not None and not job.values and job.search.pass_over(job.address, error):
            self._begin(window, job, place)
            return
        self._finish(job, None, error)
        self._leave(place)

    def _finish(self, job: Job, value: T | None, error: ChronyError | None) -> None:
        index = job.index
        self.ready.append(Answer(index, self._targets.given[index], value, error))
        del self._jobs[index]

    def _leave(self, place: int) -> None:
        """Free a place. It is closed when another job begins there, or by `_close_left`."""
        self._running.pop(place, None)
        self._free.append(place)
        self._left.append(place)

    def _close_left(self, window: Window) -> None:
        """Close the places that were left and not taken again."""
        for place in self._left:
            if place not in self._running:
                window.close_place(place)
        self._left.clear()

    def _look_up(self, window: Window) -> None:
        """Take what look-ups have found, and begin others."""
        while self._look_ups.found:
            index, found = self._look_ups.found[0]
            job = self._jobs.get(index)
            if job is not None and not job.candidates:
                self._take_found(job, found)
            self._look_ups.found.popleft()
        names = self._targets.names
        while self._n_names < len(names) and self._may_look_up():
            job = self._add_job(names[self._n_names])
            self._n_names += 1
            self._begin_look_up(window, job)

    def _may_look_up(self) -> bool:
        """Return whether another name may be looked up now. The others wait until it is needed."""
        return self._n_looking < self._max_lookups and len(self._waiting) < self._n_places

    def _begin_look_up(self, window: Window, job: Job) -> None:
        self._look_ups.begin(job.index, self._targets.parsed[job.index], window)
        job.looked_up = True
        self._n_looking += 1

    def _take_found(self, job: Job, found: Found) -> None:
        self._n_looking -= 1
        if isinstance(found, list):
            job.candidates = found
            self._waiting.append(job)
        elif isinstance(found, ChronyError):
            self._finish(job, None, found)
        else:
            address = self._targets.name(job.index)
            self._finish(job, None, ChronyLibraryError(f"{address}: {found}", address=address))

    def _refuse_some(self, failure: OSError) -> None:
        """Answer some targets, because the system has no descriptors."""
        for job in [*self._jobs.values()]:  # of a refusal that was interrupted
            self._refuse(job, failure)
        names, others = self._targets.names, self._targets.others
        while len(self.ready) < _BATCH and not self.is_over():
            if self._n_names < len(names):
                job = self._add_job(names[self._n_names])
                self._n_names += 1
            else:
                job = self._add_job(others[self._n_others])
                self._n_others += 1
            self._refuse(job, failure)

    def _refuse(self, job: Job, failure: OSError) -> None:
        known, number = job.candidates or [self._targets.name(job.index)], failure.errno or 0
        errors = [make_open_error(e, number) if isinstance(e, str) else e for e in known]
        self._finish(job, None, errors[0] if len(errors) == 1 else all_failed(errors))
