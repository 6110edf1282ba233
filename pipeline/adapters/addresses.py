"""Which network addresses may be asked: the open internet, and what an operator allows."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
#: Special blocks that `ipaddress` of some supported Python takes for global
#: (IANA special-purpose address registries).
_SPECIAL: Final = tuple(
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "::/96",  # IPv4-compatible, withdrawn: reaches IPv4 addresses by another spelling
        "64:ff9b:1::/48",  # NAT64 of a local network
        "100::/64",  # discard
        "2001::/23",  # protocol assignments, Teredo among them
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
)


def is_public(text: str, allow: Sequence[Network] = ()) -> bool:
    """Whether an address, as a socket would connect to it, is on the open internet or allowed.

    Raises ValueError if the text is no IP address.
    """
    address = _unwrapped(ipaddress.ip_address(text.partition("%")[0]))
    if any(address in network for network in allow if network.version == address.version):
        return True
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    is_old_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not is_old_local


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one leads to (mapped, 6to4, NAT64), if it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
