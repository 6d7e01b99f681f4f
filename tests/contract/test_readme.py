"""The README's Python runs as it stands there, but for the address of its chronyd."""

from __future__ import annotations

import logging
import re
import signal
from pathlib import Path

import pytest

from pychrony.testing import SimulatedChronyd

README = Path(__file__).parents[2] / "README.md"


def python_blocks() -> list[str]:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    return [block for block in blocks if ">>>" not in block]


@pytest.mark.parametrize("block", python_blocks())
def test_a_block_of_the_readme_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatedChronyd() as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        program = block.replace("/run/chrony/chronyd.sock", server.address)
        logger = logging.getLogger("pychrony")
        before, level = signal.getsignal(signal.SIGTERM), logger.level
        exec(compile(program, "README.md", "exec"), {})  # noqa: S102
        signal.signal(signal.SIGTERM, before)
        logger.setLevel(level)


def test_the_first_block_prints_what_stands_below_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [shown] = re.findall(r"^```\n(off by.*?)^```", README.read_text(), flags=re.S | re.M)
    with SimulatedChronyd() as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        exec(compile(python_blocks()[0], "README.md", "exec"), {})  # noqa: S102

    assert capsys.readouterr().out == shown


def test_links_lead_somewhere_on_pypi_too() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README.read_text())

    assert len(links) > 5
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
