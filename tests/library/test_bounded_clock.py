"""BoundedClock where the true time is known: a million readings, and none outside its interval."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.c_programs import compile_binding, compile_preload
from tests.support.clock_scenarios import SCENARIOS
from tests.support.fake_clock import run_with_fake_clock

MILLION = 1_000_000


@pytest.fixture(scope="module")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_preload("fake_clock", tmp_path_factory.mktemp("fake_clock"))


@pytest.mark.slow
def test_the_true_time_lies_in_each_of_a_million_intervals(preload: Path) -> None:
    done = run_with_fake_clock(preload, "tests.support.clock_readings", 1, MILLION)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)

    assert (found["misses"], found["first_misses"]) == (0, [])
    assert found["readings"] >= MILLION


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_the_interval_holds_the_true_time_through(name: str, preload: Path) -> None:
    done = run_with_fake_clock(preload, "tests.support.clock_scenarios", name)

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


@pytest.mark.parametrize("build", ["plain", "musl", "sanitized"])
def test_the_extremes_that_an_anchor_may_have_overflow_nothing(build: str, tmp_path: Path) -> None:
    program = compile_binding("clock", build, tmp_path, wrapped=("clock_gettime",))
    done = subprocess.run([program], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
