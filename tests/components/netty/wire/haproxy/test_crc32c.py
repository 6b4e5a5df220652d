"""The sum of a header, against what others compute."""

import pytest

from pyboot.components.netty.wire.haproxy.crc32c import crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0x00000000),
        (b"123456789", 0xE3069283),  # the check value of the catalogue of CRCs
        (bytes(32), 0x8A9136AA),  # RFC 3720, B.4, the bytes of which it prints in the order of the wire
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
)
def test_the_sums_that_are_published(data: bytes, expected: int) -> None:
    """Of RFC 3720 and of the catalogue."""
    assert expected == crc32c(data)
