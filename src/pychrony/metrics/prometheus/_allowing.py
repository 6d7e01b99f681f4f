"""Which targets may be asked on somebody else's behalf."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from ..._client.addresses import DEFAULT_PORT, is_host_name, parse

_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_TARGET = re.compile(r"[A-Za-z0-9_.:\[\]-]+")
_LONGEST = 300  # characters of a target; a name has 253 at most


class RefusedError(Exception):
    """This target may not be asked. The text says why."""


class Allowed:
    """The hosts and ports that may be asked.

    Args:
        entries: Addresses, networks as 192.0.2.0/24, names, and names as *.example.org.
        ports: The ports.

    Raises:
        ValueError: An entry is malformed.

    """

    def __init__(self, entries: Iterable[str], ports: Collection[int] = (DEFAULT_PORT,)) -> None:
        self._ports = ports
        self._networks = []
        self._names = set()
        for entry in entries:
            try:
                self._networks.append(ip_network(entry.strip("[]")))
            except ValueError as error:
                if "/" in entry or not _NAME.fullmatch(entry):
                    raise ValueError(
                        f"{entry!r} is not an address, NETWORK/BITS, a name or *.DOMAIN: {error}"
                    ) from None
                self._names.add(_plain(entry))

    def check(self, target: str) -> tuple[str, int]:
        """Return the host and the port of a target.

        Raises:
            ValueError: It is malformed.
            RefusedError: It may not be asked.

        """
        if len(target) > _LONGEST or not _TARGET.fullmatch(target):
            raise ValueError("a target is HOST, HOST:PORT, [IPV6] or [IPV6]:PORT")
        parsed = parse(target)
        if not isinstance(parsed, tuple):
            raise ValueError("a target is one host")
        host, port = parsed
        if port not in self._ports:
            raise RefusedError(f"port {port} is not allowed: --probe-port does")
        if is_host_name(parsed):
            if not self._is_name_allowed(_plain(host)):
                raise RefusedError(f"{host} is not allowed: --probe-allow does")
        elif not self._is_network_allowed(ip_address(host)):
            raise RefusedError(f"{host} is not allowed: --probe-allow does")
        return host, port

    def choose(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Return those addresses of a host that may be asked, each with its port.

        A name's may be all that are public, and others where they are allowed themselves.

        Raises:
            RefusedError: None may.

        """
        chosen = [each for each in addresses if self._is_address_allowed(each)]
        if not chosen:
            raise RefusedError(f"no address of {host} is allowed")
        return chosen

    def _is_name_allowed(self, name: str) -> bool:
        parents = (name[at:] for at, letter in enumerate(name) if letter == ".")
        return name in self._names or any(f"*{parent}" in self._names for parent in parents)

    def _is_address_allowed(self, address: str) -> bool:
        try:
            ip = _unmapped(ip_address(address.rpartition(":")[0].strip("[]")))
        except ValueError:
            return False
        if ip.is_link_local and ip.version == 6:  # it needs a zone, and zones are not supported
            return False
        return _is_public(ip) or self._is_network_allowed(ip)

    def _is_network_allowed(self, ip: IPv4Address | IPv6Address) -> bool:
        return any(_unmapped(ip) in network for network in self._networks)


def _unmapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that is meant where an IPv6 one holds it."""
    if isinstance(ip, IPv4Address):
        return ip
    return ip.ipv4_mapped or (IPv4Address(ip.packed[-4:]) if ip in _TRANSLATED else ip)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is of the public Internet, by no way through a private IPv4 one."""
    if isinstance(ip, IPv6Address) and (ip not in _UNICAST or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not ip.is_multicast


_UNICAST = IPv6Network("2000::/3")  # all that is given out (RFC 4291)
_TRANSLATED = IPv6Network("64:ff9b::/96")  # to IPv4 (RFC 6052)


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")
