"""docs/howto/bounded-clock.md: its programs run, and its picture is of a run that went well."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from docs.pictures.bounded_clock import HEIGHT, Sample, draw
from docs.pictures.drawing import WIDTH
from pychrony.testing import SimulatedChronyd, make_tracking

DOCS = Path(__file__).parents[2] / "docs"
PAGE_PATH = DOCS / "howto" / "bounded-clock.md"
PAGE = PAGE_PATH.read_text()
PICTURE = DOCS.joinpath("pictures/bounded_clock.svg").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.S | re.M)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_the_page_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatedChronyd(make_tracking(ref_time_ns=time.time_ns())) as server:
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (server.address,))
        exec(compile(block, "bounded-clock.md", "exec"), {})


def test_all_links_of_the_page_lead_to_files() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if "://" not in link]

    assert "../pictures/bounded_clock.svg" in links
    files = [PAGE_PATH.parent.joinpath(link.partition("#")[0]) for link in links]
    assert [file for file in files if not file.exists()] == []


def points_of(kind: str, picture: str) -> list[tuple[float, float]]:
    [points] = re.findall(rf'<poly\w+ class="{kind}"[^>]* points="([^"]*)"', picture)
    pairs = (pair.split(",") for pair in points.split())
    return [(float(x), float(y)) for x, y in pairs]


def test_the_picture_is_of_a_run_in_which_the_true_time_never_left_the_interval() -> None:
    edges, true_times = points_of("blue-area", PICTURE), points_of("red-line", PICTURE)
    above, below = edges[: len(true_times)], edges[len(true_times) :][::-1]

    assert len(true_times) > 100
    for upper, true, lower in zip(above, true_times, below, strict=True):
        assert upper[0] == true[0] == lower[0]
        assert upper[1] < true[1] < lower[1]  # downwards


def test_a_picture_holds_all_that_was_read() -> None:
    samples = [Sample(0.0, -50.0, 50.0, 10.0), Sample(12.0, -900.0, 900.0, -20.0)]
    band = points_of("blue-area", draw(samples))

    assert len(band) == 2 * len(samples)
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in band)
