"""What `pychrony.testing` had in 2.0.3 and has no more: the error says what to use instead."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from typing import Any

import pytest

from pychrony import Source, testing

INSTEAD = {
    "TRACKING_DEFAULTS": "use make_tracking(), or dataclasses.asdict(make_tracking())",
    "SOURCE_DEFAULTS": "use make_source(), or dataclasses.asdict(make_source())",
    "SOURCESTATS_DEFAULTS": "use make_source_stats(), or dataclasses.asdict(make_source_stats())",
    "RTCDATA_DEFAULTS": "use make_rtc_data(), or dataclasses.asdict(make_rtc_data())",
    "tracking_status": "it is a fixture that pytest finds by itself",
    "LeapStatus": "import it from pychrony",
}
each_name = pytest.mark.parametrize(("name", "instead"), INSTEAD.items())


def last_line(program: str) -> str:
    """Return the last line that a program writes to stderr."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stderr.splitlines()[-1]


@each_name
def test_a_former_name_is_an_attribute_error_that_names_its_replacement(
    name: str, instead: str
) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(testing, name)

    assert f"has no attribute {name!r} since 4.0.0: {instead}" in str(caught.value)
    assert not hasattr(testing, name)
    assert name not in dir(testing)


@each_name
@pytest.mark.parametrize("first", ["", "import importlib\n"])
def test_importing_a_former_name_names_its_replacement_too(
    name: str, instead: str, first: str
) -> None:
    last = last_line(f"{first}from pychrony.testing import {name}")

    assert last.startswith("ImportError: ")
    assert f"{name!r} since 4.0.0: {instead}" in last


def test_any_other_name_fails_as_in_any_module() -> None:
    name = "no"
    with pytest.raises(AttributeError, match=r"^module 'pychrony.testing' has no attribute 'no'$"):
        getattr(testing, name)
    assert "cannot import name 'no'" in last_line("from pychrony.testing import no")


def test_the_dictionary_that_is_named_makes_records() -> None:
    values: dict[str, Any] = {**asdict(testing.make_source()), "stratum": 5}

    assert Source(**values) == testing.make_source(stratum=5)
