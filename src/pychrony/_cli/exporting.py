"""Metrics for Prometheus: served, printed, or written to a file."""

from __future__ import annotations

import argparse
import errno
import os
import stat
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from .._client.addresses import DEFAULT_PORT
from .arguments import WrongUsage
from .exporter_options import LISTEN
from .judging_options import limits_in
from .terminal import say_error

if TYPE_CHECKING:
    from ..metrics import Snapshot
    from ..metrics.prometheus._exporter import Settings

_TIMEOUT = 10.0  # seconds, as Prometheus's own
_FAILED = 1
_OF_SERVER = ("listen", "tls_cert", "tls_key", "tls_client_ca", "probe_allow", "probe_port")
_READ = ".prom"  # the end of the names of files that node_exporter reads
_READABLE = 0o644  # it is another user


def export(options: argparse.Namespace) -> int:
    """Do what is asked of the exporter; return the exit status."""
    _check_usage(options)
    try:
        return _export(options)
    except ModuleNotFoundError as error:
        if error.name not in ("prometheus_client", "uvicorn"):
            raise
        say_error(f"{error.name} is not installed: pip install 'pychrony[prometheus]'")
    return _FAILED


def _export(options: argparse.Namespace) -> int:
    from ..metrics._asking import limits_of
    from ..metrics.prometheus._allowing import Allowed
    from ..metrics.prometheus._exporter import Settings
    from ..metrics.prometheus._pages import make_page

    try:
        entries, ports = options.probe_allow, options.probe_port or (DEFAULT_PORT,)
        allowed = Allowed(entries, ports) if entries else None
    except ValueError as error:
        raise WrongUsage(f"--probe-allow: {error}") from None
    settings = Settings(
        options.host,
        options.timeout or _TIMEOUT,
        limits_of(**limits_in(options)),
        options.reports,
        allowed,
        options.probe_reports,
    )
    if options.textfile is not None:
        if not options.textfile.endswith(_READ):
            say_error(f"node_exporter reads only files whose names end in {_READ}")
        return _write_files(options.textfile, options.every, settings)
    if not options.once:
        return _serve(options, settings)
    print(make_page(_take(settings)).body.decode(), end="")
    return 0


def _check_usage(options: argparse.Namespace) -> None:
    """Refuse options that would do nothing."""
    if options.every is not None and options.textfile is None:
        raise WrongUsage("--every goes with --textfile")
    serves = options.textfile is None and not options.once
    for name in _OF_SERVER:
        if getattr(options, name) and not serves:
            flag = "--" + name.replace("_", "-")
            raise WrongUsage(f"{flag} is for a server, and --once and --textfile serve nothing")
    if options.textfile == "":
        raise WrongUsage("--textfile needs the name of a file")
    places = options.listen or ()
    for place in places:
        if places.count(place) > 1 and not place.endswith(":0"):  # each :0 is a port of its own
            raise WrongUsage(f"--listen {place} is given twice")
    if options.tls_cert is None and (options.tls_key or options.tls_client_ca):
        raise WrongUsage("--tls-key and --tls-client-ca need --tls-cert")


def _take(settings: Settings) -> Snapshot:
    from ..metrics._asking import take_snapshot

    return take_snapshot(
        settings.address, settings.limits, timeout=settings.timeout, reports=settings.reports
    )


def _write_files(path: str, every: float | None, settings: Settings) -> int:
    """Write a file once, or again and again. Only the first time must succeed."""
    from ..metrics.prometheus._pages import file_metrics, make_page

    due = monotonic()
    is_first = True
    while True:
        page = make_page(_take(settings), others=file_metrics())
        try:
            _replace(path, page.body)
        except OSError as error:
            say_error(f"cannot write {path}: {error.strerror}")
            if is_first:
                return _FAILED
        if every is None:
            return 0
        is_first = False
        due = max(due + every, monotonic())
        sleep(max(due - monotonic(), 0.0))


def _replace(path: str, content: bytes) -> None:
    """Write a file whole. Its readers see what it was before, or what it is now."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(path).st_mode):  # a device would be replaced, too
            raise OSError(errno.EINVAL, "it is there, and is no regular file")
    folder, name = os.path.split(path)
    # Its name does not end in .prom: node_exporter shall not read it yet. It is known before there
    # is such a file, as a signal may come at any time.
    temporary = os.path.join(folder, f".{name}.{os.urandom(8).hex()}")
    try:
        with open(temporary, "xb") as file:
            os.fchmod(file.fileno(), _READABLE)
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # it may have its name already, or not be there yet
            os.unlink(temporary)
        raise


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from ..metrics.prometheus._exporter import Exporter
    from ..metrics.prometheus._listening import listening, name_of
    from ..metrics.prometheus._serving import Certificates, serve

    try:
        with listening(options.listen or LISTEN) as sockets:
            places = ", ".join(map(name_of, sockets))
            serve(
                Exporter(settings, say_error),
                sockets,
                settings.timeout,
                lambda: say_error(f"the exporter listens on {places}"),
                Certificates(options.tls_cert, options.tls_key, options.tls_client_ca),
            )
    except ValueError as error:
        raise WrongUsage(str(error)) from None
    except OSError as error:
        say_error(f"cannot serve: {error.strerror}")
        return _FAILED
    return 0
