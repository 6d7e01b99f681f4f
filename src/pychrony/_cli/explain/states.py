"""What the states of a source mean, in plain words.

Words in braces are values of `sources.py`. Limits have their defaults of the chrony.conf
manual: chronyd does not report which are in force.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ...models import SelectOptions, SelectState, SourceState


class Group(Enum):
    """Whether a source takes part in setting the clock."""

    USED = "is used"
    USABLE = "could be used, but is not"
    UNUSABLE = "cannot be used"
    UNKNOWN = "is in a state that this pychrony does not know"


class Explanation(NamedTuple):
    """Why a source is used or not."""

    group: Group
    sentence: str
    remedy: str
    brief: str
    """The same in the summary, after a number of sources."""
    fields: tuple[str, ...]
    """The fields that the sentence comes from, as "report.field"."""
    directive: str = ""
    """The directive or option of chrony.conf, or the command of chronyc, that it has to do with."""
    default: str = ""
    """The directive's value where the configuration has none."""
    is_effect: bool = False
    """Whether it goes without saying where a cause is known."""


NOTHING = "Nothing to do."
WAIT = "Nothing to do: wait."

_STATE = ("selectdata.state",)
_INTERVAL = (*_STATE, "selectdata.low_limit", "selectdata.high_limit")


def _limit(directive: str, default: str) -> str:
    return (
        f"The limit is `{directive}` in chrony.conf: {default} unless the configuration says "
        "otherwise, as chronyd does not report it."
    )


# What chronyd says of each source over its Unix socket.
SELECT_STATES = {
    SelectState.BEST: Explanation(
        Group.USED,
        "It is the best of the sources, and the clock follows it.",
        NOTHING,
        "followed",
        _STATE,
    ),
    SelectState.COMBINED: Explanation(
        Group.USED,
        "It is good enough to be used beside the best source: chronyd takes their average.",
        NOTHING,
        "averaged with it",
        _STATE,
        "combinelimit",
    ),
    SelectState.LARGE_DISTANCE: Explanation(
        Group.USABLE,
        "Its time is, or recently was, too uncertain to be used beside the best source. It may be "
        "off by {distance}. " + _limit("combinelimit", "3 times the best source's uncertainty"),
        "Nothing to do: it is a spare. A server that is nearer by network is more certain.",
        "less certain than the best one",
        _INTERVAL,
        "combinelimit",
        "3",
    ),
    SelectState.WAITING_FOR_UPDATE: Explanation(
        Group.USABLE,
        "chronyd has just turned to another source, and waits for a new measurement of this one.",
        WAIT,
        "waiting for a measurement",
        _STATE,
    ),
    SelectState.NOT_PREFERRED: Explanation(
        Group.USABLE,
        "The configuration prefers another source (option `prefer`), and that one works.",
        "Nothing to do: it is a spare. To use it too, give it the option `prefer` in chrony.conf.",
        "less preferred than another one",
        _STATE,
        "prefer",
    ),
    SelectState.MISSING_SELECTABLE: Explanation(
        Group.USABLE,
        "It is good, but chronyd uses none until more sources are usable. {waiting}",
        "See why the other sources are not usable. {fewer}",
        "waiting until more sources are usable",
        _STATE,
        "minsources",
        "1",
    ),
    SelectState.IGNORED: Explanation(
        Group.UNUSABLE,
        "{noselect}: chronyd measures it, and never uses it.",
        "Nothing to do if that is wanted. Otherwise {allow} in chrony.conf.",
        "not to be used by the configuration",
        (*_STATE, "selectdata.configured_options", "selectdata.effective_options"),
        "noselect",
    ),
    SelectState.NOT_SYNCHRONIZED: Explanation(
        Group.UNUSABLE,
        "It says that its own clock is not synchronized, so it has no time to give.",
        "Mend the clock of that server, or take another server.",
        "not synchronized itself",
        _STATE,
        is_effect=True,
    ),
    SelectState.MISSING_SAMPLES: Explanation(
        Group.UNUSABLE,
        "chronyd has {samples} of it, and wants more before it uses it. It asks {interval}.",
        WAIT,
        "not measured often enough yet",
        (*_STATE, "sourcestats.samples", "sources.poll"),
        is_effect=True,
    ),
    SelectState.UNACCEPTABLE_DISTANCE: Explanation(
        Group.UNUSABLE,
        "Its time is too uncertain: it may be off by {distance} (its root distance). "
        + _limit("maxdistance", "3 seconds"),
        "Take a server that is nearer by network. If such a time is good enough, make "
        "`maxdistance` larger in chrony.conf. A server that lost its own source gets ever more "
        "uncertain: then mend that.",
        "too uncertain",
        _INTERVAL,
        "maxdistance",
        "3 s",
    ),
    SelectState.JITTERY: Explanation(
        Group.UNUSABLE,
        "Its measurements vary too much{deviation}. " + _limit("maxjitter", "1 second"),
        "Look for what delays its answers: a busy network, a busy server. Otherwise take another "
        "server.",
        "varying too much",
        (*_STATE, "sourcestats.std_dev"),
        "maxjitter",
        "1 s",
    ),
    SelectState.WAITING_FOR_OTHERS: Explanation(
        Group.UNUSABLE,
        "chronyd first waits until other sources, too, were measured often enough.",
        WAIT,
        "waiting for the measurements of others",
        _STATE,
    ),
    SelectState.STALE: Explanation(
        Group.UNUSABLE,
        "Its measurements are older than those of other sources.",
        "Nothing to do if it answers again: chronyd then uses it. If it does not, see whether that "
        "server still runs and can be reached.",
        "measured too long ago",
        (*_STATE, "selectdata.last_sample_ago"),
        is_effect=True,
    ),
    SelectState.ORPHAN: Explanation(
        Group.UNUSABLE,
        "Its stratum, {stratum}, is not below that of `local` in this computer's chrony.conf. "
        "chronyd takes such a source for one that has lost its own sources (orphan mode).",
        "Give that server a source of its own, or take another server.",
        "without a source of its own",
        (*_STATE, "sources.stratum"),
        "local",
    ),
    SelectState.NOT_TRUSTED: Explanation(
        Group.UNUSABLE,
        "Its time does not agree with the sources that the configuration trusts (option `trust`, "
        "which authenticated sources may get by themselves). {offset}",
        "If the trusted sources are right, take this one out of chrony.conf. If they are not, take "
        "the option `trust` from them.",
        "in disagreement with trusted sources",
        _INTERVAL,
        "trust",
    ),
    SelectState.FALSETICKER: Explanation(
        Group.UNUSABLE,
        "Its time does not agree with that of other sources, so one of them is wrong. {offset}",
        "If most other sources agree, this one is wrong: take it out of chrony.conf. If no "
        "majority agrees, add sources: with four, one may be wrong.",
        "in disagreement with others",
        _INTERVAL,
    ),
}

