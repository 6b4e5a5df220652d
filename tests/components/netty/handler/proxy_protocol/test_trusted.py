"""Who may name somebody else."""

from typing import Any

import pytest

from pyboot.components.netty.handler.proxy_protocol.trusted import TrustedPeers


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (("10.1.2.3", 1), True),
        (("::ffff:10.1.2.3", 1, 0, 0), True),
        (("11.0.0.1", 1), False),
        (("2001:db8::7", 1, 0, 0), True),
        (("2001:db8::8", 1, 0, 0), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        (("no address", 1), False),
        ((), False),
        ("", False),
        ("/run/a", False),
        (None, False),
    ],
)
def test_networks_are_compared_as_numbers(address: Any, expected: bool) -> None:
    """Both families; what cannot be read is nobody's."""
    assert (address in TrustedPeers(["10.0.0.0/8", "2001:db8::7"])) is expected


def test_unix_sockets_are_trusted_where_they_are_named() -> None:
    """Whoever may open the path; nobody else."""
    trusted = TrustedPeers(["unix"])

    assert all(address in trusted for address in ("", "/run/a", None))
    assert ("127.0.0.1", 1) not in trusted
    assert object() not in trusted


@pytest.mark.parametrize("peers", [[], ["10.0.0.1/8"], ["localhost"], ["10.0.0.0/33"]])
def test_what_is_no_network_is_refused(peers: list[str]) -> None:
    """A list that trusts nobody too."""
    with pytest.raises(ValueError, match=r"."):
        TrustedPeers(peers)
    assert ("::1", 1) in TrustedPeers("::1")
