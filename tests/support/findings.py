"""What `check` finds, brief enough to compare."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import pychrony
from pychrony import CheckResult
from tests.support.chronyd import Chronyd, temporary_directory

# Options of a source that has enough measurements within a second.
QUICK = "iburst minpoll -6 maxpoll -6"


def codes(result: CheckResult) -> list[str]:
    """Return the codes of what was found, the worst first."""
    return [finding.code.value for finding in result.findings]


def check_unix(daemon: Chronyd) -> CheckResult:
    """Return the judgment over the Unix socket, where chronyd gives all reports.

    Any error bound will do: that of a young chronyd may grow for a moment, on a busy computer.
    """
    return pychrony.check(daemon.socket_path, max_error=None)


def check_udp(daemon: Chronyd) -> CheckResult:
    """Return the judgment over the command port, where chronyd gives few reports.

    Any error bound will do, as above.
    """
    return pychrony.check(daemon.udp4, max_error=None)


@contextmanager
def running_chronyd(
    *lines: str, files: Mapping[str, str] | None = None, ntp_port: int | None = None
) -> Generator[Chronyd, None, None]:
    """Run a chronyd whose folder has these files."""
    with temporary_directory() as directory:
        for name, content in (files or {}).items():
            (directory / name).write_text(content)
        with Chronyd(directory, *lines, ntp_port=ntp_port) as daemon:
            yield daemon
