"""The application that `pychrony exporter` serves: its paths, and what each answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import parse_qs

from ..._client.addresses import Address
from ..._client.event_loop import EventLoop
from ..._client.failures import timeout_error
from ..._client.library import __version__
from ..._client.timeouts import deadline_after, seconds_until
from ...exceptions import ChronyError
from ...models import FindingCode, Limits
from .._asking import failed, take_snapshot_async
from .._snapshot import Snapshot
from ._allowing import Allowed, RefusedError
from ._app import Receive, Scope, Send, send_page, send_text, time_for
from ._pages import own_metrics

_MOST_PROBES = 500  # at once: each may have a thread, while a name is looked up

_HOME = f"""\
pychrony {__version__}: metrics of chronyd for Prometheus

/metrics            the metrics of the chronyd here, and of this program
/probe?target=HOST  the metrics of another computer's chronyd, where that is allowed
/-/healthy          whether this program runs
"""


@dataclass(frozen=True)
class Settings:
    """What is asked, and what is good enough."""

    address: Address
    timeout: float
    limits: Limits
    reports: Collection[str] | None = None
    allowed: Allowed | None = None
    probe_reports: Collection[str] | None = None


class Exporter:
    """An ASGI application.

    Args:
        settings: What is asked at /metrics, and may be asked at /probe.
        tell: Is called with a line each time that chronyd begins to answer, or ends to, and each
            time that other reports fail than before.

    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._trouble: FindingCode | None = None
        self._missing: list[str] = []  # the reports that failed when chronyd answered last
        self._probes = 0  # under way

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the exporter knows no {scope['type']}")
        if scope["method"] not in ("GET", "HEAD"):
            await send_text(405, "There is GET and HEAD.\n", send, allow="GET, HEAD")
        elif scope["path"] == "/metrics":
            await self._show_metrics(scope, send)
        elif scope["path"] == "/probe":
            await self._show_probe(scope, send)
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

    async def _show_probe(self, scope: Scope, send: Send) -> None:
        allowed = self._settings.allowed
        targets = parse_qs(scope["query_string"].decode("latin-1")).get("target", [])
        try:
            if allowed is None:
                raise RefusedError("no target is allowed: --probe-allow does")
            if len(targets) != 1:
                raise ValueError("there is not one target: /probe?target=HOST")
            host, port = allowed.check(targets[0])
            left = time_for(scope, self._settings.timeout)
            if self._probes >= _MOST_PROBES:
                await send_text(503, "Too many targets are asked already.\n", send)
                return
            self._probes += 1
            try:
                snapshot = await self._probe(allowed, host, port, left)
            finally:
                self._probes -= 1
        except ValueError as error:
            await send_text(400, f"{error}\n", send)
        except RefusedError as error:
            await send_text(403, f"{error}\n", send)
        else:
            await send_page(snapshot, scope, send)

    async def _probe(self, allowed: Allowed, host: str, port: int, timeout: float) -> Snapshot:
        """Look up a target once, check what was found, and ask exactly that."""
        deadline = deadline_after(timeout)
        limits = self._settings.limits
        try:
            looking = EventLoop().find_candidates((host, port))
            found = await asyncio.wait_for(looking, timeout)
        except ChronyError as error:
            return failed(error, limits)
        except asyncio.TimeoutError:
            return failed(timeout_error(f"{host}: the name was not looked up in time"), limits)
        addresses = allowed.choose(host, [each for each in found if isinstance(each, str)])
        return await take_snapshot_async(
            ",".join(addresses),
            limits,
            timeout=seconds_until(deadline),
            reports=self._settings.probe_reports,
        )

    def _note(self, snapshot: Snapshot) -> None:
        """Tell of a change, once."""
        failure = snapshot.failure
        trouble = None if failure is None else failure.code
        if trouble is not self._trouble:
            self._tell("chronyd answers again" if failure is None else failure.message)
        self._trouble = trouble
        if failure is None:
            self._note_missing(snapshot)

    def _note_missing(self, snapshot: Snapshot) -> None:
        """Do the same of single reports."""
        missing = [report for report, (given, _) in snapshot.outcomes.items() if not given]
        if missing != self._missing:
            text = f"chronyd did not give these reports: {', '.join(missing)}"
            self._tell(text if missing else "chronyd gives all reports again")
        self._missing = missing
