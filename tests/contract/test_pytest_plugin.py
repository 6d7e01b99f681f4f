"""pytest's fixtures, in runs of their own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from tests.support import user_tests

pytestmark = pytest.mark.slow

USING = """
import pychrony
from dataclasses import replace
from pychrony.testing import make_rtc_data, make_source, make_source_stats, make_tracking

REPORTS = ["tracking", "sources", "source_stats", "select_data", "activity", "auth_data"]
REPORTS += ["ntp_data", "server_stats", "clients", "rtc_data", "smoothing"]

def test_every_report_is_answered(simulated_chronyd, chronyd_address):
    assert chronyd_address == simulated_chronyd.address
    for report in REPORTS:
        read = getattr(pychrony, f"get_{report}")(chronyd_address)
        given = getattr(simulated_chronyd, report)
        assert read == (list(given) if isinstance(given, tuple) else given)

def test_it_may_be_changed(simulated_chronyd):
    simulated_chronyd.tracking = replace(simulated_chronyd.tracking, offset=0.25)
    assert pychrony.get_tracking(simulated_chronyd.address).offset == 0.25

def test_single_records_are_there(tracking_status, source, source_stats, rtc_data):
    assert tracking_status == make_tracking()
    assert source == make_source()
    assert source_stats == make_source_stats()
    assert rtc_data == make_rtc_data()

def test_each_test_has_its_own(chronyd_address):
    assert pychrony.get_tracking(chronyd_address).offset != 0.25
"""
OWN = """
import pytest

@pytest.fixture
def source():
    return "a test's own"

@pytest.mark.parametrize("rtc_data", [5])
def test_fixtures_of_the_same_names_come_first(source, rtc_data):
    assert (source, rtc_data) == ("a test's own", 5)
"""
NOT_USING = """
import sys

def test_nothing_of_the_package_is_loaded():
    assert "_pychrony_pytest" in sys.modules
    assert [name for name in sys.modules if name.startswith("pychrony")] == []
"""


def run_pytest(folder: Path, tests: str, *options: str, **environment: str) -> str:
    """Return the last line of what pytest says of a file of tests, or all where one failed."""
    file = folder / "test_it.py"
    file.write_text(tests)
    return user_tests.run_pytest(file, *options, **environment)


def test_the_fixtures_are_there_where_pychrony_is_installed(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, USING).startswith("4 passed")


def test_the_fixtures_bear_a_long_path_for_temporary_files(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()

    assert run_pytest(tmp_path, USING, TMPDIR=str(folder)).startswith("4 passed")


@pytest.mark.parametrize("autoload", ["", "1"])
def test_the_fixtures_can_be_named_as_a_plugin(tmp_path: Path, autoload: str) -> None:
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": autoload} if autoload else {}
    passed = run_pytest(tmp_path, USING, "-p", "pychrony.testing.plugin", **environment)

    assert passed.startswith("4 passed")


def test_a_test_may_have_fixtures_of_the_same_names(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, OWN).startswith("1 passed")


def test_a_run_that_does_not_use_them_loads_one_small_module(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, NOT_USING).startswith("1 passed")


def test_the_simulated_chronyd_works_without_pytest() -> None:
    program = """
import sys
sys.modules["pytest"] = sys.modules["_pytest"] = None
from pychrony import get_tracking
from pychrony.testing import SimulatedChronyd
with SimulatedChronyd() as server:
    print(get_tracking(server.address) == server.tracking)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120)

    assert done.stdout == b"True\n", done.stderr
    assert [name for name in requires("pychrony") or [] if "pytest" in name] == []
