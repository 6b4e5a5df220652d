"""Header blocks to fields: the vectors of RFC 7541, appendix C, and what is wrong with a block."""

import json
from pathlib import Path

import pytest

from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.hpack_decoder import HpackDecoder

REQUESTS = [
    [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"www.example.com")],
    [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"www.example.com"), (b"cache-control", b"no-cache")],
    [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":path", b"/index.html"),
        (b":authority", b"www.example.com"),
        (b"custom-key", b"custom-value"),
    ],
]
C3 = [
    "828684410f7777772e6578616d706c652e636f6d",
    "828684be58086e6f2d6361636865",
    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
]
C4 = ["828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"]
C5 = [
    "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
    "4803333037c1c0bf",
    "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
]


def pairs(decoder: HpackDecoder, block: str) -> list[tuple[bytes, bytes]]:
    """The fields of *block*, names and values."""
    return [(name, value) for name, _, value in decoder.decode(bytes.fromhex(block))]


STORIES = sorted((Path(__file__).parent / "stories").glob("*.jsonl"))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
def test_the_stories_of_other_encoders(story: Path) -> None:
    """Of hpack-test-case: with Huffman's code and without, with the static table alone, with tables that change their size."""
    cases = [json.loads(line) for line in story.read_text().splitlines()]
    decoder = HpackDecoder(max(case["size"] or 4096 for case in cases), 16384)
    for case in cases:
        assert [(name.encode(), value.encode()) for each in case["headers"] for name, value in each.items()] == pairs(decoder, case["wire"])


def test_there_are_stories() -> None:
    """Four, or a moved folder would test nothing."""
    assert 4 == len(STORIES)


@pytest.mark.parametrize("blocks", [C3, C4])
def test_the_requests_of_the_rfc(blocks: list[str]) -> None:
    """C.3 in plain strings, C.4 in Huffman's code."""
    decoder = HpackDecoder(4096, 4096)
    assert REQUESTS == [pairs(decoder, block) for block in blocks]


def test_the_responses_of_the_rfc_evict() -> None:
    """C.5: a table of 256 bytes."""
    decoder = HpackDecoder(256, 4096)
    first, second, third = [dict(pairs(decoder, block)) for block in C5]
    assert (b"302", b"307", b"200") == (first[b":status"], second[b":status"], third[b":status"])
    assert (b"https://www.example.com", b"https://www.example.com") == (second[b"location"], third[b"location"])
    assert b"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1" == third[b"set-cookie"]


@pytest.mark.parametrize(("block", "value"), [("0f9f0101", None), ("010161", b"a"), ("100361626301", None)])
def test_literals_that_are_not_indexed_leave_the_table_alone(block: str, value: bytes | None) -> None:
    """One that is cut off is no field."""
    decoder = HpackDecoder(4096, 4096)
    if value is None:
        with pytest.raises(Http2ConnectionError):
            decoder.decode(bytes.fromhex(block))
    else:
        assert [(b":authority", value)] == pairs(decoder, block)
        with pytest.raises(Http2ConnectionError):
            decoder.decode(b"\xbe")


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ("80", "index 0"),
        ("be", "index 62"),
        ("82" + "3f", "behind a field"),
        ("3fe21f", "a table of 4097"),
        ("ffffffffff7f", "too many bytes"),
        ("ff", "cut off"),
        ("40", "cut off"),
        ("4005616263", "cut off"),
        ("4081ff0161", "padding"),
    ],
)
def test_a_coding_that_is_wrong_ends_the_connection(block: str, what: str) -> None:
    """COMPRESSION_ERROR, since the tables of both sides would differ from here on."""
    with pytest.raises(Http2ConnectionError, match=what) as caught:
        HpackDecoder(4096, 4096).decode(bytes.fromhex(block))
    assert 9 == caught.value.code


@pytest.mark.parametrize("block", ["4001410161", "40012001", "4002c3a40161", "40016103610a62", "40023a610161", "400161022061"])
def test_a_field_that_is_wrong_is_its_messages_fault_alone(block: str) -> None:
    """A name in upper case or no token, a value with a control character or blanks around it, a pseudo-header field that nobody knows."""
    decoder = HpackDecoder(4096, 4096)
    try:
        decoder.decode(bytes.fromhex(block))
    except Http2ConnectionError:
        assert "40012001" == block  # cut off besides
        return
    assert decoder.malformed is not None
    decoder.decode(b"\x82")
    assert decoder.malformed is None
    decoder.decode(b"\xbe")  # the same field out of the table
    assert decoder.malformed is not None


def test_a_list_that_is_too_long_is_decoded_and_dropped() -> None:
    """A little beyond the limit costs the message, more the connection."""
    decoder = HpackDecoder(4096, 100)
    assert ([], "header fields of 123 bytes, allowed are 100") == (decoder.decode(b"\x82\x84\x86"), decoder.excess)
    assert [(b":method", b"GET")] == pairs(decoder, "82")
    with pytest.raises(Http2ConnectionError, match="allowed are 100"):
        decoder.decode(b"\x82\x84\x86\x82\x84\x86")


def test_the_same_block_again_is_the_same_fields() -> None:
    """Unless the table has changed meanwhile."""
    decoder = HpackDecoder(4096, 4096)
    decoder.decode(b"\x40\x01a\x01b")
    once = decoder.decode(b"\xbe")
    assert (once, True) == (decoder.decode(b"\xbe"), decoder.has_repeated)
    decoder.decode(b"\x40\x01c\x01d")
    assert ([(b"c", b"c", b"d")], False) == (decoder.decode(b"\xbe"), decoder.has_repeated)
