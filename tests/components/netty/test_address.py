"""Addresses as people write them."""

from typing import Any

import pytest

from pyboot.components.netty.address import address_text


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("127.0.0.1", 80), "127.0.0.1:80"),
        (("::", 80, 0, 0), "[::]:80"),
        (("fe80::1%eth0", 80), "[fe80::1%eth0]:80"),
        ((None, 80), "*:80"),
        (("", 80), "*:80"),
        ((["127.0.0.1", "::1"], 80), "127.0.0.1:80, [::1]:80"),
        ("/run/x.sock", "/run/x.sock"),
        ("\0name", "@name"),
        (b"\0name", "@name"),
        (None, "None"),
    ],
)
def test_an_address_is_written_as_urls_write_it(address: Any, text: str) -> None:
    """A host of IPv6 in brackets, so that its end is seen."""
    assert text == address_text(address)
