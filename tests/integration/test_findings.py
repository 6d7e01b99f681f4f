"""Why a clock is not synchronized: each situation made with a live chronyd, and what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

import pychrony
from pychrony import CheckResult, Verdict
from tests.conftest import StartChronyd
from tests.support.chronyd import Chronyd
from tests.support.findings import QUICK, check_udp, check_unix, codes
from tests.support.ntp_server import UNSYNCHRONIZED, NTPServer
from tests.support.ports import free_port

pytestmark = pytest.mark.slow  # a chronyd for each situation

Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a server and returns its line of chrony.conf."""
    with ExitStack() as stack:

        def start(host: str = "127.0.0.1", options: str = QUICK, **values: Any) -> str:
            return stack.enter_context(NTPServer(host, **values)).line(options)

        yield start


def silent(host: str) -> str:
    return f"server {host} port {free_port()} {QUICK}"


def found(check: Callable[[Chronyd], CheckResult], daemon: Chronyd, message: str) -> list[str]:
    """Wait until the judgment is this one. Return the codes of what was found."""
    results: list[CheckResult] = []

    def is_found() -> bool:
        results.append(check(daemon))
        return results[-1].message == message

    with suppress(TimeoutError):
        daemon.wait_for(is_found)
    result = results[-1]
    assert result.message == message  # shows both
    assert result.verdict is Verdict.CRITICAL
    assert {finding.severity for finding in result.findings} == {Verdict.CRITICAL}
    return codes(result)


