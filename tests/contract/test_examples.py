"""The programs in docs/examples do what they say."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from pychrony.testing import SimulatedChronyd, make_tracking
from tests.support.ports import free_port

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ORDER = [("left1", "right1"), ("right1", "left2"), ("left2", "right2"), ("right2", "left3")]


def run_example(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_where_the_time_is_not_known_the_example_says_why_in_one_line() -> None:
    result = run_example("order_events.py", f"127.0.0.1:{free_port()}")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("the time is not known: chronyd cannot be asked: 127.0.0.1:")
    assert result.stderr.count("\n") == 1


def test_events_of_two_processes_are_ordered_by_their_stamps() -> None:
    tracking = make_tracking(root_dispersion=0.1, root_delay=0.0, ref_time_ns=time.time_ns())
    with SimulatedChronyd(tracking) as server:
        result = run_example("order_events.py", server.address)

    assert (result.returncode, result.stderr) == (0, "")
    waiting, hurrying = result.stdout.removeprefix("Each waits after its event:\n").split(
        "Nobody waits:\n"
    )
    pairs = [*ORDER, ("left3", "right3")]
    assert waiting.splitlines() == [f"  {first} was before {second}" for first, second in pairs]
    assert len(hurrying.splitlines()) == len(pairs)
    assert "the stamps do not tell which was first" in hurrying
    assert "after" not in hurrying  # the events happened in the order in which they are printed
