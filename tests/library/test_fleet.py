"""Fleets in C: a window of connections behind one descriptor, with either library."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.c_programs import PROGRAMS, compile_binding, real_libchrony_flags

pytestmark = pytest.mark.sources

Run = Callable[..., str]

ALLOCATORS = ("malloc", "calloc", "realloc", "strdup")
TOOLS = str(PROGRAMS / "fleet_tools.c")


def run(program: Path, *arguments: object) -> str:
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def make_programs(build: str, folder: Path, *, real: bool = False) -> Run:
    """Return a function that runs either program."""
    libchrony = real_libchrony_flags() if real else ()
    fleet = compile_binding("fleet", build, folder, TOOLS, libchrony=libchrony)
    faults = compile_binding(
        "fleet_faults", build, folder, TOOLS, wrapped=ALLOCATORS, libchrony=libchrony
    )

    def run_either(name: str, *arguments: object) -> str:
        return run(faults if name in FAULTS else fleet, name, *arguments)

    return run_either


FAULTS = ("restarted", "forked", "held", "descriptors", "memory")


@pytest.fixture(scope="module", params=["bundled", "real"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("fleet")
    return make_programs("sanitized", folder, real=request.param == "real")


@pytest.mark.parametrize(("places", "targets"), [(1, 100), (10, 1000), (500, 500), (200, 2000)])
def test_each_of_many_servers_answers_in_its_place(places: int, targets: int, fleet: Run) -> None:
    assert fleet("many", places, targets) == str(targets)


def test_silent_servers_time_out_at_their_own_deadlines(fleet: Run) -> None:
    assert fleet("silent") == "8 8"


def test_a_connection_is_asked_again_without_opening_it_anew(fleet: Run) -> None:
    assert fleet("check") == "1"


def test_a_place_is_told_of_until_it_is_begun_or_closed(fleet: Run) -> None:
    assert fleet("again") == ""


def test_what_fails_at_once_is_told_by_polls_64_at_a_time(fleet: Run) -> None:
    assert fleet("failing", 200) == "64 64 64 8"
    assert fleet("failing", 64) == "64"


def test_a_thread_and_a_signal_end_a_wait(fleet: Run) -> None:
    assert fleet("woken") == ""


def test_flooding_servers_keep_no_others_from_answering_and_time_out(fleet: Run) -> None:
    assert fleet("flooded") == "20 3"


def test_exchanges_under_way_can_be_given_more_time(fleet: Run) -> None:
    assert fleet("extended") == ""


def test_a_fleet_is_freed_with_exchanges_under_way(fleet: Run) -> None:
    assert fleet("freed") == ""


def test_nothing_happens_without_a_fleet_or_where_there_is_no_place(fleet: Run) -> None:
    assert fleet("nothing") == ""


def test_a_server_that_was_restarted_is_asked_on_a_new_socket(fleet: Run, folder: Path) -> None:
    assert fleet("restarted", folder / "chronyd.sock") == ""


def test_a_forked_process_leaves_its_parents_fleet_alone(fleet: Run) -> None:
    assert fleet("forked") == ""


def test_a_socket_that_a_forked_process_keeps_does_not_make_it_readable_forever(
    fleet: Run,
) -> None:
    assert fleet("held") == ""


@pytest.mark.parametrize("spare", [2, 10, 50])
def test_where_there_are_too_few_descriptors_it_is_said_and_the_others_answer(
    spare: int, fleet: Run
) -> None:
    assert fleet("descriptors", spare) == "3 100"


def test_where_there_is_no_memory_an_exchange_fails_and_the_next_one_works(fleet: Run) -> None:
    assert int(fleet("memory")) > 10


def test_fleets_work_with_musl(tmp_path: Path) -> None:
    fleet = make_programs("musl", tmp_path)

    assert fleet("many", 200, 2000) == "2000"
    assert fleet("silent") == "8 8"
    assert fleet("again") == ""
    assert fleet("woken") == ""
    assert fleet("held") == ""
    assert fleet("descriptors", 10) == "3 100"
