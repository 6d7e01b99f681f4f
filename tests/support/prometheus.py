"""A real Prometheus that scrapes what a test names. All of it is on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from pychrony.metrics import FAMILIES, Kind, Snapshot
from tests.support.chronyd import wait_for
from tests.support.promtool import RULES, name_of

READY = 60.0  # seconds


class Prometheus:
    """The Prometheus at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression finds now."""
        with self._get(f"/api/v1/query?{urlencode({'query': expression})}") as answer:
            return json.load(answer)["data"]["result"]

    def is_ready(self) -> bool:
        """Return whether it answers queries."""
        try:
            with self._get("/-/ready") as answer:
                return answer.status == 200
        except (URLError, ConnectionError):
            return False

    def _get(self, path: str) -> Any:
        return urlopen(f"{self._url}{path}", timeout=READY)  # noqa: S310 # it is http


@contextmanager
def start_prometheus(folder: Path, targets: Sequence[str]) -> Generator[Prometheus, None, None]:
    """Start one that scrapes twice a second, with our rules. It keeps its data in a folder."""
    config = {
        "global": {
            "scrape_interval": "500ms",
            "scrape_timeout": "500ms",
            "evaluation_interval": "500ms",
        },
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "chrony", "static_configs": [{"targets": targets}]}],
    }
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))  # which is YAML too
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'data'}"]
    command.append(f"--web.listen-address={address}")
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            prometheus = Prometheus(f"http://{address}")
            wait_for(prometheus.is_ready, READY)
            yield prometheus
        finally:
            process.terminate()


@contextmanager
def serve_metrics(take: Callable[[], Snapshot]) -> Generator[str, None, None]:
    """Serve the metrics of a snapshot that is taken for each scrape. Yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = "".join(f"{line}\n" for line in _lines(take())).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(page)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Write no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _lines(snapshot: Snapshot) -> Iterator[str]:
    for family in FAMILIES:
        if family.kind is Kind.HISTOGRAM:
            continue
        yield f"# TYPE {family.name} {family.kind.value}"
        for labels, value in family.read(snapshot):
            series = name_of(family.name, dict(zip(family.labels, labels, strict=True)))
            yield f"{series} {str(value).replace('inf', 'Inf')}"
