"""Recipients: what a datagram may be sent to, as the socket wants it; peers and multicast groups, as the system wants them."""

from __future__ import annotations

import errno
import os
import socket
import struct
from typing import Any, Final

from pyboot.components.netty.errors import RecipientError

from .resolving import resolve_numbers

__all__ = ["checked", "destination", "forget_peer", "is_name", "membership", "unmap_ipv4"]

_MAPPED: Final = "::ffff:"  # how a socket of both families writes an IPv4 address (RFC 4291 2.5.5.2)


def checked(recipient: Any) -> None:
    """Raise `RecipientError` for what cannot be an address of IPv4 or IPv6: ``(host, port)``, or with flow and scope behind."""
    if not isinstance(recipient, tuple) or not 2 <= len(recipient) <= 4:
        raise RecipientError(recipient, "allowed is a tuple of host and port")
    host, port, *others = recipient
    if not isinstance(host, str) or not host:
        raise RecipientError(recipient, f"host {host!r}, allowed is a text")
    if not isinstance(port, int) or not 1 <= port <= 65_535:
        raise RecipientError(recipient, f"port {port!r}, allowed is 1 to 65535")
    if not all(isinstance(other, int) and 0 <= other < 1 << 32 for other in others):
        raise RecipientError(recipient, "flow and scope are numbers")


def is_name(host: str) -> bool:
    """True if *host* has to be looked up."""
    return host != "<broadcast>" and resolve_numbers(host, 0, socket.SOCK_DGRAM) is None


def destination(sock: socket.socket, recipient: Any) -> Any:
    """Return the address to which *sock* sends what is for *recipient*, whose host is in numbers.

    Raises `RecipientError` for one of another family.
    """
    host = recipient[0]
    if ":" in host:
        if sock.family != socket.AF_INET6:
            raise RecipientError(recipient, "the socket is one of IPv4")
    elif sock.family == socket.AF_INET6:
        # Asked each time: the option may have been set by the user, and the system's answer to the wrong family names no reason.
        if sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
            raise RecipientError(recipient, "the socket is one of IPv6 alone")
        return f"{_MAPPED}{'255.255.255.255' if host == '<broadcast>' else host}", recipient[1]
    elif len(recipient) > 2:
        raise RecipientError(recipient, "an address of IPv4 has no flow and no scope")
    return recipient


def unmap_ipv4(address: Any) -> Any:
    """The address of a peer as it is written in its own family: IPv4's without the prefix of a socket of both, as Java has it."""
    if len(address) == 4 and address[0].startswith(_MAPPED) and "." in address[0]:
        return address[0][len(_MAPPED) :], address[1]
    return address


def membership(group: str, interface: str | int, *, join: bool) -> tuple[int, int, bytes]:
    """Level, option and value by which a socket joins or leaves *group*.

    *interface* is its number, its name, for IPv4 its address too, or empty: the system chooses. Raises ValueError for what is no
    multicast address, OSError for an interface that is not there.
    """
    import ipaddress  # only who joins a group pays for it

    address = ipaddress.ip_address(group)
    if not address.is_multicast:
        raise ValueError(f"{group} is no multicast address")
    if isinstance(interface, str) and address.version == 4 and interface.count(".") == 3:
        wanted = socket.inet_aton(interface)
        return socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP if join else socket.IP_DROP_MEMBERSHIP, address.packed + wanted
    scope = address.scope_id if isinstance(address, ipaddress.IPv6Address) else None
    place = interface or scope or 0
    number = int(place) if isinstance(place, int) or place.isdigit() else socket.if_nametoindex(place)
    if address.version == 4:
        request = struct.pack("@4s4si", address.packed, bytes(4), number)  # struct ip_mreqn
        return socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP if join else socket.IP_DROP_MEMBERSHIP, request
    return socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP if join else socket.IPV6_LEAVE_GROUP, struct.pack("@16sI", address.packed, number)


def forget_peer(sock: socket.socket, bound: Any) -> None:
    """Disconnect a datagram socket, for which Python has no call, and give it back the port it is *bound* to, if it is.

    Linux takes a port away with the peer that it has chosen itself; Java repairs that in the same way.
    """
    import ctypes  # only who disconnects pays for it

    own = sock.getsockname()
    libc = ctypes.CDLL(None, use_errno=True)
    unspecified = bytes(16)  # a sockaddr of the family AF_UNSPEC
    if libc.connect(sock.fileno(), unspecified, len(unspecified)) != 0 and ctypes.get_errno() != errno.EAFNOSUPPORT:  # BSD's way to say yes
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if sock.getsockname()[1] != own[1]:
        anywhere = "::" if sock.family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104  # where a socket is that was never bound
        sock.bind(bound if bound is not None else (anywhere, own[1]))
