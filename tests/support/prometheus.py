"""A real Prometheus that scrapes what a test names. All of it is on loopback."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.support.chronyd import wait_for
from tests.support.promtool import RULES

READY = 120.0  # seconds
_MOMENT = 0.1  # seconds; a program that asks without a pause slows down what it asks
_LISTENS = re.compile(r'msg="Listening on" address=(\S+)')

Found = list[dict[str, Any]]


class Prometheus:
    """A Prometheus that writes a log. It has said there where it listens once it is ready."""

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    def query(self, expression: str) -> Found:
        """Return the series that an expression finds now."""
        with self._get(f"/api/v1/query?{urlencode({'query': expression})}") as answer:
            return json.load(answer)["data"]["result"]

    def wait_for(self, expression: str, is_right: Callable[[Found], bool] = bool) -> Found:
        """Return what an expression finds, once that is right; what it finds at last if never."""
        deadline = time.monotonic() + READY
        while not is_right(found := self.query(expression)) and time.monotonic() < deadline:
            time.sleep(_MOMENT)
        return found

    def is_ready(self) -> bool:
        """Return whether it answers queries."""
        try:
            with self._get("/-/ready") as answer:
                return answer.status == 200
        except (URLError, ConnectionError):
            return False

    def _get(self, path: str) -> Any:
        listens = _LISTENS.search(self.log)
        if listens is None:
            raise ConnectionError("it does not listen yet")
        return urlopen(f"http://{listens[1]}{path}", timeout=READY)


def job_of(name: str, *targets: str) -> dict[str, Any]:
    """Return the job that scrapes exporters."""
    return {"job_name": name, "static_configs": [{"targets": targets}]}


def probes_of(name: str, exporter: str, *targets: str) -> dict[str, Any]:
    """Return the job that has one exporter probe targets, as its documentation shows."""
    return {
        **job_of(name, *targets),
        "metrics_path": "/probe",
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": exporter},
        ],
    }


@contextmanager
def start_prometheus(folder: Path, *jobs: dict[str, Any]) -> Generator[Prometheus, None, None]:
    """Start one that scrapes jobs often, with our rules. It keeps its data in a folder."""
    config = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": jobs,
    }
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))  # which is YAML too
    command = ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'data'}"]
    command.append("--web.listen-address=127.0.0.1:0")  # a free port, and nobody can take it
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            prometheus = Prometheus(folder / "log")
            wait_for(prometheus.is_ready, READY)
            yield prometheus
        finally:
            process.terminate()
