# SPDX-License-Identifier: GPL-3.0-or-later
"""Which network addresses may be contacted: those of the public internet, unless more is allowed.

A list of links is written by strangers, and a link may lead into the user's own network: to the router, a printer, or
the keys of a cloud machine. So every address that a name stands for is judged, and exactly the judged addresses are
handed on; nobody asks for the name a second time. Connecting is done in `sockets`.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from indexer.core.errors import InputProblem

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""The only part of IPv6 from which public addresses are given out (RFC 4291 §2.4, IANA's registry)."""
_SIX_TO_FOUR = IPv6Network("2002::/16")
"""Addresses that hold an IPv4 address of anybody's choice; given up in RFC 7526, so no real site has one."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 reaches the IPv4 address in the last 32 bits (RFC 6052)."""
_NAT64_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Place:
    """One judged address, in the form that a socket connects to."""

    family: socket.AddressFamily
    sockaddr: tuple[str | int | bytes, ...]
    address: str


@dataclass(frozen=True, slots=True)
class AddressRule:
    """What may be contacted.

    Attributes:
        allow_private_hosts: also this computer and its own networks.
        offline: nothing but this computer, and that only together with `allow_private_hosts`.
    """

    allow_private_hosts: bool = False
    offline: bool = False

    def why_host_refused(self, host: str) -> str | None:
        """Why this host may not even be looked up, None if it may: looking up a name asks a machine elsewhere."""
        if self.offline and not (self.allow_private_hosts and is_this_computer(host)):
            return "offline is switched on"
        return None

    def why_address_refused(self, address: Address) -> str | None:
        """Why this address may not be contacted, None if it may."""
        if self.offline and not address.is_loopback:
            return "offline is switched on"
        if self.allow_private_hosts or is_public(address):
            return None
        meant = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        return f"the address leads to {_kind(meant)} ({meant}), which is not fetched from unless allowed"

    def find_places(self, host: str, port: int) -> list[Place]:
        """All addresses of a host, judged. The system's resolver sets its own time limit and cannot be interrupted.

        Raises:
            InputProblem: the name is not known, or one of its addresses may not be contacted. One is enough to
                refuse all, since a name with a public and a private address is the trick of an attacker.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as problem:
            raise InputProblem(host, f"the name {host} could not be looked up") from problem
        places = [Place(family, sockaddr, str(sockaddr[0])) for family, _, _, _, sockaddr in found]
        for place in places:
            because = self.why_address_refused(ip_address(place.address))
            if because:
                raise InputProblem(host, because)
        return places


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, whatever form it is written in."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & _NAT64_MASK))
    return address in _GLOBAL_UNICAST and address not in _SIX_TO_FOUR and address.is_global


def is_this_computer(host: str) -> bool:
    """Whether a host as written in an address is this computer, told without asking anybody."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _kind(address: Address) -> str:
    if address.is_loopback or address.is_unspecified:  # connecting to 0.0.0.0 reaches this computer
        return "this computer"
    if address.is_multicast or address.is_reserved:
        return "a reserved address"
    return "a private network"
