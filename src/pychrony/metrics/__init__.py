"""What is measured of a clock, for monitoring systems: each metric declared once.

`FAMILIES` has the name, kind, unit, help and labels of each, and how it is read from the reports of
one `Snapshot`. The names are those that dashboards for chrony know already.
"""

from ._asking import limits_of
from ._family import Family, Kind, Sample
from ._of_clock import CLOCK
from ._of_scrape import SCRAPE
from ._of_server import SERVER
from ._of_sources import SOURCES
from ._reading import read_snapshot, read_snapshot_async
from ._snapshot import Snapshot

__all__ = [
    "FAMILIES",
    "Family",
    "Kind",
    "Sample",
    "Snapshot",
    "limits_of",
    "read_snapshot",
    "read_snapshot_async",
]

FAMILIES: tuple[Family, ...] = (*CLOCK, *SOURCES, *SERVER, *SCRAPE)
