"""What an address may look like, and what is tried for None."""

from __future__ import annotations

import os
from _socket import AF_INET, AF_INET6, inet_pton  # of `socket`, which takes long to import
from collections.abc import Iterable
from typing import TypeAlias, TypeVar

from .compiled import LIBCHRONY_KIND

# As `ChronyConnection` describes it. pychrony exports it, for annotations.
Address: TypeAlias = str | os.PathLike[str] | None

# An address that was checked: a path, or a host and its port; or several of these.
Place: TypeAlias = tuple[str, int] | str
Target: TypeAlias = Place | list[Place] | None

CandidateT = TypeVar("CandidateT", bound=object)

DEFAULT_PORT = 323
DEFAULT_ADDRESSES = (
    "/run/chrony/chronyd.sock",
    "/var/run/chrony/chronyd.sock",
    "127.0.0.1:323",
    "[::1]:323",
)

_PATH_BEGINNINGS = ("/", "./", "../")
_PATH_SCHEMES = ("unix", "unixgram")
_SCHEMES = (*_PATH_SCHEMES, "udp")

# The kernel's limit on a socket's path, without the final zero.
_UNIX_PATH_MAX = 107

# The path of the client's own socket, after the folder of the server's. It depends on the library.
_CLIENT_PATHS = {
    "bundled": "/libchrony.0123456789abcdef",
    "system": "/libchrony.0123456789ab/0123456789abcdef/sock",
}
_CLIENT_PATH = len(_CLIENT_PATHS[LIBCHRONY_KIND])


def parse(address: Address, port: int = DEFAULT_PORT) -> Target:
    """Check an address. Return a path, or a host with its port; several in a list; None for None.

    Args:
        address: What the user gave.
        port: That of a host which has none of its own.

    Raises:
        ValueError: The address is malformed. The message says why.

    """
    if address is None:
        return None
    if isinstance(address, os.PathLike):
        return _check_path(_make_absolute(os.fsdecode(address)))
    if not isinstance(address, str):
        raise ValueError(f"address must be a str, a path or None, not {address!r}")
    if "," not in address:
        return _parse_one(address, port)
    places = list(dict.fromkeys(_parse_one(part, port) for part in _split_list(address)))
    return places[0] if len(places) == 1 else places


def _split_list(address: str) -> list[str]:
    """Return the parts between commas. One that can only be the rest of a path belongs to it."""
    parts: list[str] = []
    for part in address.split(","):
        begins = part.lstrip().startswith(_PATH_BEGINNINGS) or _split_scheme(part.lstrip())[0]
        if parts and "/" in part and not begins:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    parts = [part.strip(" ") for part in parts]
    if "" in parts:
        raise ValueError(f"address {address!r} has a comma with no address beside it")
    return parts


def _parse_one(address: str, port: int) -> Place:
    scheme, rest = _split_scheme(address)
    if scheme in _PATH_SCHEMES:
        path = rest[2:] if rest.startswith("///") else rest
        if path.startswith("//") or not path.startswith(_PATH_BEGINNINGS):
            raise ValueError(f"address {address!r} has no path: write {scheme}:/PATH")
        return _parse_path(path)
    if scheme == "udp":
        return _split_port(rest.removeprefix("//").removesuffix("/"), address, port)
    if scheme:
        raise ValueError(
            f"address {address!r}: chronyd is not reached by {scheme}: "
            "write udp://HOST:PORT, HOST:PORT, unix:/PATH or /PATH"
        )
    if address.startswith(_PATH_BEGINNINGS):
        return _parse_path(address)
    return _split_port(address, address, port)


def _split_scheme(address: str) -> tuple[str, str]:
    """Return the scheme, as of "udp://HOST", and what follows the colon; "" where there is none.

    A host's name may be "udp", and a port may follow it.
    """
    scheme, colon, rest = address.partition(":")
    known = scheme.lower() in _SCHEMES and not rest.isdigit()
    if colon and (known or (rest.startswith("//") and scheme.isascii() and scheme.isalnum())):
        return scheme.lower(), rest
    return "", address


def _parse_path(path: str) -> str:
    """Return a path that begins at the root. It is left as it is where it does already."""
    return _check_path(path if path.startswith("/") else _make_absolute(path))


def _make_absolute(path: str) -> str:
    try:
        return os.path.abspath(path)
    except OSError as error:
        raise ValueError(
            f"address {path!r} is relative, and the working directory cannot be found: "
            f"{error.strerror}"
        ) from None


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


def _split_port(text: str, address: str, default: int) -> tuple[str, int]:
    """Split HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. A bare IPv6 address has no port."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        good = bracket and _is_literal(host, AF_INET6) and colon in ("", ":")
    elif _is_literal(text, AF_INET6):
        host, colon, port, good = text, "", "", True
    else:
        host, colon, port = text.partition(":")
        good = ":" not in port and _is_host(host)
    if not good:
        raise ValueError(f"address {address!r} {_why_not(text)}")
    if ":" in host and _is_link_local(host):
        raise ValueError(f"address {address!r} needs a zone, and zones are not supported")
    return host, _parse_port(port, address) if colon else default


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
    if not text or any(c.isspace() or c in "\0/[]," for c in text):
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
    """Return whether a look-up must find the addresses, or some of them. It may take long."""
    if isinstance(target, list):
        return any(map(is_host_name, target))
    return isinstance(target, tuple) and not _is_literal(target[0], AF_INET, AF_INET6)


def describe(target: Target) -> str:
    """Return what is tried, as text that is an address again."""
    if target is None:
        return ",".join(DEFAULT_ADDRESSES)
    return ",".join(map(_join, target)) if isinstance(target, list) else _join(target)


def _join(place: Place) -> str:
    if isinstance(place, str):
        return place
    host, port = place
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def with_port(address: Address, port: int) -> Address:
    """Return an address in which each host has a port: this one, where it has none of its own."""
    if address is None:
        address = ",".join(each.removesuffix(f":{DEFAULT_PORT}") for each in DEFAULT_ADDRESSES)
    target = parse(address, port)
    return address if isinstance(target, str) else describe(target)


def is_local(address: str) -> bool:
    """Return whether an address, as libchrony takes it, is on this computer."""
    return address.startswith(("/", "127.", "[::1]"))


def without_twins(candidates: Iterable[CandidateT]) -> list[CandidateT]:
    """Return each address once, and all else. /var/run usually is a link to /run."""
    found: dict[object, CandidateT] = {}
    for each in candidates:
        found.setdefault(_key(each), each)
    return list(found.values())


def _key(candidate: object) -> object:
    """Return a key that is the same for all spellings of one address."""
    if not isinstance(candidate, str):
        return candidate
    if candidate.startswith("["):
        host, _, port = candidate[1:].rpartition("]:")
        return inet_pton(AF_INET6, host), port
    if not candidate.startswith("/"):
        return candidate
    folder, name = os.path.split(candidate)
    try:
        status = os.stat(folder)
    except OSError:  # the folder is missing or closed to this user
        return os.path.realpath(candidate)
    return status.st_dev, status.st_ino, name


def candidates(target: Place | None) -> list[str]:
    """Return the addresses to try, as libchrony takes them, best first.

    Raises:
        OSError: The host's name could not be resolved.

    """
    if target is None:
        return without_twins(DEFAULT_ADDRESSES)
    if not isinstance(target, tuple) or not is_host_name(target):
        return [_join(target)]
    import socket  # slow to import, and only host names need it

    found = socket.getaddrinfo(*target, type=socket.SOCK_DGRAM)
    hosts = dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)
    return [_join((host, target[1])) for host in hosts]
