"""Text, measures, documents, exit status and `pychrony.check` say the same of any clock."""

from __future__ import annotations

import json
import random
import re
from time import time_ns

import pytest

from pychrony import LeapStatus, SourceState, Verdict, check
from pychrony.testing import SimulatedChronyd, make_source, make_tracking
from tests.support.command_line import run_here
from tests.support.plugin_output import read_output

CODES = {
    "error_bound": "ERROR_BOUND",
    "offset": "OFFSET",
    "skew": "SKEW",
    "age": "UPDATE_TOO_OLD",
    "stratum": "STRATUM",
    "sources": "TOO_FEW_SOURCES",
}
NAMES = {"sources": "usable_sources"}  # of measures that a document calls something else
MOMENT = 60  # seconds that may pass between two looks at a clock. No age comes near to a limit
OPTIONS = {
    "--max-error": ("0.001,0.1", "0.01", "0.1,"),
    "--max-offset": ("0.001,0.1", "-0.01:0.01", "0.1,"),
    "--max-skew": ("1,10", "5"),
    "--max-age": ("300,3000", "1000"),
    "--max-stratum": ("3,5", "4"),
    "--min-sources": ("3,2", "2", "3:,1:"),
}


def draw_options(chance: random.Random) -> list[str]:
    return [
        f"{flag}={chance.choice(texts)}" for flag, texts in OPTIONS.items() if chance.random() < 0.6
    ]


def set_clock(server: SimulatedChronyd, chance: random.Random) -> None:
    """Let a chronyd report a clock with anything right or wrong, away from whole seconds."""
    states = [SourceState.SELECTED, *(chance.choice(list(SourceState)) for _ in range(3))]
    server.sources = [
        make_source(
            address=f"192.0.2.{number}",
            state=state,
            reachability=chance.choice((0, 0o377, 0o377)),
        )
        for number, state in enumerate(states, 1)
    ]
    server.tracking = make_tracking(
        offset=chance.choice((1, -1)) * 10 ** chance.uniform(-6, 0),
        root_delay=10 ** chance.uniform(-5, 0),
        root_dispersion=10 ** chance.uniform(-5, 0),
        skew=10 ** chance.uniform(-2, 2),
        stratum=chance.randint(1, 8),
        leap_status=LeapStatus.UNSYNC if chance.random() < 0.1 else LeapStatus.NORMAL,
        ref_time_ns=time_ns() - int((chance.choice((10, 500, 2000, 5000)) + 0.5) * 10**9),
    )


def without_age(text: str) -> str:
    """Return a text without the age of the last update, which is another a second later."""
    return re.sub(r"last update \d+\w", "last update", text)


@pytest.mark.parametrize("seed", range(60))
def test_a_clock_has_one_judgment(seed: int) -> None:
    chance = random.Random(seed)
    options = draw_options(chance)
    with SimulatedChronyd() as server:
        set_clock(server, chance)
        where = ("-h", server.address)
        text, document = (
            run_here("check", *where, *options, *form) for form in (("-v",), ("--json",))
        )

    output, found = read_output(text.stdout), json.loads(document.stdout)
    assert (text.stderr, document.stderr) == ("", "")
    assert text.returncode == document.returncode == Verdict[found["verdict"]].value
    assert output.status == found["verdict"]
    severities = {finding["code"]: finding["severity"] for finding in found["findings"]}
    worst = max((Verdict[each].value for each in severities.values()), default=0)
    assert worst == text.returncode
    messages = [without_age(finding["message"]) for finding in found["findings"]]
    text_of_all = without_age(output.text)
    left = re.search(r"; and (\d+) more \(-v\)$", text_of_all)  # of a long text
    told = messages[: -int(left[1])] if left else messages
    whole = "; ".join(told) or without_age(found["message"])
    assert text_of_all == whole + (left[0] if left else "")
    assert [without_age(line) for line in output.more[: len(messages)]] == [
        f"{finding['severity']} {finding['code']}: {message}"
        for finding, message in zip(found["findings"], messages, strict=True)
    ]
    follows_nothing = not severities.keys().isdisjoint({"NOT_SYNCHRONIZED", "LOCAL_REFERENCE"})
    for label, measure in output.measures.items():
        tolerance = MOMENT if label == "age" else 1e-9
        assert found[NAMES.get(label, label)] == pytest.approx(measure.value, abs=tolerance)
        # What is wrong with a clock that follows nothing is a consequence, and not told.
        if not follows_nothing:
            assert severities.get(CODES[label], "OK") == measure.level()


@pytest.mark.parametrize("seed", range(60, 70))
def test_a_program_gets_the_same_judgment(seed: int) -> None:
    chance = random.Random(seed)
    with SimulatedChronyd() as server:
        set_clock(server, chance)
        document = json.loads(
            run_here("check", "-h", server.address, "--json", "-w", "0.01", "-c", "0.1").stdout
        )
        result = check(server.address, max_error=(0.01, 0.1)).to_dict()

    assert document.pop("error") is None
    assert document.pop("age") == pytest.approx(result.pop("age"), abs=MOMENT)
    assert [{**each, "message": None, "value": None} for each in document.pop("findings")] == [
        {**each, "message": None, "value": None} for each in result.pop("findings")
    ]
    del document["message"], result["message"]  # they may tell an age
    assert document == result
