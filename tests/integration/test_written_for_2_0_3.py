"""What was written for 2.0.3, against a real chronyd. tests/packaging runs it with 2.0.3 itself."""

from __future__ import annotations

import re

import pytest

from tests.support import user_tests
from tests.support.chronyd import Chronyd
from tests.support.upgrading import WRITTEN


@pytest.mark.slow
def test_what_was_written_for_2_0_3_passes_unchanged(synchronized_chronyd: Chronyd) -> None:
    said = user_tests.run_pytest(WRITTEN, CHRONYD_ADDRESS=synchronized_chronyd.udp4)
    assert re.match(r"\d+ passed", said)
