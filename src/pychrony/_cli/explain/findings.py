"""What each finding of `check` means, and what usually helps, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...models import Finding, FindingCode, Verdict
from .sources import ExplainedSource

VERDICTS = {
    Verdict.OK: "the clock is good.",
    Verdict.WARNING: "the clock is good, but what keeps it so is not.",
    Verdict.CRITICAL: "the clock is not good enough.",
    Verdict.UNKNOWN: "nothing is known of the clock.",
}


class Meaning(NamedTuple):
    """What a finding means, beyond its own message, and what usually helps."""

    sentence: str
    remedy: str
    hides_sources: bool = False
    """Whether there is nothing to tell of single sources beside it."""


_SEE_SOURCES = "See below what is wrong with each source."
_SEE_WHY = "See below why."
_START = (
    "Start it (`systemctl start chrony`, on some systems `chronyd`), and see its log if it runs or "
    "ends again. If it runs on another computer or elsewhere, name its address with -h."
)

MEANINGS = {
    FindingCode.NOT_SYNCHRONIZED: Meaning(
        "Nothing corrects the clock now, so its error grows.",
        _SEE_WHY,
    ),
    FindingCode.LOCAL_REFERENCE: Meaning(
        "chronyd takes this computer's own clock for the true time, as `local` in chrony.conf "
        "allows where no source can be used. Nobody knows how wrong it is.",
        _SEE_WHY,
    ),
    FindingCode.NO_SOURCES: Meaning(
        "chronyd has nobody to ask for the time.",
        "Name a source in chrony.conf, for example `pool pool.ntp.org iburst`, and restart "
        "chronyd.",
        hides_sources=True,
    ),
    FindingCode.NAMES_NOT_RESOLVED: Meaning(
        "chronyd knows its sources by name only, and could not find out their addresses.",
        "Check that this computer has a network and can look up names. chronyd tries again by "
        "itself, and at once after `chronyc refresh`.",
    ),
    FindingCode.ALL_OFFLINE: Meaning(
        "chronyd was told that there is no network, and asks nobody.",
        "Tell it that the network is there: `chronyc online`.",
    ),
    FindingCode.ALL_SILENT: Meaning(
        "No usable answer has come lately.",
        "Check this computer's network first, then whether a firewall blocks NTP (UDP port 123).",
    ),
    FindingCode.NO_MAJORITY: Meaning(
        "The sources tell different times, and chronyd cannot know which is right.",
        "Add sources: with four, one may be wrong. Take out those that are known to be wrong.",
    ),
    FindingCode.UPDATE_IN_FUTURE: Meaning(
        "The clock was last corrected at a time that has not come yet, so a clock was set back.",
        "Find out what sets the clock beside chronyd (a virtual machine's host, another program), "
        "then restart chronyd.",
    ),
    FindingCode.ERROR_BOUND: Meaning(
        "The error bound says how far the clock may be from the true time.",
        "Wait if chronyd has just started or has just lost its source. Otherwise sources that are "
        "nearer by network help.",
    ),
    FindingCode.OFFSET: Meaning(
        "This is how far the clock is from what chronyd takes for the true time. chronyd corrects "
        "it by letting the clock run a little faster or slower, and that takes time.",
        "Wait. `chronyc makestep` sets the clock at once, which programs may notice.",
    ),
    FindingCode.SKEW: Meaning(
        "The skew says how well chronyd knows how fast the clock runs. 1 ppm is 0.09 seconds a "
        "day.",
        "Wait: more measurements make it smaller.",
    ),
    FindingCode.STRATUM: Meaning(
        "The stratum says how many steps the clock is from a reference clock, such as a GPS "
        "receiver.",
        "Take sources that are nearer to one.",
    ),
    FindingCode.UPDATE_TOO_OLD: Meaning(
        "The clock has not been corrected for so long: it drifts, and its error grows.",
        _SEE_SOURCES,
    ),
    FindingCode.TOO_FEW_SOURCES: Meaning(
        "If one more fails, the clock may be left without a source.",
        "Add sources, or see below why some cannot be used.",
    ),
    FindingCode.SELECTED_SOURCE_SILENT: Meaning(
        "The clock still follows what it knows from before, and drifts from now on.",
        _SEE_SOURCES,
    ),
    FindingCode.UNEXPECTED_SOURCE: Meaning(
        "The clock follows a source that was not named as one it may follow.",
        "See below why the expected source is not used.",
    ),
    FindingCode.AUTHENTICATION_FAILING: Meaning(
        "Without it chronyd does not take the time from that source.",
        _SEE_SOURCES,
    ),
    FindingCode.NOT_RUNNING: Meaning(
        "chronyd is the program that keeps the clock right.",
        _START,
    ),
    FindingCode.NO_ANSWER: Meaning(
        "chronyd did not answer in time. It may hang, or a firewall is on the way.",
        "Ask again with a longer -t. If that does not help, restart chronyd. For another computer "
        "see `cmdallow` and `bindcmdaddress` in its chrony.conf.",
    ),
    FindingCode.NOT_PERMITTED: Meaning(
        "The system does not let this user ask chronyd.",
        "Run it as root, or ask over chronyd's command port: `-h 127.0.0.1`.",
    ),
    FindingCode.REFUSED: Meaning(
        "chronyd does not give this report at this address.",
        "Run it as root on the computer itself, or see `opencommands` in chrony.conf.",
    ),
    FindingCode.NOT_UNDERSTOOD: Meaning(
        "What answered is no chronyd, or one that this pychrony does not understand.",
        "Check the address and the port.",
    ),
    FindingCode.CANNOT_ASK: Meaning(
        "This computer could not even ask.",
        "Check the address; the message says what is missing.",
    ),
    FindingCode.NOT_FINISHED: Meaning(
        "The command did not get to its end.",
        "Run it again.",
    ),
    FindingCode.WRONG_USAGE: Meaning(
        "The command line makes no sense.",
        "See `pychrony explain --help`.",
    ),
}

_NONE_LEFT = "No source is left that could correct the clock."

# The causes that sources have where it may be this computer's network.
_OF_THE_NETWORK = ("answered_before", "never_answered", "never_measured", "name_not_resolved")

# Where there is no answer, the verdict's own sentence would say too much.
_NOT_TOLD = {
    FindingCode.NOT_RUNNING: "no chronyd can be reached.",
    FindingCode.NO_ANSWER: "chronyd does not answer.",
}

# What is warned of where the clock itself is not good.
_OF_THE_CLOCK = (
    *(FindingCode.ERROR_BOUND, FindingCode.OFFSET, FindingCode.SKEW, FindingCode.STRATUM),
    FindingCode.UPDATE_IN_FUTURE,
)
_NOT_SO_GOOD = "the clock is not as good as it should be."


def tell_verdict(verdict: Verdict, findings: Sequence[Finding]) -> str:
    """Return the first line: the verdict as a word and in words."""
    codes = [each.code for each in findings]
    told = next((_NOT_TOLD[code] for code in codes if code in _NOT_TOLD), VERDICTS[verdict])
    if verdict is Verdict.WARNING and any(code in _OF_THE_CLOCK for code in codes):
        told = _NOT_SO_GOOD
    return f"{verdict.name}: {told}"


def find_meaning(finding: Finding, sources: Sequence[ExplainedSource]) -> Meaning:
    """Return what a finding means where these sources are told of; the remedy "" for none."""
    meaning = MEANINGS[finding.code]
    if finding.code is FindingCode.TOO_FEW_SOURCES and not finding.value:
        meaning = meaning._replace(sentence=_NONE_LEFT)
    if finding.code is FindingCode.ALL_SILENT and any(
        each.cause not in _OF_THE_NETWORK for each in sources
    ):
        meaning = meaning._replace(remedy=_SEE_SOURCES)
    if not sources and meaning.remedy in (_SEE_SOURCES, _SEE_WHY):
        return meaning._replace(remedy="")
    return meaning


def hides_sources(findings: Sequence[Finding]) -> bool:
    """Return whether a finding says all that could be told of the sources."""
    return any(MEANINGS[each.code].hides_sources for each in findings)