def test_no_source_is_configured(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd()
    message = "not synchronized; no source is configured"

    assert found(check_unix, daemon, message) == ["not_synchronized", "no_sources"]
    assert found(check_udp, daemon, message) == ["not_synchronized", "no_sources"]


def test_ten_names_do_not_resolve(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*(f"server nosuch{number}.invalid" for number in range(10)))
    message = "not synchronized; the names of 10 sources are not resolved"

    assert found(check_unix, daemon, message) == ["not_synchronized", "names_not_resolved"]
    assert found(check_udp, daemon, message) == ["not_synchronized", "names_not_resolved"]


def test_two_sources_are_silent(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(silent("127.0.0.1"), silent("127.0.0.2"))
    answers = "not synchronized; none of 2 sources answers"
    # Over the command port nobody knows whether they answer in a way that does not count.
    usable = "not synchronized; none of 2 sources gives a usable answer"

    assert found(check_unix, daemon, answers) == ["not_synchronized", "all_silent"]
    assert found(check_udp, daemon, usable) == ["not_synchronized", "all_silent"]


def test_one_source_is_silent_and_a_name_is_not_resolved(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(silent("127.0.0.1"), "server nosuch.invalid")
    rest = ", and the name of 1 source is not resolved"

    assert found(check_unix, daemon, f"not synchronized; 127.0.0.1 does not answer{rest}") == [
        "not_synchronized",
        "all_silent",
    ]
    found(check_udp, daemon, f"not synchronized; 127.0.0.1 gives no usable answer{rest}")


def test_two_sources_contradict_each_other(serve: Serve, start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(serve(), serve("127.0.0.2", offset=1.0))
    message = "not synchronized; no majority of the sources agrees (2 are falsetickers)"

    assert found(check_unix, daemon, message) == ["not_synchronized", "no_majority"]
    assert found(check_udp, daemon, message) == ["not_synchronized", "no_majority"]


def test_two_sources_contradict_each_other_and_one_is_silent(
    serve: Serve, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(serve(), serve("127.0.0.2", offset=1.0), silent("127.0.0.3"))
    reasons = "1 is unreachable, 2 are falsetickers"

    found(check_unix, daemon, f"not synchronized; no majority of the sources agrees ({reasons})")


def test_all_sources_are_offline(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(f"{silent('127.0.0.1')} offline", f"{silent('127.0.0.2')} offline")
    message = "not synchronized; all 2 sources are offline"

    assert found(check_unix, daemon, message) == ["not_synchronized", "all_offline"]
    assert found(check_udp, daemon, message) == ["not_synchronized", "all_offline"]


def test_a_server_is_not_synchronized_itself(serve: Serve, start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(serve(leap=UNSYNCHRONIZED, stratum=0))
    message = "not synchronized; 127.0.0.1 gives no usable answer"

    assert found(check_unix, daemon, f"{message} (it last said that it is not synchronized)") == [
        "not_synchronized",
        "all_silent",
    ]
    assert found(check_udp, daemon, message) == ["not_synchronized", "all_silent"]


@pytest.mark.parametrize(
    ("values", "lines", "known", "visible"),
    [
        ({"options": f"{QUICK} noselect"}, (), "has noselect", "cannot be selected"),
        (
            {"root_dispersion": 5.0},
            (),
            "has a root distance above maxdistance",
            "cannot be selected",
        ),
        (
            {"options": f"{QUICK} maxdelay 1e-9"},
            (),
            "has too few measurements",
            "cannot be selected",
        ),
        ({}, ("maxjitter 1e-9",), *["has a jitter above maxjitter"] * 2),
        (
            {},
            ("minsources 2",),
            "waits for as many selectable sources as minsources demands",
            "could be selected but is not",
        ),
    ],
    ids=["noselect", "distance", "samples", "jitter", "minsources"],
)
def test_a_source_that_answers_is_not_selected(
    values: dict[str, Any],
    lines: tuple[str, ...],
    known: str,
    visible: str,
    serve: Serve,
    start_chronyd: StartChronyd,
) -> None:
    daemon = start_chronyd(serve(**values), *lines)

    for check, reason in ((check_unix, known), (check_udp, visible)):
        message = f"not synchronized (127.0.0.1 {reason})"
        assert found(check, daemon, message) == ["not_synchronized"]


def test_several_sources_have_several_reasons(serve: Serve, start_chronyd: StartChronyd) -> None:
    watched = f"{QUICK} noselect"
    daemon = start_chronyd(
        serve("127.0.0.1", watched),
        serve("127.0.0.2", watched),
        serve("127.0.0.3", root_dispersion=5.0),
        silent("127.0.0.4"),
        "server nosuch.invalid",
    )
    first = "1 has a name that is not resolved, 1 is unreachable"

    found(
        check_unix,
        daemon,
        f"not synchronized ({first}, 2 have noselect, 1 has a root distance above maxdistance)",
    )
    found(check_udp, daemon, f"not synchronized ({first}, 3 cannot be selected)")


def test_a_source_waits_for_one_that_is_required(serve: Serve, start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(serve(), f"{silent('127.0.0.2')} require")
    waits = "1 waits for a source that require or authselectmode demands"

    found(check_unix, daemon, f"not synchronized (1 is unreachable, {waits})")


class _UnsteadyServer(NTPServer):
    """Its every second answer is 0.1 s ahead: three of them tell nothing of the clock's rate."""

    def time_ns(self) -> int:
        return super().time_ns() + 100_000_000 * int(self.answers_left % 2)


def test_after_its_first_update_the_clock_is_not_good_yet(start_chronyd: StartChronyd) -> None:
    # chronyd updates the clock after three measurements. Where they tell nothing of its rate, the
    # skew is 1e6 ppm, and the error grows by a second a second.
    with _UnsteadyServer() as server:
        server.answers_left = 3
        daemon = start_chronyd(server.line("iburst minpoll -2 maxpoll -2"))

        def is_updated() -> bool:
            skew = check_unix(daemon).skew
            if not skew and not server.answers_left:
                server.answers_left = 1  # one of the three was too late to count
            return skew > 0

        daemon.wait_for(is_updated)
        daemon.wait_for(lambda: check_unix(daemon).error_bound > 1)
        result = pychrony.check(daemon.socket_path)

    assert result.skew > 1e5
    assert "error_bound" in codes(result)
    assert result.verdict is Verdict.CRITICAL
    assert result.limits.max_error == (0.5, 1.0)
