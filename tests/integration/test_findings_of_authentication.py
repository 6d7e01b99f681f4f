"""Authentication that fails, and that does not: made with live servers, and what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

import pychrony
from pychrony import AuthData, CheckResult, ChronyConnection, Verdict
from tests.conftest import KEY
from tests.support.chronyd import SERVER, Chronyd
from tests.support.findings import QUICK, check_udp, check_unix, codes, running_chronyd
from tests.support.ntp_server import NTPServer
from tests.support.nts import CERTIFICATE, SERVER_FILES, TRUSTING, serving
from tests.support.ports import free_port

pytestmark = pytest.mark.slow  # chronyds that establish keys

FAILING = "authentication_failing"
KEYS = {"keys": KEY}
WRONG_KEY = f"2 SHA256 HEX:{'11' * 32}"
# Another source is followed, though the authenticated one fails.
LENIENT = "authselectmode ignore"

Start = Callable[..., Chronyd]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a chronyd with files in its folder."""
    with ExitStack() as stack:
        yield lambda *lines, **options: stack.enter_context(running_chronyd(*lines, **options))


@pytest.fixture
def server(start: Start) -> Chronyd:
    """Return a server with a key, and with NTS at `nts_port`."""
    return start(
        *(*SERVER, "bindaddress 0.0.0.0", "binddevice lo", "keyfile keys"),
        *serving(free_port()),
        ntp_port=free_port(),
        files={"keys": KEY, **SERVER_FILES},
    )


def source_of(server: Chronyd, name: str, *options: str) -> str:
    return f"server {name} port {server.ntp_port} {QUICK} {' '.join(options)}"


def with_nts(server: Chronyd, *, port: int | None = None) -> str:
    [line] = [line for line in server.config_lines if line.startswith("ntsport")]
    options = f"nts ntsport {port}" if port else f"nts {line}"
    return source_of(server, "localhost", options)


def auth_data_of(daemon: Chronyd) -> AuthData:
    """Return that of the first source."""
    with ChronyConnection(daemon.socket_path) as connection:
        return connection.get_auth_data()[0]


def found(daemon: Chronyd, *others: str) -> CheckResult:
    """Return the judgment once it finds that authentication fails, and these before that."""
    results: list[CheckResult] = []

    def is_found() -> bool:
        results.append(check_unix(daemon))
        return codes(results[-1]) == [*others, FAILING]

    daemon.wait_for(is_found)
    return results[-1]


def failure(result: CheckResult) -> str:
    """Return why authentication fails, without the source's address."""
    [finding] = [each for each in result.findings if each.code.value == FAILING]
    assert (finding.severity, finding.source) == (Verdict.WARNING, "127.0.0.1")
    address, _, reason = finding.message.partition(" cannot be authenticated: ")
    assert address == "127.0.0.1"
    return reason


def found_until_good(daemon: Chronyd) -> set[str]:
    """Return the codes of all that is found until the clock is good."""
    seen: set[str] = set()

    def is_good() -> bool:
        result = check_unix(daemon)
        seen.update(codes(result))
        return result.verdict is Verdict.OK

    daemon.wait_for(is_good)
    return seen


def test_a_source_with_nts_is_no_alarm_from_its_start_on(server: Chronyd, start: Start) -> None:
    # A usual pace: at a faster one the other is there before the keys can be, on a busy computer.
    # The one with NTS is required, so that the clock is good with its keys alone.
    other = f"server 127.0.0.2 port {server.ntp_port} minpoll 3 maxpoll 3"
    daemon = start(with_nts(server), other, *TRUSTING, files=CERTIFICATE)

    assert found_until_good(daemon) <= {"not_synchronized", "all_silent"}
    assert auth_data_of(daemon).cookies > 0


def test_a_source_with_a_key_is_no_alarm_from_its_start_on(server: Chronyd, start: Start) -> None:
    daemon = start(source_of(server, "127.0.0.1", "key 1"), "keyfile keys", files=KEYS)

    assert found_until_good(daemon) <= {"not_synchronized", "all_silent"}


