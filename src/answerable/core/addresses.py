"""Which network addresses we may dial: public ones, and those the operator allows.

allow_hosts takes `localhost`, `pds.internal`, `127.0.0.1`, `10.0.0.0/8`, `[::1]`, each also with `:port`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import httpcore

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# Global IPv6 unicast is 2000::/3; of it these parts are tunnels, documentation and protocol space (RFC 6890).
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC: tuple[IPNetwork, ...] = tuple(
    ipaddress.ip_network(text) for text in ("192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


class AddressRefused(Exception):
    """The guard does not dial this address. The text names it and the setting that would allow it."""


def plain(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv6 one that only wraps it, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public Internet and to nobody's inside."""
    address = plain(address)
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_V6:
        return False
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One entry of allow_hosts: a host name, or a network; for one port or for all."""

    name: str
    network: IPNetwork | None
    port: int | None

    def allows(self, host: str, address: IPAddress, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.network is None:
            return host == self.name
        return address.version == self.network.version and address in self.network


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, int(rest[1:]) if rest[1:].isdigit() else None
    host, _, port = entry.rpartition(":")
    return (host, int(port)) if host and ":" not in host and port.isdigit() else (entry, None)


def _rule(entry: str) -> _Rule:
    host, port = _split_port(entry.strip().lower())
    try:
        return _Rule("", ipaddress.ip_network(host, strict=False), port)
    except ValueError:
        return _Rule(host.rstrip("."), None, port)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host name, as text, without repeats; httpcore.ConnectError if there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name {host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Judges addresses by the rule of the house and by allow_hosts."""

    def __init__(self, allow_hosts: Sequence[str] = ()) -> None:
        self._rules = tuple(_rule(entry) for entry in allow_hosts if entry.strip())

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of host that may be dialled; AddressRefused if there are none."""
        good = [text for text, address in self._found(host, port) if self._allows(host, address, port)]
        if not good:
            raise AddressRefused(
                f"The address {host} is not on the public Internet, so it is not called. "
                f"If this is meant, the operator can allow it: ANSWERABLE_ALLOW_HOSTS={host}"
            )
        return good

    def inside(self, host: str, port: int) -> bool:
        """Whether the operator allowed this host: every address of it that we would dial is under a rule of his."""
        good = [address for _, address in self._found(host, port) if self._allows(host, address, port)]
        return bool(good) and all(self._listed(host, address, port) for address in good)

    def _found(self, host: str, port: int) -> list[tuple[str, IPAddress]]:
        return [(text, ipaddress.ip_address(text.partition("%")[0])) for text in resolve(host, port)]

    def _allows(self, host: str, address: IPAddress, port: int) -> bool:
        return is_public(address) or self._listed(host, address, port)

    def _listed(self, host: str, address: IPAddress, port: int) -> bool:
        name = host.lower().rstrip(".")
        return any(rule.allows(name, plain(address), port) for rule in self._rules)
