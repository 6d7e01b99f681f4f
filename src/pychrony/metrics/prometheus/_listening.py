"""Open the sockets that an exporter listens on."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

BACKLOG = 128


class Listener(socket.socket):
    """A socket that is listened on. It takes the place of one that was opened.

    `accepted` has when each client was accepted, as long as there is its socket: a server hears of
    a client only after the handshake of TLS.
    """

    def __init__(self, opened: socket.socket) -> None:
        super().__init__(opened.family, opened.type, opened.proto, opened.detach())
        self.accepted: WeakKeyDictionary[socket.socket, float] = WeakKeyDictionary()

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a client, and note when."""
        client, address = super().accept()
        self.accepted[client] = monotonic()
        return client, address


@contextmanager
def listening(places: Sequence[str]) -> Generator[list[Listener]]:
    """Open what is to be listened on. Files of Unix sockets are removed at the end.

    Args:
        places: HOST:PORT, [IPV6]:PORT or :PORT, unix:PATH, or fd:NUMBER for a socket that was
            inherited.

    Raises:
        OSError: The system refuses one.
        ValueError: One is malformed.

    """
    with ExitStack() as stack:
        sockets = []
        for place in places:
            try:
                opened = stack.enter_context(Listener(_listen(place, stack)))
            except OSError as error:
                reason, *_ = (error.strerror or str(error)).split(" (while attempting to bind")
                raise OSError(error.errno, f"{place}: {reason}") from error
            opened.setblocking(False)
            if opened.family != socket.AF_UNIX:
                # Accepted connections inherit it. Else the end of an answer waits for the client to
                # acknowledge the beginning, which takes 40 ms.
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets.append(opened)
        yield sockets


def _split(place: str) -> tuple[str, int]:
    """Return the host and the port that are to be listened on; "" for all addresses.

    Raises:
        ValueError: It is malformed.

    """
    host, colon, port = place.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host or "[" in host or "]" in host:
        raise ValueError(f"{place!r} is not [IPV6]:PORT")
    if not (colon and _is_number(port)) or int(port) > 65535:
        raise ValueError(f"{place!r} is not ADDRESS:PORT, :PORT, unix:PATH or fd:NUMBER")
    return host, int(port)


def name_of(opened: socket.socket) -> str:
    """Return where a socket listens, for people."""
    name = opened.getsockname()
    if not isinstance(name, tuple):
        return f"unix:{os.fsdecode(name)}"
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _listen(place: str, stack: ExitStack) -> socket.socket:
    scheme, _, rest = place.partition(":")
    if scheme == "unix" and rest:
        return _listen_at_path(rest, stack)
    if scheme == "fd" and _is_number(rest):
        opened = socket.socket(fileno=int(rest))
        if opened.type != socket.SOCK_STREAM:
            opened.close()
            raise ValueError(f"{place} is no stream socket")
        try:
            opened.listen(BACKLOG)  # one without a port gets one now
        except BaseException:
            opened.close()
            raise
        return opened
    return _listen_on_port(*_split(place))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _listen_on_port(host: str, port: int) -> socket.socket:
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    if socket.has_dualstack_ipv6():
        with suppress(OSError):  # IPv6 may be turned off
            return socket.create_server(
                ("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=BACKLOG
            )
    return socket.create_server(("", port), backlog=BACKLOG)


def _listen_at_path(path: str, stack: ExitStack) -> socket.socket:
    """Listen at a path. A socket that another server left there is replaced."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(os.lstat(path).st_mode) and not _is_served(path):
            os.unlink(path)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.bind(path)
        stack.callback(_remove, path, os.lstat(path).st_ino)
        opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a server that accepts nobody keeps nobody waiting
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
    return True


def _remove(path: str, inode: int) -> None:
    """Remove a file, unless another server's has taken its place."""
    with suppress(OSError):
        if os.lstat(path).st_ino == inode:
            os.unlink(path)
