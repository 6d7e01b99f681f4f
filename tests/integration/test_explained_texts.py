"""The whole text of `pychrony explain` in typical situations, as it was read and approved.

The texts lie in the folder `explained`. Numbers, times and ports differ each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import REFCLOCK, REFCLOCK_SOCKET, SERVER, Chronyd, temporary_directory
from tests.support.command_line import run
from tests.support.ports import free_port
from tests.support.refclock import RefclockFeed

pytestmark = pytest.mark.slow  # chronyds that take seconds to be in such a state

TEXTS = Path(__file__).parent / "explained"
QUICK = "iburst minpoll -2 maxpoll -2"

UNIT = r"(?:nano|micro|milli)?seconds?|minutes?"
MASKS = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "DATE"),
    (rf"less than a second|\d[\d.]* (?:{UNIT})", "TIME"),
    (r"TIME (?:slow|fast)", "TIME DIRECTION"),
    (
        r"between TIME DIRECTION and TIME DIRECTION|between TIME and TIME DIRECTION",
        "TIME DIRECTION",
    ),
    (r"\w+ requests?", "REQUESTS"),
    # On a busy computer an answer may be too late, and its poll does not count.
    (r" \(chronyd may have made fewer yet\)", ""),
    (r"(?<=[ _])-?\d[\d.]*(?:e[-+]\d+)?(?=[ ,;)])", "NUMBER"),
    (r"UDP port \d+", "UDP port NUMBER"),
)


def mask(text: str) -> list[str]:
    """Return the paragraphs of a text, each in a line, without what differs each time."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    for pattern, word in MASKS:
        paragraphs = [re.sub(pattern, word, paragraph) for paragraph in paragraphs]
    return paragraphs


@pytest.fixture
def server() -> Iterator[Chronyd]:
    """Return a server at all of 127.0.0.0/8."""
    lines = (*SERVER, "bindaddress 0.0.0.0", "binddevice lo")
    with temporary_directory() as directory, Chronyd(directory, *lines, ntp_port=free_port()) as it:
        yield it


def rows(daemon: Chronyd, report: str, *columns: int) -> list[tuple[str, ...]]:
    """Return columns of chronyc's CSV."""
    lines = (line.split(",") for line in daemon.chronyc(report).splitlines())
    return [tuple(line[column] for column in columns) for line in lines]


def start_good(server: Chronyd, start: StartChronyd, _stack: ExitStack) -> str:
    """Return the address of one with a source that it follows and two that it does not use."""
    options = ("prefer", "", "noselect")
    lines = (
        f"server 127.0.0.{host} port {server.ntp_port} {QUICK} {option}"
        for host, option in enumerate(options, 2)
    )
    daemon = start(*lines)
    daemon.wait_for(daemon.is_disciplined)
    full = [("*", "377"), ("-", "377"), ("?", "377")]
    daemon.wait_for(lambda: rows(daemon, "sources", 1, 5) == full)
    return daemon.socket_path


def start_silent(_server: Chronyd, start: StartChronyd, _stack: ExitStack) -> str:
    """Return the address of one with a source that does not answer, and one without an address."""
    daemon = start(f"server 127.0.0.2 port {free_port()} {QUICK}", "server nosuch.invalid")
    daemon.wait_for(lambda: rows(daemon, "ntpdata", 30) != [("0",)])
    return daemon.socket_path


def start_disagreeing(server: Chronyd, start: StartChronyd, stack: ExitStack) -> str:
    """Return the address of one with two sources that disagree: over UDP."""
    daemon = start(f"server 127.0.0.2 port {server.ntp_port} {QUICK}", *REFCLOCK)
    stack.enter_context(RefclockFeed(daemon.directory / REFCLOCK_SOCKET, 0.5))
    full = [("x", "377"), ("x", "377")]
    daemon.wait_for(lambda: rows(daemon, "sources", 1, 5) == full)
    return daemon.udp4


@pytest.mark.parametrize(
    ("name", "start"),
    [("good", start_good), ("silent", start_silent), ("disagreeing", start_disagreeing)],
)
def test_the_text_is_the_one_that_was_approved(
    name: str,
    start: Callable[[Chronyd, StartChronyd, ExitStack], str],
    server: Chronyd,
    start_chronyd: StartChronyd,
) -> None:
    approved = (TEXTS / f"{name}.txt").read_text()

    with ExitStack() as stack:
        text = run("explain", "-h", start(server, start_chronyd, stack)).stdout

    assert mask(text) == mask(approved), text  # as it is to lie there, once it was read
