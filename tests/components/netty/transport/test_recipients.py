"""Recipients and groups, as sockets want them."""

import socket
from typing import Any

import pytest

from pyboot.components.netty.errors import RecipientError
from pyboot.components.netty.transport.recipients import checked, destination, is_name, membership, unmap_ipv4


@pytest.mark.parametrize("recipient", [("127.0.0.1", 1), ("host", 65_535), ("::1", 9, 0, 0), ("fe80::1%lo", 9), ("::1", 9, 5)])
def test_addresses_pass(recipient: Any) -> None:
    """Of either family, with a name or in numbers."""
    checked(recipient)


@pytest.mark.parametrize(
    "recipient", [None, "host:1", (), ("h",), ("h", 0), ("h", 65_536), ("h", 1.5), (b"h", 1), ("::1", 9, -1), ("::1", 9, 0, "lo")]
)
def test_what_is_no_address_is_refused(recipient: Any) -> None:
    """The error holds it."""
    with pytest.raises(RecipientError, match="a datagram cannot be sent to") as caught:
        checked(recipient)

    assert recipient is caught.value.recipient


@pytest.mark.parametrize(
    ("host", "named"), [("127.0.0.1", False), ("::1", False), ("<broadcast>", False), ("localhost", True), ("1.2.3", True)]
)
def test_names_are_told_from_numbers(host: str, named: bool) -> None:
    """What is not whole numbers of one family has to be looked up."""
    assert named is is_name(host)


def test_the_destination_has_the_family_of_the_socket() -> None:
    """IPv4's is mapped for a socket of both."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as both:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        assert ("::ffff:127.0.0.1", 9) == destination(both, ("127.0.0.1", 9))
        assert ("::ffff:255.255.255.255", 9) == destination(both, ("<broadcast>", 9))
        assert ("::1", 9, 0, 2) == destination(both, ("::1", 9, 0, 2))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four:
        assert ("127.0.0.1", 9) == destination(four, ("127.0.0.1", 9))
        with pytest.raises(RecipientError, match="the socket is one of IPv4"):
            destination(four, ("::1", 9))


def test_mapped_addresses_are_written_plainly() -> None:
    """All others stay."""
    assert ("127.0.0.1", 9) == unmap_ipv4(("::ffff:127.0.0.1", 9, 0, 0))
    assert ("::1", 9, 0, 0) == unmap_ipv4(("::1", 9, 0, 0))
    assert ("10.0.0.1", 9) == unmap_ipv4(("10.0.0.1", 9))


def test_a_membership_names_the_interface_as_the_family_does() -> None:
    """By address or number for IPv4, by number for IPv6; none lets the system choose."""
    group = b"\xef\x01\x02\x03"
    assert (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + b"\x7f\x00\x00\x01") == membership("239.1.2.3", "127.0.0.1", join=True)
    assert (socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, group + bytes(8)) == membership("239.1.2.3", "", join=False)
    long = b"\xff\x02" + bytes(13) + b"\x01"
    number = socket.if_nametoindex("lo").to_bytes(4, "little")
    assert (socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, long + number) == membership("ff02::1", "lo", join=True)
    assert (socket.IPPROTO_IPV6, socket.IPV6_LEAVE_GROUP, long + b"\x07\x00\x00\x00") == membership("ff02::1", 7, join=False)
    assert membership("ff02::1", "lo", join=True) == membership("ff02::1%lo", "", join=True)
