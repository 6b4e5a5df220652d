"""Huffman's code of HPACK, by the vectors of RFC 7541 and by `hpack`."""

import random

import pytest
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

from pyboot.components.netty.wire.http2.huffman import huffman_decoded, huffman_encoded, huffman_size

# RFC 7541, C.4 and C.6.
VECTORS = [
    (b"www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"),
    (b"no-cache", "a8eb10649cbf"),
    (b"custom-value", "25a849e95bb8e8b4bf"),
    (b"302", "6402"),
    (b"Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
    (b"https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"),
]


@pytest.mark.parametrize(("text", "coded"), VECTORS)
def test_the_vectors_of_the_rfc(text: bytes, coded: str) -> None:
    """Both ways."""
    assert (bytes.fromhex(coded), len(coded) // 2, text) == (
        huffman_encoded(text),
        huffman_size(text),
        huffman_decoded(bytes.fromhex(coded)),
    )


def test_any_bytes_come_back_and_are_those_of_another_encoder() -> None:
    """Every symbol, in strings of all lengths."""
    oracle = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)
    chance = random.Random(7541)
    for text in [bytes([each]) for each in range(256)] + [chance.randbytes(chance.randrange(40)) for _ in range(300)]:
        assert oracle.encode(text) == huffman_encoded(text)
        assert text == huffman_decoded(huffman_encoded(text))


@pytest.mark.parametrize("coded", ["00", "ff", "ffff", "1fff", "fffffffc", "ffffffff", "a8eb10649cbfff"])
def test_what_is_no_code_is_refused(coded: str) -> None:
    """Padding with a zero in it or of eight bits, and the end of string within one (RFC 7541 5.2)."""
    with pytest.raises(ValueError, match=r"padding|end-of-string"):
        huffman_decoded(bytes.fromhex(coded))
