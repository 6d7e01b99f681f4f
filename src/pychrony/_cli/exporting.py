"""Metrics for Prometheus: served, or printed once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .._client.addresses import DEFAULT_PORT
from .arguments import WrongUsage
from .exporter_options import LISTEN
from .judging_options import limits_in
from .terminal import say_error

if TYPE_CHECKING:
    from ..metrics.prometheus._exporter import Settings

_TIMEOUT = 10.0  # seconds, as Prometheus's own
_FAILED = 1


def export(options: argparse.Namespace) -> int:
    """Do what is asked of the exporter; return the exit status."""
    try:
        return _export(options)
    except ModuleNotFoundError as error:
        if error.name not in ("prometheus_client", "uvicorn"):
            raise
        say_error(f"{error.name} is not installed: pip install 'pychrony[prometheus]'")
    return _FAILED


def _export(options: argparse.Namespace) -> int:
    from ..metrics._asking import limits_of, take_snapshot
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
        limits_of(None, limits_in(options)),
        options.reports,
        allowed,
        options.probe_reports,
    )
    if not options.once:
        return _serve(options, settings)
    snapshot = take_snapshot(
        settings.address, settings.limits, timeout=settings.timeout, reports=settings.reports
    )
    print(make_page(snapshot).body.decode(), end="")
    return 0


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from ..metrics.prometheus._exporter import Exporter
    from ..metrics.prometheus._listening import listening, name_of
    from ..metrics.prometheus._serving import serve

    try:
        with listening(options.listen or LISTEN) as sockets:
            places = ", ".join(map(name_of, sockets))
            serve(
                Exporter(settings, say_error),
                sockets,
                settings.timeout,
                lambda: say_error(f"the exporter listens on {places}"),
            )
    except ValueError as error:
        raise WrongUsage(str(error)) from None
    except OSError as error:
        say_error(f"cannot listen on {error.strerror}")
        return _FAILED
    return 0
