"""Generated clocks on the command line: text, JSON and exit status are what the table says."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from time import time_ns
from typing import Any

import pytest

from pychrony import Verdict
from pychrony.testing import SimulatedChronyd
from tests.support.command_line import run_here
from tests.support.generated_clocks import Clock, draw_clock
from tests.support.oracle import expect

# docs/reference/judgment.md, "Limits".
DEFAULTS = {
    "max_error": (0.5, 1.0),
    "max_offset": (0.1, None),
    "max_skew": None,
    "max_age": 600.0,
    "max_stratum": None,
    "min_sources": 1,
}
WORST_FIRST = ("CRITICAL", "WARNING", "OK")


def option(name: str, value: Any) -> str:
    levels = value if isinstance(value, tuple) else (value,)
    text = ",".join("" if level is None else str(level) for level in levels)
    return f"--{name.replace('_', '-')}={text}"


def options(clock: Clock) -> list[str]:
    given = {name: value for name, value in clock.limits.items() if value is not None}
    return ["-N", *(option(name, value) for name, value in given.items())]


def as_judged(clock: Clock) -> Clock:
    """Return the clock with the limits that hold where an option is left out."""
    limits = {
        name: DEFAULTS.get(name) if value is None else value for name, value in clock.limits.items()
    }
    return replace(clock, limits=limits, is_remote=False)


def serve(clock: Clock, folder: Path) -> SimulatedChronyd:
    """Return a chronyd with this clock. Over its Unix socket it gives all reports."""
    return SimulatedChronyd(
        clock.tracking,
        sources=clock.sources,
        select_data=clock.select_data,
        auth_data=clock.auth_data,
        ntp_data=clock.ntp_data,
        activity=clock.activity,
        address=folder / "chronyd.sock" if clock.gives_all else "127.0.0.1",
    )


@pytest.mark.parametrize("seed", range(300))
def test_text_json_and_exit_status_are_what_the_table_says(seed: int, tmp_path: Path) -> None:
    clock = draw_clock(random.Random(seed), time_ns())
    with serve(clock, tmp_path) as server:
        where = ("check", "-h", server.address, *options(clock))
        document, text = run_here(*where, "--json"), run_here(*where, "-v")

    expected = sorted(expect(as_judged(clock)), key=str)
    found = json.loads(document.stdout)
    assert expected == sorted(
        ((each["code"].lower(), each["severity"], each["source"]) for each in found["findings"]),
        key=str,
    )
    worst = min((severity for _, severity, _ in expected), key=WORST_FIRST.index, default="OK")
    assert found["verdict"] == worst
    assert document.returncode == text.returncode == Verdict[worst].value
    first, *lines = text.stdout.splitlines()
    assert first.startswith(f"CHRONY {worst} - ")
    told = [f"{each['severity']} {each['code']}: {each['message']}" for each in found["findings"]]
    # Between the two calls a second may pass.
    assert [line.split(": ")[0] for line in lines[: len(told)]] == [
        line.split(": ")[0] for line in told
    ]
    assert (document.stderr, text.stderr) == ("", "")