def test_the_port_for_nts_keys_is_closed(server: Chronyd, start: Start) -> None:
    lines = with_nts(server, port=free_port()), source_of(server, "127.0.0.2")
    daemon = start(*lines, LENIENT)

    assert failure(found(daemon)) == "no NTS keys after 1 attempt"
    named = pychrony.check(daemon.socket_path, names=True, max_error=None)
    [message] = [each.message for each in named.findings if each.code.value == FAILING]
    assert message.startswith("localhost cannot be authenticated: no NTS keys after ")
    # Over the command port nobody knows.
    daemon.wait_for(lambda: codes(check_udp(daemon)) == [])


def test_a_certificate_is_not_trusted(server: Chronyd, start: Start) -> None:
    daemon = start(with_nts(server), source_of(server, "127.0.0.2"))

    # Sources with authentication are required, unless authselectmode says otherwise.
    result = found(daemon, "not_synchronized")

    waits = "1 waits for a source that require or authselectmode demands"
    assert result.findings[0].message == f"not synchronized (1 has no NTS keys, {waits})"
    assert failure(result) == "no NTS keys after 1 attempt"


def test_the_only_source_has_no_keys_at_its_first_attempt(server: Chronyd, start: Start) -> None:
    daemon = start(with_nts(server))
    daemon.wait_for(lambda: auth_data_of(daemon).attempts == 1)

    result = check_unix(daemon)

    # Whether it has failed or goes on is not known.
    assert codes(result) == ["not_synchronized", "all_silent"]
    assert result.findings[1].message == "127.0.0.1 gives no usable answer (it has no NTS keys)"


def test_the_only_source_has_no_keys_at_its_second_attempt(server: Chronyd, start: Start) -> None:
    daemon = start(with_nts(server, port=free_port()))
    daemon.wait_for(lambda: auth_data_of(daemon).attempts == 2, 60)  # after 16 seconds

    result = check_unix(daemon)

    assert codes(result) == ["not_synchronized", "all_silent", FAILING]
    assert failure(result) == "no NTS keys after 2 attempts"


def test_a_server_refuses_cookies_and_gives_no_new_ones(server: Chronyd, start: Start) -> None:
    # Two seconds of eight cookies, so that some are left when chronyd goes on.
    steady = with_nts(server).replace(QUICK, "iburst minpoll -2 maxpoll -2")
    daemon = start(steady, source_of(server, "127.0.0.2"), LENIENT, *TRUSTING, files=CERTIFICATE)
    daemon.wait_for(lambda: auth_data_of(daemon).cookies > 0)
    daemon.wait_for(lambda: codes(check_unix(daemon)) == [])
    server.config_lines = (
        *(line for line in server.config_lines if not line.startswith("ntsport")),
        f"ntsport {free_port()}",
    )
    daemon.pause()  # or it would use up its cookies meanwhile
    server.restart()  # its keys for cookies are new
    daemon.resume()

    result = found(daemon)

    assert auth_data_of(daemon).nak
    assert failure(result).endswith(", and the server refused the last ones (NTS NAK)")


def test_a_key_is_not_in_the_keyfile(server: Chronyd, start: Start) -> None:
    lines = source_of(server, "127.0.0.1", "key 9"), source_of(server, "127.0.0.2")
    daemon = start(*lines, LENIENT, "keyfile keys", files=KEYS)

    assert failure(found(daemon)) == "chronyd's keyfile has no key 9"


def test_no_answer_bears_the_key(server: Chronyd, start: Start) -> None:
    with NTPServer() as keyless:
        lines = keyless.line(f"{QUICK} key 1"), source_of(server, "127.0.0.2")
        daemon = start(*lines, LENIENT, "keyfile keys", files=KEYS)

        assert failure(found(daemon)) == "none of its answers bears key 1"


def test_a_chronyd_with_another_key_does_not_answer_and_nobody_knows_why(
    server: Chronyd, start: Start
) -> None:
    daemon = start(
        source_of(server, "127.0.0.1", "key 2"), "keyfile keys", files={"keys": WRONG_KEY}
    )
    with ChronyConnection(daemon.socket_path) as connection:
        daemon.wait_for(lambda: connection.get_ntp_data()[0].tx_messages > 1)
        assert connection.get_ntp_data()[0].rx_messages == 0

    assert codes(check_unix(daemon)) == ["not_synchronized", "all_silent"]