WAITING_FOR_MINIMUM = (
    "chronyd does not report how many: `minsources` in chrony.conf says so, and without that line "
    "it is 1."
)

_SOURCE_STATE = ("sources.state",)

# What chronyd says over its command port: less.
SOURCE_STATES = {
    SourceState.SELECTED: SELECT_STATES[SelectState.BEST]._replace(fields=_SOURCE_STATE),
    SourceState.UNSELECTED: SELECT_STATES[SelectState.COMBINED]._replace(fields=_SOURCE_STATE),
    SourceState.SELECTABLE: Explanation(
        Group.USABLE,
        "It is good, but chronyd does not use it at present. This report does not say why.",
        "Nothing to do: it is a spare.",
        "spare",
        _SOURCE_STATE,
    ),
    SourceState.NONSELECTABLE: Explanation(
        Group.UNUSABLE,
        "chronyd does not use it. This report does not say why: it may want more measurements, or "
        "the configuration may forbid it.",
        "Nothing to do within the first minutes: wait.",
        "not usable, for a reason that is not known here",
        _SOURCE_STATE,
        is_effect=True,
    ),
    SourceState.FALSETICKER: SELECT_STATES[SelectState.FALSETICKER]._replace(
        fields=(*_SOURCE_STATE, "sources.latest_meas")
    ),
    SourceState.JITTERY: SELECT_STATES[SelectState.JITTERY]._replace(
        fields=(*_SOURCE_STATE, "sourcestats.std_dev")
    ),
}

# Where the clock follows nothing, such a source is no spare.
SELECTABLE_IN_VAIN = Explanation(
    Group.USABLE,
    "It is good, but chronyd uses no source at present. This report does not say why: it may wait "
    "until more sources are usable (`minsources`, and the option `require`, in chrony.conf).",
    "Wait if chronyd has just started. Otherwise see why the other sources are not usable.",
    "usable, but not used",
    _SOURCE_STATE,
)

# What keeps a source from use that chronyd before 4.0 tells in `Source.flags`.
IGNORED_BY_FLAGS = SELECT_STATES[SelectState.IGNORED]._replace(fields=("sources.flags",))

OPTIONS = {
    SelectOptions.PREFER: "`prefer`: it goes before sources without this option",
    SelectOptions.TRUST: "`trust`: where sources disagree, it is taken to be right",
    SelectOptions.REQUIRE: "`require`: chronyd sets the clock only while such a source is usable",
}


def explain_unknown(group: Group, fields: tuple[str, ...]) -> Explanation:
    """Return what can be said of a state that a newer chronyd has."""
    return Explanation(
        group,
        "chronyd's state of it is `{state}`, which this pychrony does not know.",
        "The manual of chronyc that came with that chronyd says what it means, under selectdata.",
        "in a state that is not known here",
        fields,
    )
