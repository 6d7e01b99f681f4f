"""docs/reference/metrics.md, made from the declaration of the metrics.

python -m tests.support.metrics_page >docs/reference/metrics.md
"""

from __future__ import annotations

from collections.abc import Iterator

from pychrony.metrics import FAMILIES, Family
from pychrony.metrics._instruments import ATTRIBUTES, INSTRUMENTS
from pychrony.metrics._of_clock import CLOCK
from pychrony.metrics._of_scrape import SCRAPE
from pychrony.metrics._of_selection import AUTH_DATA, NTP_DATA, SELECT_DATA
from pychrony.metrics._of_server import SERVER
from pychrony.metrics._of_sources import SOURCES
from pychrony.metrics._taking import REPORTS

HEAD = """\
# The metrics

What pychrony gives to monitoring systems. Where chrony_exporter has a metric, the name is the same,
so that its dashboards and alerts work.

- Values and signs are those that chronyd reports.
- The error bound of a clock that follows no source is +Inf, and so is the age of what never was.
- The last column is the report that a metric comes from, by chronyc's name. Where chronyd did not
  give that report, the metric has no series. A metric without a report is always there.
- `source_address` is different for each source. `source_name` may be the same for several, as all
  members of a pool have the pool's name.

This page is made from the metrics' declarations, by `python -m tests.support.metrics_page`.
"""

OPENTELEMETRY = """\
## In OpenTelemetry

What `pychrony.metrics.opentelemetry` gives, and which of the above each is. All are gauges. There
is no infinity: what would be +Inf has no point. Of a chronyd on another computer each point has the
attribute `server.address`, and `server.port` where it is not 323.

```python
from opentelemetry.metrics import get_meter

from pychrony.metrics.opentelemetry import create_instruments

create_instruments(get_meter("my.clock"))
```

From then on chronyd is asked whenever a reader of the `MeterProvider` collects: once, in the
reader's thread. `help(create_instruments)` tells the arguments, the limits of `ntp.check.verdict`
among them. It takes `pip install "pychrony[opentelemetry]"`, and an SDK.

| metric | unit | attributes | is |
|---|---|---|---|"""

_SECTIONS = (
    ("The clock and its judgment", CLOCK),
    ("The sources", tuple(f for f in SOURCES if f not in (*SELECT_DATA, *AUTH_DATA, *NTP_DATA))),
    ("The selection of sources", SELECT_DATA),
    ("The authentication of NTP sources", AUTH_DATA),
    ("The NTP sources in depth", NTP_DATA),
    ("chronyd itself", SERVER),
    ("Asking chronyd", SCRAPE),
)
_COMMANDS = {attribute: command for command, attribute in REPORTS.items()}


def _row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    report = _COMMANDS.get(family.report, "")
    return f"| `{family.name}` | {family.kind.value} | {labels} | {family.help} | {report} |"


def _section(title: str, families: tuple[Family, ...]) -> list[str]:
    return [
        f"## {title}",
        "",
        "| metric | type | labels | meaning | report |",
        "|---|---|---|---|---|",
        *map(_row, families),
        "",
    ]


def _instruments() -> Iterator[str]:
    for instrument in INSTRUMENTS:
        family = instrument.family
        labels = ", ".join(f"`{ATTRIBUTES.get(label, label)}`" for label in family.labels)
        yield f"| `{instrument.name}` | {instrument.unit} | {labels} | `{family.name}` |"


def render() -> str:
    """Return the page."""
    shown = [family for _, families in _SECTIONS for family in families]
    if len(shown) != len(FAMILIES):
        raise ValueError("a section is missing, or one is there twice")
    tables = (line for each in _SECTIONS for line in _section(*each))
    return "\n".join([HEAD, *tables, OPENTELEMETRY, *_instruments(), ""])


if __name__ == "__main__":
    print(render(), end="")  # noqa: T201
