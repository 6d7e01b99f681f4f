"""Why nothing comes from a source: the causes, of which the first that holds is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ..._judgment.reasons import is_unsynchronized, lacks_keys
from ...models import (
    Activity,
    AuthData,
    AuthMode,
    KeyType,
    NTPData,
    NTPTests,
    SelectData,
    Source,
    SourceStats,
)


@dataclass
class Case:
    """All that chronyd says of one source. None is what it does not say."""

    source: Source
    select: SelectData | None = None
    stats: SourceStats | None = None
    auth: AuthData | None = None
    ntp: NTPData | None = None
    activity: Activity | None = None
    is_clock_followed: bool = True
    """Whether the clock follows any source."""
    required: tuple[str, ...] = ()
    """The sources of which one must be usable, while none is (option `require`)."""

    def is_never_measured(self) -> bool:
        """Return whether chronyd has never had a measurement from it."""
        return self.source.last_sample_ago is None

    def is_silent(self) -> bool:
        """Return whether an NTP source gave no answer in its last eight polls."""
        return not self.source.is_reference_clock() and not self.source.is_reachable()


class Cause(NamedTuple):
    """One reason why nothing comes from a source."""

    code: str
    holds: Callable[[Case], bool]
    sentence: str
    remedy: str
    brief: str
    fields: tuple[str, ...]
    directive: str = ""


_REACHABILITY = ("sources.reachability", "sources.last_sample_ago")
_COUNTS = ("ntpdata.tx_messages", "ntpdata.rx_messages")
_CHECK_SERVER = (
    "Check that the server runs, that its address is right, and that no firewall on the way blocks "
    "UDP port {port} of that server or its answers.{key_differs}{offline}"
)
_ALL_OFFLINE = "chronyd was told that no NTP source can be reached (offline), and asks none."


def _is_all_offline(case: Case) -> bool:
    activity = case.activity
    if activity is None or case.source.is_reference_clock():
        return False
    return activity.offline > 0 and not (
        activity.online + activity.burst_online + activity.burst_offline
    )


def _sent_nothing(case: Case) -> bool:
    return case.is_silent() and case.ntp is not None and case.ntp.tx_messages == 0


def _heard_nothing(case: Case) -> bool:
    return case.is_silent() and case.ntp is not None and case.ntp.rx_messages == 0


def _heard_nothing_valid(case: Case) -> bool:
    return case.is_silent() and case.ntp is not None and case.ntp.rx_valid == 0


CAUSES = (
    Cause(
        "name_not_resolved",
        lambda case: not case.source.is_resolved(),
        "Its name is not resolved: chronyd knows no address for it.",
        "Check that the name is spelled right in chrony.conf, and that this computer can look up "
        "names (`getent hosts {name}`). chronyd tries again by itself, and at once after "
        "`chronyc refresh`.",
        "without an address, as the name is not resolved",
        ("sources.address",),
        "refresh",
    ),
    Cause(
        "offline",
        _is_all_offline,
        _ALL_OFFLINE,
        "Tell chronyd that the network is there: `chronyc online`. Take the option `offline` out "
        "of chrony.conf where it is not wanted.",
        "offline",
        ("activity.online", "activity.offline"),
        "online",
    ),
    Cause(
        "nts_without_keys",
        lambda case: lacks_keys(case.auth),
        "Its answers are to be protected against forgery (NTS). chronyd has no key for that "
        "(cookies): it has asked the server for keys, and {attempts} had no success so far.",
        "Wait a minute if chronyd has just started. Otherwise check that the server offers NTS, "
        "that no firewall blocks its TCP port 4460 (or the one that the option `ntsport` names), "
        "that its certificate is valid for the name in chrony.conf, and that this computer's clock "
        "is not wrong by days: certificates have dates. chronyd's log says more.",
        "without keys for NTS",
        ("authdata.mode", "authdata.attempts", "authdata.cookies"),
        "nts",
    ),
    Cause(
        "key_missing",
        lambda case: (
            case.auth is not None
            and case.auth.mode is AuthMode.SYMMETRIC_KEY
            and case.auth.key_type is KeyType.NONE
        ),
        "Its answers are to be protected against forgery by key number {key}, and chronyd has no "
        "such key.",
        "Put the key into the file that `keyfile` in chrony.conf names, then `chronyc rekey`.",
        "without its key",
        ("authdata.mode", "authdata.key_id", "authdata.key_type"),
        "keyfile",
    ),
    Cause(
        "reference_clock_without_samples",
        lambda case: case.source.is_reference_clock() and case.is_never_measured(),
        "It has never given the time.",
        "Check that the device is there, and that the program or driver that feeds it runs (such "
        "as gpsd) and may. A receiver needs its antenna, and minutes after it was started.",
        "without a measurement",
        _REACHABILITY,
        "refclock",
    ),
    Cause(
        "reference_clock_silent",
        lambda case: case.source.is_reference_clock() and not case.source.is_reachable(),
        "It has given nothing in its last eight polls (one {interval}). Its last measurement was "
        "{age} ago.",
        "Check that the device still works (antenna, cable), and that the program or driver that "
        "feeds it still runs.",
        "silent by now",
        (*_REACHABILITY, "sources.poll"),
        "refclock",
    ),
    Cause(
        "answered_before",
        lambda case: case.is_silent() and not case.is_never_measured(),
        "It has answered before, but not in its last eight polls (one {interval}). Its last "
        "measurement was {age} ago.",
        f"{_CHECK_SERVER} `chronyc refresh` looks up its name again.",
        "silent by now",
        (*_REACHABILITY, "sources.poll"),
    ),
    Cause(
        "not_asked",
        _sent_nothing,
        "chronyd has sent it no request yet.",
        "Nothing to do if chronyd has just started: wait.{offline}",
        "not asked yet",
        ("ntpdata.tx_messages",),
    ),
    Cause(
        "never_answered",
        _heard_nothing,
        "It has never answered: chronyd has sent {sent}, and nothing came back.",
        _CHECK_SERVER,
        "silent",
        (*_COUNTS, "sources.reachability"),
    ),
    Cause(
        "no_valid_answer",
        _heard_nothing_valid,
        "It answers, but none of its {received} was valid.",
        "If the source has a key, check that both sides have the same one. Otherwise check that an "
        "NTP server runs at that address.",
        "answering, but not validly",
        ("ntpdata.rx_messages", "ntpdata.rx_valid"),
    ),
    Cause(
        "source_not_synchronized",
        lambda case: case.is_silent() and is_unsynchronized(case.ntp),
        "It answers, but says that its own clock is not synchronized, so it has no time to give.",
        "Mend the clock of that server, or take another server.",
        "not synchronized",
        ("ntpdata.leap_status", "ntpdata.tests", "sources.reachability"),
    ),
    Cause(
        "never_measured",
        lambda case: case.is_silent(),
        "chronyd has had no usable answer from it yet.",
        f"Wait if chronyd has just started. {_CHECK_SERVER}",
        "without a usable answer",
        _REACHABILITY,
    ),
    Cause(
        "answers_unusable",
        lambda case: case.is_never_measured() and case.source.is_reachable(),
        "It answers, but chronyd could use none of its answers for a measurement{tests}.",
        "Wait if chronyd has just started. {options}",
        "answering, but not usably",
        (*_REACHABILITY, "ntpdata.tests"),
    ),
)

# What an answer did not pass, and what sets the limit.
FAILED_TESTS = {
    NTPTests.TEST1: ("it was a duplicate", ""),
    NTPTests.TEST2: ("it was no answer to the last request", ""),
    NTPTests.TEST3: ("it lacked times", ""),
    NTPTests.TEST5: ("its authentication was not valid", ""),
    NTPTests.TEST6: ("its server was not synchronized", ""),
    NTPTests.TEST7: ("its root distance made no sense", ""),
    NTPTests.TESTA: ("it took too long", "maxdelay"),
    NTPTests.TESTB: ("it took much longer than the quickest", "maxdelayratio"),
    NTPTests.TESTC: ("it took much longer than usual", "maxdelaydevratio"),
    NTPTests.TESTD: ("its server takes the time from this computer", ""),
}


def find_cause(case: Case) -> Cause | None:
    """Return why nothing comes from a source; None where something does."""
    return next((cause for cause in CAUSES if cause.holds(case)), None)
