"""The binding's exchanges where time and memory decide: with a clock, a network and a chronyd that
are pretended, so that each run is the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.c_programs import compile_pretended

pytestmark = pytest.mark.sources

INTEGER = "chrony_get_field_integer"
NEAR = ("/run/chrony/chronyd.sock", "127.0.0.1", "127.255.0.1", "::1")
WANTS_READ, WANTS_WRITE = -6, -7  # of src/binding/binding.h
FAR = ("192.0.2.1", "128.0.0.1", "2001:db8::1", "fe80::1")


def run(program: Path, *arguments: object) -> str:
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.rstrip()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exchange")
    return compile_pretended("exchange", "sanitized", folder, wrapped=(INTEGER,))


@pytest.mark.parametrize("peer", NEAR)
def test_the_answer_of_a_chronyd_that_is_near_and_quick_is_spun_for(
    peer: str, exchange: Path
) -> None:
    """A turn of spinning takes 10 µs here. How quick it is is not known at first."""
    assert run(exchange, "spins", peer, 20, 20, 30, 100) == "0 2 3 10"


@pytest.mark.parametrize("peer", FAR)
def test_no_answer_from_elsewhere_is_spun_for(peer: str, exchange: Path) -> None:
    assert run(exchange, "spins", peer, 20, 20, 2000, 20, 20) == "0 0 0 0 0"


@pytest.mark.parametrize("peer", NEAR)
def test_a_slow_answer_is_spun_for_once_and_then_not_until_one_was_quick(
    peer: str, exchange: Path
) -> None:
    assert run(exchange, "spins", peer, 20, 2000, 2000, 2000, 20, 20) == "0 10 0 0 0 2"


@pytest.mark.parametrize(("yielding", "spun"), [(80_000, 1010), (101_000, 10)])
def test_beside_work_that_takes_the_processor_for_long_the_next_thousand_waits_sleep(
    yielding: int, spun: int, exchange: Path
) -> None:
    assert int(run(exchange, "crowded", yielding, 1010)) == spun


def test_an_answer_that_does_not_come_is_spun_for_only_right_after_a_request(
    exchange: Path,
) -> None:
    spins, requests = map(int, run(exchange, "silent", "127.0.0.1").split())

    assert 1 < requests < 10
    assert spins == 10 * requests


def test_one_datagram_in_twenty_lost_costs_hardly_an_answer(tmp_path: Path) -> None:
    """Of 100,000 chronyds that nobody has asked before, with two seconds for each."""
    program = compile_pretended("exchange", "plain", tmp_path, wrapped=(INTEGER,))

    assert [int(run(program, "lossy", seed, 100_000)) < 20 for seed in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize(("milliseconds", "seconds"), [(700, 2), (1400, 4), (2400, 6)])
def test_a_chronyd_far_away_that_answers_in_time_is_heard(
    milliseconds: int, seconds: int, exchange: Path
) -> None:
    """It may be a third of the timeout away and more, though it is asked again long before."""
    requests, taken = map(int, run(exchange, "distant", milliseconds, seconds).split())

    assert requests > 1
    assert milliseconds < taken < seconds * 1000


@pytest.mark.parametrize("milliseconds", [1, 49, 60, 200, 400])
def test_a_list_of_a_chronyd_far_away_is_read_once_with_several_requests_in_flight(
    milliseconds: int, exchange: Path
) -> None:
    """An answer behind others is waited for but shortly. That is not its round trip."""
    requests, taken = map(int, run(exchange, "far", milliseconds, 20).split())

    assert requests == 20 + 3  # the count and the first source twice
    assert taken == 7 * milliseconds  # the count, and six times four


@pytest.mark.parametrize("milliseconds", [1, 60, 400])
def test_the_names_of_a_list_are_asked_for_with_several_requests_in_flight(
    milliseconds: int, exchange: Path
) -> None:
    requests, taken, names = map(int, run(exchange, "names", milliseconds, 20, 0, 0).split())

    assert requests == 20 + 3 + 20
    assert taken == (7 + 5) * milliseconds  # what the list takes, and five times four
    assert names == 20


@pytest.mark.parametrize("lost", range(24, 24 + 20))
def test_a_lost_name_is_asked_for_again_and_the_list_is_not(lost: int, exchange: Path) -> None:
    """The first 23 requests are for the list. Those behind the lost one are sent again too."""
    requests, _, names = map(int, run(exchange, "names", 1, 20, lost, 0).split())

    assert requests == 20 + 3 + 20 + min(4, 24 + 20 - lost)
    assert names == 20


@pytest.mark.parametrize("refused", range(24, 24 + 20))
def test_a_chronyd_restarted_before_the_names_is_asked_for_the_list_too(
    refused: int, exchange: Path
) -> None:
    """The names of two chronyds are not mixed: an ID#0000000001 is another source in each."""
    requests, _, names = map(int, run(exchange, "names", 1, 20, 0, refused).split())

    assert requests == refused - 1 + 20 + 3 + 20
    assert names == 20


