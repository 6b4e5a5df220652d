"""Fields to header blocks, by what `hpack` makes of them."""

import random

import hpack

from pyboot.components.netty.wire.http2.hpack_decoder import HpackDecoder
from pyboot.components.netty.wire.http2.hpack_encoder import HpackEncoder


def field(name: bytes, value: bytes) -> tuple[bytes, bytes, bytes]:
    """A field as headers have it."""
    return name, name, value


def test_what_was_sent_before_is_an_index() -> None:
    """One byte each, the second time; names are in lower case however they were written."""
    encoder = HpackEncoder()
    fields = [field(b":status", b"200"), (b"server", b"Server", b"pyboot")]
    assert b"\x88\x76\x85\xae\xf7\x7d\x09\xff"[:2] == encoder.encode(fields)[:2]
    assert b"\x88\xbe" == encoder.encode(fields)


def test_secrets_never_go_into_a_table() -> None:
    """Neither ours nor one behind us: the pattern 0001 says so (RFC 7541 6.2.3)."""
    encoder = HpackEncoder()
    for name, first in ((b"authorization", b"\x1f\x08"), (b"cookie", b"\x1f\x11"), (b"set-cookie", b"\x1f\x28")):
        assert first == encoder.encode([field(name, b"secret")])[:2] == encoder.encode([field(name, b"secret")])[:2]


def test_a_table_is_never_larger_than_ours() -> None:
    """Whatever the peer allows (CVE-2026-93492); what it allows less of is told in front of the next block."""
    encoder = HpackEncoder()
    encoder.resize(1 << 30)
    assert b"\x88" == encoder.encode([field(b":status", b"200")])
    encoder.encode([field(b"a", b"b")])
    encoder.resize(0)
    encoder.resize(100)
    assert b"\x20\x3f\x45\x88" == encoder.encode([field(b":status", b"200")])
    assert b"\x40" == encoder.encode([field(b"a", b"b")])[:1]


def test_any_fields_come_back_by_either_decoder() -> None:
    """However the table turns over, and is resized."""
    chance = random.Random(9113)
    encoder, ours, theirs = HpackEncoder(), HpackDecoder(4096, 1 << 20), hpack.Decoder()
    names = [b"x-%d" % number for number in range(40)] + [b"content-length", b"cookie", b":path", b"etag"]
    for _ in range(300):
        fields = [field(chance.choice(names), b"v%d" % chance.randrange(60)) for _ in range(chance.randrange(12))]
        if chance.random() < 0.1:
            encoder.resize(chance.choice((0, 64, 500, 4096, 1 << 20)))
        block = encoder.encode(fields)
        assert fields == ours.decode(block)
        assert [(name, value) for name, _, value in fields] == [
            (bytes(name), bytes(value)) for name, value in theirs.decode(block, raw=True)
        ]


def test_a_block_that_is_said_again_is_the_same_until_the_table_changes() -> None:
    """What goes into the table moves the indices of what was there, and a smaller one forgets them."""
    encoder, decoder = HpackEncoder(), hpack.Decoder()
    fields = [field(b":status", b"200"), field(b"server", b"pyboot")]
    decoder.decode(encoder.encode(fields))
    assert b"\x88\xbe" == encoder.encode(list(fields)) == encoder.encode(list(fields))
    decoder.decode(encoder.encode([field(b"via", b"here")]))
    moved = encoder.encode(list(fields))
    assert moved == b"\x88\xbf"
    assert [(":status", "200"), ("server", "pyboot")] == [(str(name), str(value)) for name, value in decoder.decode(moved)]
    encoder.resize(0)
    assert encoder.encode(list(fields))[:2] == b"\x20\x88"
