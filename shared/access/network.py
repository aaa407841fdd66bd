"""Where a request comes from, as the front door says it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from fastapi import Request

Network = IPv4Network | IPv6Network
LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


def find_client(request: Request, proxies: Sequence[Network]) -> IPv4Address | IPv6Address | None:
    """The address that asks, None for what comes from inside.

    A proxy adds the address that asked it, last; what stands before that anybody may have written. Whoever isn't a
    proxy is believed nothing.
    """
    peer = _read_address(request.client.host) if request.client else None
    if peer is None or not any(peer in network for network in proxies):
        return peer
    forwarded = request.headers.getlist("x-forwarded-for")
    return _read_address(forwarded[-1].rpartition(",")[2].strip()) if forwarded else None


def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
