"""Rules under promtool, on the series of simulated chronyds."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pychrony.metrics import FAMILIES, Kind, limits_of
from pychrony.metrics._asking import take_snapshot
from pychrony.testing import SimulatedChronyd

RULES = Path(__file__).parents[2] / "docs" / "monitoring" / "rules.yml"

# The values of each series, one a minute, in promtool's notation.
Series = dict[str, str]


def series_of(
    chronyd: SimulatedChronyd,
    labels: Mapping[str, str],
    minutes: int,
    *,
    timeout: float = 60.0,
    **limits: Any,
) -> Series:
    """Return the series of a chronyd that stays as it is for so many minutes."""
    with chronyd:
        snapshot = take_snapshot(chronyd.address, limits_of(**limits), timeout=timeout)
    found = {name_of("up", labels): f"1+0x{minutes}"}
    for family in FAMILIES:
        if family.kind is Kind.HISTOGRAM:
            continue
        for sample in family.read(snapshot):
            own = dict(zip(family.labels, sample.labels, strict=True))
            name = name_of(family.name, {**labels, **own})
            found[name] = f"{str(sample.value).replace('inf', 'Inf')}+0x{minutes}"
    return found


def name_of(name: str, labels: Mapping[str, str]) -> str:
    """Return a series as PromQL writes it."""
    return f"{name}{{{','.join(f'{label}={json.dumps(text)}' for label, text in labels.items())}}}"


def run_promtool(series: Series, *, alerts: Sequence[Any] = (), queries: Sequence[Any] = ()) -> str:
    """Run promtool's test of the rules, evaluated once a minute. Return what it says is wrong."""
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": alerts,
        "promql_expr_test": queries,
    }
    document = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "test.yml")
        path.write_text(json.dumps(document))  # which is YAML too
        command = ["promtool", "test", "rules", str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    return done.stdout + done.stderr
