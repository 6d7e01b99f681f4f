"""The application that `pychrony exporter` serves: its paths, and what each answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..._client.addresses import Address
from ..._client.library import __version__
from ...models import FindingCode, Limits
from .._asking import take_snapshot_async
from .._snapshot import Snapshot
from ._app import Receive, Scope, Send, send_page, send_text, time_for
from ._pages import own_metrics

_HOME = f"""\
pychrony {__version__}: metrics of chronyd for Prometheus

/metrics    the metrics of the chronyd here, and of this program
/-/healthy  whether this program runs
"""


@dataclass(frozen=True)
class Settings:
    """What is asked, and what is good enough."""

    address: Address
    timeout: float
    limits: Limits
    reports: Collection[str] | None = None


class Exporter:
    """An ASGI application.

    Args:
        settings: What is asked at /metrics.
        tell: Is called with a line each time that chronyd begins to answer, or ends to.

    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._trouble: FindingCode | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the exporter knows no {scope['type']}")
        if scope["method"] not in ("GET", "HEAD"):
            await send_text(405, "There is GET and HEAD.\n", send, allow="GET, HEAD")
        elif scope["path"] == "/metrics":
            await self._show_metrics(scope, send)
        elif scope["path"] == "/-/healthy":
            await send_text(200, "OK\n", send)
        elif scope["path"] == "/":
            await send_text(200, _HOME, send)
        else:
            await send_text(404, "There is no such page: / has a list.\n", send)

    async def _show_metrics(self, scope: Scope, send: Send) -> None:
        asked = self._settings
        snapshot = await take_snapshot_async(
            asked.address,
            asked.limits,
            timeout=time_for(scope, asked.timeout),
            reports=asked.reports,
        )
        self._note(snapshot)
        await send_page(snapshot, scope, send, own_metrics())

    def _note(self, snapshot: Snapshot) -> None:
        """Tell of a change, once."""
        failure = snapshot.failure
        trouble = None if failure is None else failure.code
        if trouble is not self._trouble:
            self._tell("chronyd answers again" if failure is None else failure.message)
        self._trouble = trouble