def test_the_system_takes_each_timeout(exchange: Path) -> None:
    assert run(exchange, "timeouts") == "0"


def test_waiting_begins_anew_where_chronyd_was_restarted(exchange: Path) -> None:
    refused, round_trip, waited = map(int, run(exchange, "restarted").split())

    assert refused == 0
    assert round_trip == waited == 1_000_000


def test_a_request_that_finds_no_room_is_sent_once_there_is_some(exchange: Path) -> None:
    """A list of no sources takes two requests, for the count and for the count again."""
    assert run(exchange, "full", 0, 4, 0) == f"{WANTS_READ} 2"
    assert run(exchange, "full", 1, 4, 0) == f"{WANTS_WRITE} 2"
    assert run(exchange, "full", 3, 4, 0) == f"{WANTS_WRITE} 2"


@pytest.mark.parametrize("room", [1, 2, 3])
def test_answers_make_room_for_further_requests(room: int, exchange: Path) -> None:
    assert run(exchange, "full", 0, room, 20) == f"{WANTS_READ} {20 + 3}"


def test_a_flood_holds_no_step_and_neither_the_deadline_nor_further_requests(
    exchange: Path,
) -> None:
    taken, late, requests = map(int, run(exchange, "flooded").split())

    assert taken == 64
    assert 0 <= late <= 64_000  # what it takes to receive as many
    assert 1 < requests < 10


def test_a_step_that_receives_the_last_answer_is_the_last_step(exchange: Path) -> None:
    """64 datagrams are 61 records, two counts, and the first record once more."""
    assert run(exchange, "step", 61) == "61"
    assert run(exchange, "step", 62) == f"{WANTS_READ}"


def test_the_memory_of_a_long_list_is_not_kept_forever(exchange: Path) -> None:
    size, names, *after_long = map(int, run(exchange, "list", 5000).split())
    *short, size_after, names_after = map(int, run(exchange, "list", 100).split())

    assert size > 2**20
    assert names >= 5000
    assert after_long == [0, 0]
    assert short == [size_after, names_after]
    assert min(short) > 0


@pytest.mark.parametrize(
    ("option", "value"), [("-DPYCHRONY_SYSTEM_LIBCHRONY", 40_000 - 65_536), ("", 40_000)]
)
def test_only_the_systems_library_is_corrected(option: str, value: int, tmp_path: Path) -> None:
    """It reads 16-bit signed fields as unsigned."""
    options = [option] if option else []
    program = compile_pretended("exchange", "plain", tmp_path, *options, wrapped=(INTEGER,))

    assert run(program, "integer", 40_000) == str(value)
    assert run(program, "integer", -7) == "-7"


def test_where_there_is_no_memory_each_exchange_fails_and_the_next_one_works(
    tmp_path: Path,
) -> None:
    wrapped = ("malloc", "calloc", "realloc", "strdup")
    program = compile_pretended("no_memory", "sanitized", tmp_path, wrapped=wrapped)

    assert int(run(program)) > 50
