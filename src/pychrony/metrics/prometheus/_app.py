"""Metrics over ASGI: what a request may say, and the page that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any, TypeAlias

from prometheus_client.core import Metric

from ..._client.addresses import Address
from ..._client.timeouts import is_positive
from ..._judgment.defaults import Threshold
from .._asking import check_arguments, take_snapshot_async
from .._snapshot import Snapshot
from .._taking import ABOUT_SOURCES
from ._pages import Page, make_page

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADER = b"x-prometheus-scrape-timeout-seconds"
_SPARE = 0.5  # seconds, for the way and for writing the page
_MANY = 1000  # sources; a page of theirs takes a tenth of a second


def make_asgi_app(
    address: Address = None,
    *,
    timeout: float = 3.0,
    reports: Collection[str] | None = None,
    source: str | Collection[str] | None = None,
    **thresholds: Threshold,
) -> App:
    """Return an ASGI application that answers each request with the metrics of a chronyd.

    It is for a web application to mount, on whatever path. It asks in the event loop, and keeps no
    other request waiting. Prometheus's own limit for a scrape holds too.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of a scrape, in seconds. Looking up a host's name counts.
        reports: The reports that are wanted, by chronyc's names; tracking and sources always are.
            None: all that chronyd gives but the clients.
        source: The source that the clock may follow, or several, as `check` takes it.
        thresholds: The limits, by the names of the arguments of `check`: `max_error=0.1`.

    Raises:
        ValueError: An argument is malformed.
        TypeError: There is no such limit.

    Example:
        >>> from fastapi import FastAPI
        >>> from pychrony.metrics.prometheus import make_asgi_app
        >>> app = FastAPI()
        >>> app.mount("/metrics", make_asgi_app())

    """
    limits = check_arguments(address, timeout, source, thresholds, reports)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"this application knows no {scope['type']}")
        left = time_for(scope, timeout)
        snapshot = await take_snapshot_async(address, limits, timeout=left, reports=reports)
        await send_page(snapshot, scope, send)

    return app


def time_for(scope: Scope, timeout: float) -> float:
    """Return how long a scrape may take: as long as we allow, and as long as Prometheus waits."""
    try:
        waits = float(_header(scope, _HEADER))
    except ValueError:  # there is none, or it is no number
        return timeout
    return min(timeout, max(waits - _SPARE, waits / 2)) if is_positive(waits) else timeout


async def send_page(
    snapshot: Snapshot, scope: Scope, send: Send, others: Iterable[Metric] = ()
) -> None:
    """Answer with a snapshot's metrics, and others, in the format that the request accepts."""
    accept, encoding = (_header(scope, name) for name in (b"accept", b"accept-encoding"))
    page = await _make_page(snapshot, accept, encoding, others)
    await _send(200, page.body, page.headers, send)


async def _make_page(snapshot: Snapshot, *arguments: Any) -> Page:
    """Make a page. A large one, which takes seconds, keeps no other request waiting."""
    import asyncio  # ChronyCollector does without

    lists = (getattr(snapshot, name) or () for name in ABOUT_SOURCES)
    if max(map(len, lists)) < _MANY:
        return make_page(snapshot, *arguments)
    return await asyncio.to_thread(make_page, snapshot, *arguments)


async def send_text(status: int, text: str, send: Send, **headers: str) -> None:
    """Answer with a text."""
    await _send(
        status, text.encode(), {"content-type": "text/plain; charset=utf-8", **headers}, send
    )


def _header(scope: Scope, wanted: bytes) -> str:
    """Return a request's header; "" for none."""
    found = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]
    return ",".join(found)


async def _send(status: int, body: bytes, headers: dict[str, str], send: Send) -> None:
    fields = {**headers, "content-length": str(len(body))}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
