"""Records as JSON, and as data frames of pandas and polars."""

from __future__ import annotations

import json
from typing import Any

import pandas
import polars

from pychrony import (
    Source,
    TrackingStatus,
    get_select_data,
    get_source_stats,
    get_sources,
    get_tracking,
)


def to_json(status: TrackingStatus) -> str:
    return json.dumps(status.to_dict())


def worst(sources: list[Source]) -> str:
    frame = pandas.DataFrame(source.to_dict() for source in sources)
    return str(frame.sort_values("latest_meas_err")["address"].iloc[-1])


def deviations(rows: list[dict[str, Any]]) -> polars.DataFrame:
    frame = polars.DataFrame(rows)
    return frame.filter(polars.col("samples") > 3).select("address", "std_dev")


def main() -> None:
    print(to_json(get_tracking()), worst(get_sources(names=True)))
    print(deviations([stats.to_dict() for stats in get_source_stats()]))
    print(polars.DataFrame(data.to_dict() for data in get_select_data()).height)


if __name__ == "__main__":
    main()
