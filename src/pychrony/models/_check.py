"""A judgment of the clock. It is pychrony's own: nothing in it is libchrony's."""

from dataclasses import field

from ._enums import Verdict
from ._record import Record, record

_SECONDS = {"unit": "s"}


@record
class CheckResult(Record):
    """Whether the clock is good enough, and the numbers that this rests on: `pychrony check`."""

    verdict: Verdict
    """The worst of what was found."""
    message: str
    """One line that says what is wrong, the worst first, or where all is well what the clock is
    like."""
    error_bound: float = field(metadata=_SECONDS)
    """The bound on the clock's error, `TrackingStatus.error_bound`."""
    offset: float = field(metadata=_SECONDS)
    """What is still to be corrected, `TrackingStatus.offset`. Positive means that the system clock
    is slow of NTP time."""
    age: float | None = field(metadata=_SECONDS)
    """The time since the last update of the clock; None if there was none."""
    max_age: float = field(metadata=_SECONDS)
    """The age that was allowed. That is the one asked for, or three polling intervals if those are
    longer."""
    usable_sources: int
    """How many sources the clock could follow now, reference clocks included."""
    stratum: int
    """How many hops this computer is from a reference clock, `TrackingStatus.stratum`."""
    reference: str
    """What the clock follows, `TrackingStatus.reference_id_name`."""
