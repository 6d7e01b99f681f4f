"""What an address may look like, and what is tried for None."""

from __future__ import annotations

import os
from _socket import AF_INET, AF_INET6, inet_pton  # of `socket`, which takes long to import
from collections.abc import Iterable
from typing import TypeAlias

from .handle import LIBCHRONY_KIND

# As `ChronyConnection` describes it. pychrony exports it, for annotations.
Address: TypeAlias = str | os.PathLike[str] | None

# An address that was checked: a path, or a host and its port.
Target: TypeAlias = tuple[str, int] | str | None

DEFAULT_PORT = 323
DEFAULT_ADDRESSES = (
    "/run/chrony/chronyd.sock",
    "/var/run/chrony/chronyd.sock",
    "127.0.0.1:323",
    "[::1]:323",
)

# The kernel's limit on a socket's path, without the final zero.
_UNIX_PATH_MAX = 107

# The path of the client's own socket, after the folder of the server's. It depends on the library.
_CLIENT_PATHS = {
    "bundled": "/libchrony.0123456789abcdef",
    "system": "/libchrony.0123456789ab/0123456789abcdef/sock",
}
_CLIENT_PATH = len(_CLIENT_PATHS[LIBCHRONY_KIND])


def parse(address: Address) -> Target:
    """Check an address. Return a path, a host with its port, or None for None.

    Raises:
        ValueError: The address is malformed. The message says why.

    """
    if address is None:
        return None
    if isinstance(address, os.PathLike):
        return _check_path(os.path.abspath(os.fsdecode(address)))
    if not isinstance(address, str):
        raise ValueError(f"address must be a str, a path or None, not {address!r}")
    if address.startswith("/"):
        return _check_path(address)
    if address.startswith(("./", "../")):
        return _check_path(os.path.abspath(address))
    return _split(address)


def _check_path(path: str) -> str:
    if "\0" in path:
        raise ValueError(f"address {path!r} holds a zero byte")
    try:
        length = len(os.fsencode(path))
        folder = len(os.fsencode(os.path.dirname(path)))
    except UnicodeError:
        raise ValueError(f"address {path!r} cannot be the name of a file") from None
    if max(length, folder + _CLIENT_PATH) > _UNIX_PATH_MAX:
        raise ValueError(
            f"address {path!r} is too long: a Unix socket's path may have {_UNIX_PATH_MAX} bytes, "
            f"and the client's own, below the same folder, has {_CLIENT_PATH} more than the folder"
        )
    return path


def _split(address: str) -> tuple[str, int]:
    """Split HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. A bare IPv6 address has no port."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        good = bracket and _is_literal(host, AF_INET6) and colon in ("", ":")
    elif _is_literal(address, AF_INET6):
        host, colon, port, good = address, "", "", True
    else:
        host, colon, port = address.partition(":")
        good = ":" not in port and _is_host(host)
    if not good:
        raise ValueError(f"address {address!r} {_why_not(address)}")
    if ":" in host and _is_link_local(host):
        raise ValueError(f"address {address!r} needs a zone, and zones are not supported")
    return host, _parse_port(port, address) if colon else DEFAULT_PORT


def _why_not(address: str) -> str:
    host, percent, _ = address.removeprefix("[").partition("%")
    if percent and _is_literal(host, AF_INET6):
        return "has a zone (what follows the %), and zones are not supported"
    if "/" in address:
        return "is no path: a path begins with /, ./ or ../"
    return "is neither a path (/PATH, ./PATH), HOST, HOST:PORT, [IPV6] nor [IPV6]:PORT"


def _is_link_local(host: str) -> bool:
    return int.from_bytes(inet_pton(AF_INET6, host)[:2], "big") & 0xFFC0 == 0xFE80


def _is_literal(text: str, *families: int) -> bool:
    for family in families:
        try:
            inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False


def _is_host(text: str) -> bool:
    if _is_literal(text, AF_INET):
        return True
    if not text or any(c.isspace() or c in "\0/[]" for c in text):
        return False
    try:
        return bool(text.encode("idna"))
    except UnicodeError:  # a part of the name is empty or too long
        return False


def _parse_port(text: str, address: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535:
        return int(text)
    raise ValueError(f"port {text!r} in address {address!r} is not a number from 1 to 65535")


def is_host_name(target: Target) -> bool:
    """Return whether a look-up must find the addresses, which may take long."""
    return isinstance(target, tuple) and not _is_literal(target[0], AF_INET, AF_INET6)


def is_local(address: str) -> bool:
    """Return whether an address, as libchrony takes it, is on this computer."""
    return address.startswith(("/", "127.", "[::1]"))


def _without_twins(addresses: Iterable[str]) -> list[str]:
    """Return each socket once. /var/run usually is a link to /run."""
    found: dict[object, str] = {}
    for address in addresses:
        found.setdefault(_place(address), address)
    return list(found.values())


def _place(address: str) -> object:
    """Return a key that is the same for all spellings of one address."""
    if not address.startswith("/"):
        return address
    folder, name = os.path.split(address)
    try:
        status = os.stat(folder)
    except OSError:  # the folder is missing or closed to this user
        return os.path.realpath(address)
    return status.st_dev, status.st_ino, name


def candidates(target: Target) -> list[str]:
    """Return the addresses to try, as libchrony takes them, best first.

    Raises:
        OSError: The host's name could not be resolved.

    """
    if target is None:
        return _without_twins(DEFAULT_ADDRESSES)
    if isinstance(target, str):
        return [target]
    host, port = target
    hosts = {host: None}
    if is_host_name(target):
        import socket  # slow to import, and only host names need it

        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        hosts = dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts]
