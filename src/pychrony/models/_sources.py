"""The sources: what was measured, what follows from it, and which of them are trusted."""

from ._enums import LeapStatus, SelectOptions, SelectState, SourceMode, SourceState
from ._record import NEVER, NEVER_BEFORE_2_3, AboutPolledSource, AboutSourceWithID, record, reported


@record
class Source(AboutPolledSource):
    """A source and its last measurement: `chronyc sources`.

    Source: the chronyc manual, "sources"; signs were checked by shifting a clock.
    """

    address: str = reported(("address", "reference ID"))
    """The address, "ID#0000000001" while the name is not resolved, or the name of a reference
    clock ("GPS")."""
    poll: int = reported("poll", "log2 s")
    """The polling interval as a power of two in seconds; negative below a second."""
    stratum: int = reported("stratum")
    """The source's stratum at its last measurement; 0 before the first."""
    state: SourceState = reported("state")
    """What the selection of sources makes of it."""
    mode: SourceMode = reported("mode")
    """What kind of source it is, a server, a symmetric peer or a reference clock."""
    flags: int = reported("flags")
    """The options, as bits, that chronyd before 4.0 reports (1 noselect, 2 prefer, 4 trust,
    8 require). 0 since."""
    reachability: int = reported("reachability")
    """The last eight polls as bits, the newest lowest, 1 for answered (RFC 5905, reach register).
    chronyc shows it in octal."""
    last_sample_ago: int | None = reported("last sample ago", "s", never=(NEVER, NEVER_BEFORE_2_3))
    """The time since the last good measurement; None before the first."""
    orig_latest_meas: float = reported("original last sample offset", "s")
    """The offset of the last measurement as it was measured. Positive means that the local clock
    is ahead of the source; 0.0 before the first measurement."""
    latest_meas: float = reported("adjusted last sample offset", "s")
    """The offset of the last measurement, less the corrections that were made to the clock since.
    Positive means that the local clock is ahead of the source."""
    latest_meas_err: float = reported("last sample error", "s")
    """The error bound of the last measurement."""
    name: str | None = None
    """The name that the configuration has for it ("time.example.net"), if it was asked for; None
    for a reference clock, and from chronyd before 4.0."""

    def is_reference_clock(self) -> bool:
        """Return whether this is a reference clock of this computer, and no NTP source."""
        return self.mode is SourceMode.REFCLOCK

    def is_reachable(self) -> bool:
        """Return whether any of the last eight polls was answered (RFC 5905, section 13)."""
        return self.reachability != 0

    def is_selected(self) -> bool:
        """Return whether the clock follows this source, chronyc's `*`; several may be combined."""
        return self.state is SourceState.SELECTED


@record
class SourceStats(AboutSourceWithID):
    """The regression over a source's last measurements: `chronyc sourcestats`.

    Source: the chronyc manual, "sourcestats"; signs were checked by shifting a clock.
    """

    reference_id: int = reported("reference ID")
    """The source's reference ID, 32 bits; 0 while its name is not resolved."""
    address: str = reported(("address", "reference ID"))
    """The address, "ID#0000000001" while the name is not resolved, or the name of a reference
    clock ("GPS")."""
    samples: int = reported("samples")
    """How many measurements are kept."""
    runs: int = reported("runs")
    """Runs of residuals with the same sign; too few say that a straight line does not fit."""
    span: int = reported("span", "s")
    """The time from the oldest measurement to the newest."""
    std_dev: float = reported("standard deviation", "s")
    """The standard deviation of the measurements; 4.0 with none."""
    resid_freq: float = reported("residual frequency", "ppm")
    """The rate by which the local clock still differs from the source. Positive means that it
    gains on the source, negative that it loses."""
    skew: float = reported("skew", "ppm")
    """The estimated error bound of `resid_freq`; 2000.0 with no measurement."""
    offset: float = reported("offset", "s")
    """The estimated offset. Positive means that the local clock is ahead of the source."""
    offset_err: float = reported("offset error", "s")
    """The estimated error of `offset`."""
    name: str | None = None
    """The name that the configuration has for it, if it was asked for; None for a reference clock,
    and from chronyd before 4.0."""

    def has_sufficient_samples(self, minimum: int = 4) -> bool:
        """Return whether there are enough measurements to fit a line to.

        Args:
            minimum: How many are enough. The chrony.conf manual, "minsamples", says what chronyd
                wants.

        """
        return self.samples >= minimum


@record
class SelectData(AboutSourceWithID):
    """How the selection of sources judged one of them: `chronyc selectdata`. Since chronyd 4.0.

    Source: the chronyc manual, "selectdata".
    """

    reference_id: int = reported("reference ID")
    """The source's reference ID, 32 bits; 0 while its name is not resolved."""
    address: str = reported(("address", "reference ID"))
    """The address, "ID#0000000001" while the name is not resolved, or the name of a reference
    clock ("GPS")."""
    state: SelectState = reported("state")
    """The verdict, by chronyd's own character."""
    authentication: bool = reported("authentication")
    """Whether the source is authenticated, by a key or NTS."""
    leap_status: LeapStatus = reported("leap status")
    """What the source announces; `UNSYNC` before its first measurement."""
    configured_options: SelectOptions = reported("configured options")
    """The options that the configuration gives it."""
    effective_options: SelectOptions = reported("effective options")
    """The options in force, `authselectmode` being taken into account."""
    last_sample_ago: int = reported("last sample ago", "s")
    """The time since the last measurement; chronyd says 0 here also where there is none."""
    score: float = reported("score")
    """The score against the selected source, which has 1.0; above 10.0 it takes its place."""
    low_limit: float = reported("low limit", "s")
    """The lower end of the interval that the true offset is expected in. Positive means that the
    local clock is ahead of the source."""
    high_limit: float = reported("high limit", "s")
    """The upper end of the interval that the true offset is expected in. Positive means that the
    local clock is ahead of the source."""
    name: str | None = None
    """The name that the configuration has for it, if it was asked for; None for a reference
    clock."""
