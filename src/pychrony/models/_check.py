"""A judgment of the clock. It is pychrony's own: nothing in it is libchrony's."""

from dataclasses import field
from enum import Enum
from typing import TypeAlias

from ._enums import Verdict
from ._help import DocumentedEnum
from ._record import Record, record

# The two levels of a limit: beyond the first it is a warning, beyond the second it is critical.
Levels: TypeAlias = tuple[float | None, float | None]

_SECONDS = {"unit": "s"}
_PPM = {"unit": "ppm"}


class FindingCode(Enum, metaclass=DocumentedEnum):
    """What is wrong with a clock, or why nobody can tell."""

    NOT_SYNCHRONIZED = "not_synchronized"
    """The clock follows no reference."""
    LOCAL_REFERENCE = "local_reference"
    """The clock follows itself (the chrony.conf manual, `local`), so that its error is not
    known."""
    NO_SOURCES = "no_sources"
    """The clock follows nothing, and no source is configured."""
    NAMES_NOT_RESOLVED = "names_not_resolved"
    """The clock follows nothing, and no source's name is resolved."""
    ALL_OFFLINE = "all_offline"
    """The clock follows nothing, and chronyd was told that no source can be reached (the chronyc
    manual, `offline`)."""
    ALL_SILENT = "all_silent"
    """The clock follows nothing, and no source gives a usable answer, or a sample."""
    NO_MAJORITY = "no_majority"
    """The clock follows nothing, as the sources disagree without a majority. Several are
    falsetickers, and no other one is usable."""
    UPDATE_IN_FUTURE = "update_in_future"
    """The clock's last update lies in the future, so that a clock was set back."""
    ERROR_BOUND = "error_bound"
    """The bound on the clock's error is beyond its limit."""
    OFFSET = "offset"
    """What is still to be corrected is beyond its limit."""
    SKEW = "skew"
    """The error bound of the clock's rate is beyond its limit."""
    STRATUM = "stratum"
    """The clock is further from a reference clock than it may be."""
    UPDATE_TOO_OLD = "update_too_old"
    """The clock's last update is older than it may be."""
    TOO_FEW_SOURCES = "too_few_sources"
    """There are fewer usable sources than there should be."""
    SELECTED_SOURCE_SILENT = "selected_source_silent"
    """The source that the clock follows has not answered its last eight polls, or is a reference
    clock that has given no sample in these."""
    UNEXPECTED_SOURCE = "unexpected_source"
    """The clock follows another source than those it may."""
    AUTHENTICATION_FAILING = "authentication_failing"
    """A source is to be authenticated, and that fails."""
    NOT_RUNNING = "not_running"
    """chronyd is not there, or its port is closed."""
    NO_ANSWER = "no_answer"
    """chronyd is silent."""
    NOT_PERMITTED = "not_permitted"
    """The system does not let this process ask chronyd."""
    REFUSED = "refused"
    """chronyd does not give the report that the judgment takes."""
    NOT_UNDERSTOOD = "not_understood"
    """chronyd's answer made no sense."""
    CANNOT_ASK = "cannot_ask"
    """This computer lacks what it takes to ask. It may be the host's address, memory or
    descriptors."""
    WRONG_USAGE = "wrong_usage"
    """The command line makes no sense."""
    NOT_FINISHED = "not_finished"
    """The command was interrupted, or failed by a fault of its own."""


@record
class Finding(Record):
    """One thing that is wrong with a clock, or the reason why nobody can tell."""

    code: FindingCode
    """What is wrong."""
    severity: Verdict
    """How bad it is."""
    message: str
    """One sentence, without a full stop."""
    value: float | None = None
    """What was measured. None where it is no number."""
    limit: float | None = None
    """The limit that the value is beyond. None where there is no number for it."""
    unit: str = ""
    """The unit of the value and of the limit, "s" or "ppm"; "" for a plain number."""
    source: str | None = None
    """The source that this is about, by its address, or a reference clock by its name. None where
    it is about none, or several."""


@record
class Limits(Record):
    """What is good enough. Each limit but `sources` has two levels, for WARNING and for CRITICAL.

    None is a level that nothing is beyond.
    """

    max_error: Levels = field(metadata=_SECONDS)
    """The largest bound on the clock's error."""
    max_offset: Levels = field(metadata=_SECONDS)
    """The largest offset that is still to be corrected, in either direction."""
    max_skew: Levels = field(metadata=_PPM)
    """The largest error bound of the clock's rate."""
    max_age: Levels = field(metadata=_SECONDS)
    """The greatest age of the clock's last update. Of a result it is at least three polling
    intervals of the selected source."""
    max_stratum: Levels
    """The largest stratum."""
    min_sources: Levels
    """How many sources must be usable."""
    sources: tuple[str, ...] = ()
    """The sources that the clock may follow, by address, configured name or reference ID; any if
    there is none."""


@record
class CheckResult(Record):
    """Whether the clock is good enough, and the numbers that this rests on: `pychrony check`."""

    verdict: Verdict
    """The worst of what was found."""
    findings: tuple[Finding, ...]
    """All that is wrong, the worst first. Empty where the verdict is `OK`."""
    message: str
    """One line that says what is wrong, the worst first, or where all is well what the clock is
    like."""
    error_bound: float = field(metadata=_SECONDS)
    """The bound on the clock's error, `TrackingStatus.error_bound`. It means nothing while the
    clock is not synchronized, or follows itself."""
    offset: float = field(metadata=_SECONDS)
    """What is still to be corrected, `TrackingStatus.offset`. Positive means that the system clock
    is slow of NTP time."""
    skew: float = field(metadata=_PPM)
    """The estimated error bound of the clock's rate, `TrackingStatus.skew`."""
    age: float | None = field(metadata=_SECONDS)
    """The time since the last update of the clock; None if there was none."""
    stratum: int
    """How many hops this computer is from a reference clock, `TrackingStatus.stratum`."""
    usable_sources: int
    """How many sources the clock could follow now, reference clocks included."""
    reference: str
    """What the clock follows, `TrackingStatus.reference_id_name`, or the name that chronyd's
    configuration has for it, if names were asked for."""
    limits: Limits
    """What was allowed."""
