"""Which addresses belong to the public Internet (IANA special-purpose address registries).

Listed here and not left to `ipaddress.is_global`, whose answer changes between Python versions.
"""

from ipaddress import (
    IPv4Address,
    IPv6Address,
    ip_network,
)

Address = IPv4Address | IPv6Address

_NOT_PUBLIC_V4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: instance and task metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Outside it: loopback, unique local, link-local, multicast, and every form that carries an
# IPv4 address in a prefix of its own (::ffff:0:0/96, 64:ff9b::/96).
_GLOBAL_UNICAST_V6 = ip_network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ip_network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Whether strangers may be reached at it: no private, shared, local or special address."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _NOT_PUBLIC_V4)
    return address in _GLOBAL_UNICAST_V6 and not any(address in block for block in _NOT_PUBLIC_V6)


def is_public_or_loopback(address: Address) -> bool:
    """The rule of development, where relying parties run on this machine."""
    return address.is_loopback or is_public(address)
