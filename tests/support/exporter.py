"""Starting an exporter, and asking it over HTTP as Prometheus does."""

from __future__ import annotations

import gzip
import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse_text

TIMEOUT = 120.0  # seconds
OPENMETRICS = "application/openmetrics-text;version=1.0.0"

# By a series' name, and its labels in their order.
Series = dict[tuple[str, tuple[str, ...]], float]


@dataclass
class Answer:
    """What an exporter answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def families(self) -> list[Metric]:
        """The metrics, as prometheus_client's own parsers read them."""
        is_open = str(self.headers["content-type"]).startswith("application/openmetrics-text")
        return list(parse_open(self.text) if is_open else parse_text(self.text))

    @property
    def series(self) -> Series:
        return series_of(self.families)


def series_of(families: Iterable[Metric]) -> Series:
    """Return all series, and fail where one is there twice."""
    found: Series = {}
    for sample in (sample for family in families for sample in family.samples):
        key = sample.name, tuple(sample.labels.values())
        assert key not in found
        found[key] = sample.value
    return found


@dataclass
class Exporter:
    """A running `pychrony exporter`."""

    process: subprocess.Popen[str]
    ports: list[int]

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def address(self) -> str:
        """Where it listens, as Prometheus is told."""
        return f"127.0.0.1:{self.port}"

    def get(self, path: str = "/metrics", method: str = "GET", **headers: str) -> Answer:
        """Return the answer to a request. A "_" in a header's name is a "-"."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def next_line(self) -> str:
        """Return the next line that it writes to stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()


# As `-m pychrony`, but for how long a client may take until it has asked something.
PATIENT = """
import sys
from pychrony._cli.main import main
from pychrony.metrics.prometheus import _serving

_serving._ASKING = {patience}
sys.exit(main())
"""


def exporter_command(*arguments: str, patience: float | None = None) -> list[str]:
    """Return how an exporter is started, which may have another patience than usual, in seconds."""
    program = ["-m", "pychrony"] if patience is None else ["-c", PATIENT.format(patience=patience)]
    return [sys.executable, *program, "exporter", *arguments]


@contextmanager
def exporter(
    *arguments: str, listen: str = "127.0.0.1:0", patience: float | None = None
) -> Generator[Exporter, None, None]:
    """Start an exporter on a free port, and end it by SIGTERM."""
    command = exporter_command("--listen", listen, *arguments, patience=patience)
    inherited = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a run by nohup ignores it
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGHUP, inherited)
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert "the exporter listens on" in line, line + process.stderr.read()
            yield Exporter(process, [int(port) for port in re.findall(r"[]\d]:(\d+)", line)])
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(TIMEOUT)
            except BaseException:
                process.kill()
                raise
