"""permessage-deflate: the bytes of RFC 7692, what is agreed upon, and bombs."""

import random
import zlib

import pytest

from pyboot.components.netty.wire.websocket.deflate import (
    Agreement,
    DeflateOptions,
    Deflater,
    Inflater,
    accept_offers,
    accepted_answer,
    offer_of,
)
from pyboot.components.netty.wire.websocket.extension import Extension, parse_extensions

HELLO = b"\xf2\x48\xcd\xc9\xc9\x07\x00"


def test_a_message_is_compressed_as_the_specification_shows() -> None:
    """RFC 7692, 7.2.3.1; and 7.2.3.2, the same message again, which points back to the first."""
    deflater = Deflater(15, takeover=True)

    assert HELLO == deflater.deflate(b"Hello", True)
    assert b"\xf2\x00\x11\x00\x00" == deflater.deflate(b"Hello", True)


def test_without_takeover_each_message_stands_alone() -> None:
    """Its bytes are those of the first."""
    deflater = Deflater(15, takeover=False)

    assert [HELLO, HELLO] == [deflater.deflate(b"Hello", True) for _ in range(2)]


@pytest.mark.parametrize("takeover", [True, False])
def test_an_empty_message_is_one_byte(takeover: bool) -> None:
    """RFC 7692, 7.2.3.6; also behind another empty one, where zlib has nothing to say."""
    deflater = Deflater(15, takeover=takeover)
    inflater = Inflater(15, takeover=takeover)
    for _ in range(3):
        made = deflater.deflate(b"", True)
        assert made
        assert b"" == inflater.inflate(made, True, 10)
    assert b"Hello" == inflater.inflate(deflater.deflate(b"Hello", True), True, 10)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([HELLO], b"Hello"),
        ([HELLO[:3], HELLO[3:]], b"Hello"),  # 7.2.3.1: two fragments
        ([b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"], b"Hello"),  # 7.2.3.3: a block with no compression
        ([b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"], b"Hello"),  # 7.2.3.4: a block with its final bit set
        ([b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"], b"Hello"),  # 7.2.3.5: two blocks
        ([b"\x00"], b""),  # 7.2.3.6
        ([b"", b"\x00"], b""),
        ([HELLO, b""], b"Hello"),
    ],
)
def test_messages_are_inflated_as_the_specification_shows(parts: list[bytes], expected: bytes) -> None:
    """RFC 7692, 7.2.3; and the stream goes on behind each of them."""
    inflater = Inflater(15, takeover=True)
    for _ in range(2):
        assert expected == b"".join(inflater.inflate(part, part is parts[-1], 100) or b"" for part in parts)


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", range(9, 16))
def test_any_messages_come_back(bits: int, takeover: bool) -> None:
    """With every window, in any number of fragments."""
    chance = random.Random(bits)
    deflater, inflater = Deflater(bits, takeover=takeover), Inflater(bits, takeover=takeover)
    for _ in range(60):
        parts = [bytes(chance.choices(b"abc", k=chance.choice([0, 1, 10, 1000, 5000]))) for _ in range(chance.randrange(1, 4))]
        made = [deflater.deflate(part, index == len(parts) - 1) for index, part in enumerate(parts)]
        back = [inflater.inflate(piece, index == len(parts) - 1, 20_000) for index, piece in enumerate(made)]
        assert b"".join(parts) == b"".join(piece or b"" for piece in back)


def test_no_more_is_inflated_than_is_allowed() -> None:
    """A bomb of a thousand to one makes one byte too many, and no more."""
    bomb = Deflater(15, takeover=True).deflate(bytes(10_000_000), True)
    assert len(bomb) < 11_000
    inflater = Inflater(15, takeover=True)

    assert inflater.inflate(bomb, True, 1000) is None


@pytest.mark.parametrize("limit", [0, 4])
def test_the_limit_itself_is_allowed(limit: int) -> None:
    """One more is not."""
    data = b"Hello"[:limit]
    inflater = Inflater(15, takeover=True)

    assert data == inflater.inflate(Deflater(15, takeover=True).deflate(data, True), True, limit)
    assert inflater.inflate(HELLO, True, limit) is None


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x07", b"\x01\x00\x00"])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    """As is what points back farther than there is."""
    with pytest.raises(ValueError, match="Error"):
        Inflater(15, takeover=True).inflate(data, True, 100)


def test_nothing_at_all_is_no_message() -> None:
    """An empty message takes a byte; its tail alone would be taken for the beginning of a block."""
    inflater = Inflater(15, takeover=True)
    assert b"Hello" == inflater.inflate(HELLO, True, 100)
    with pytest.raises(ValueError, match="not one byte"):
        inflater.inflate(b"", True, 100)


def test_ends_without_end_are_refused() -> None:
    """Each costs a new stream, and a frame has room for a hundred thousand."""
    with pytest.raises(ValueError, match="more than 8 ends in one message"):
        Inflater(15, takeover=True).inflate(b"\x03\x00" * 500_000, True, 1 << 20)


def test_a_window_of_eight_bits_is_never_deflated_with() -> None:
    """zlib would take nine; so nothing is compressed, and what a peer with that bug sends is inflated all the same."""
    assert not Deflater(8, takeover=True).takes(10_000, True)
    assert Deflater(9, takeover=True).takes(10_000, True)
    text = random.Random(1).randbytes(300) * 2
    wide = zlib.compressobj(6, zlib.DEFLATED, -9)
    made = (wide.compress(text) + wide.flush(zlib.Z_SYNC_FLUSH))[:-4]

    assert text == Inflater(8, takeover=True).inflate(made, True, 1000)


def test_short_messages_are_not_worth_it() -> None:
    """Unless more follows."""
    deflater = Deflater(15, takeover=True, min_bytes=64)

    assert [False, True, True] == [deflater.takes(63, True), deflater.takes(64, True), deflater.takes(1, False)]


ALL = DeflateOptions(server_window_bits=15, client_window_bits=15)
LESS = DeflateOptions(server_window_bits=10, client_window_bits=11)
ALONE = DeflateOptions(server_window_bits=15, client_window_bits=15, server_takeover=False, client_takeover=False)


@pytest.mark.parametrize(
    ("offer", "options", "answer", "agreement"),
    [
        ("permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; client_max_window_bits", ALL, "permessage-deflate", Agreement()),
        (
            "permessage-deflate; client_max_window_bits",
            LESS,
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11",
            Agreement(10, 11),
        ),
        ("permessage-deflate", LESS, "permessage-deflate; server_max_window_bits=10", Agreement(10, 15)),
        (
            "permessage-deflate; client_max_window_bits=9; server_max_window_bits=9",
            LESS,
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
            Agreement(9, 9),
        ),
        ("permessage-deflate; server_max_window_bits=15", ALL, "permessage-deflate; server_max_window_bits=15", Agreement()),
        ("permessage-deflate; server_max_window_bits=8", ALL, "permessage-deflate; server_max_window_bits=8", Agreement(8, 15)),
        (
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            ALL,
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            Agreement(15, 15, server_takeover=False, client_takeover=False),
        ),
        (
            "permessage-deflate",
            ALONE,
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            Agreement(15, 15, server_takeover=False, client_takeover=False),
        ),
        # What cannot be taken is passed over (7.1): what is unknown, twice there, or has no such value.
        ("x-webkit-deflate-frame, permessage-deflate; foo, permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; server_max_window_bits, permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; server_max_window_bits=7, permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; server_max_window_bits=16, permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; server_max_window_bits=010, permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; client_no_context_takeover=1, permessage-deflate", ALL, "permessage-deflate", Agreement()),
        ("permessage-deflate; client_max_window_bits; client_max_window_bits, permessage-deflate", ALL, "permessage-deflate", Agreement()),
    ],
)
def test_a_server_takes_what_it_can(offer: str, options: DeflateOptions, answer: str, agreement: Agreement) -> None:
    """RFC 7692, 7.1: its answer, and what holds from there on."""
    taken = accept_offers(parse_extensions(offer), options)

    assert taken is not None
    assert (answer, agreement) == (str(taken[0]), taken[1])


@pytest.mark.parametrize("offer", ["", "x-webkit-deflate-frame", "permessage-deflate; foo", "permessage-deflate; client_max_window_bits=0"])
def test_a_server_takes_nothing_that_it_cannot(offer: str) -> None:
    """Then the connection goes on uncompressed."""
    assert accept_offers(parse_extensions(offer), ALL) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ALL, "permessage-deflate; client_max_window_bits"),
        (LESS, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11"),
        (ALONE, "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"),
    ],
)
def test_a_client_offers_what_it_wants(options: DeflateOptions, expected: str) -> None:
    """And that the server may choose its window."""
    assert expected == str(offer_of(options))


@pytest.mark.parametrize(
    ("options", "answer", "agreement"),
    [
        (ALL, "permessage-deflate", Agreement()),
        (ALL, "permessage-deflate; client_max_window_bits=8; server_max_window_bits=9", Agreement(9, 8)),
        (ALL, "permessage-deflate; server_no_context_takeover", Agreement(server_takeover=False)),
        (ALONE, "permessage-deflate; server_no_context_takeover", Agreement(server_takeover=False, client_takeover=False)),
        (LESS, "permessage-deflate; server_max_window_bits=10", Agreement(10, 11)),
    ],
)
def test_a_client_takes_an_answer(options: DeflateOptions, answer: str, agreement: Agreement) -> None:
    """What it offered to restrict in itself, it restricts whatever the server says."""
    assert agreement == accepted_answer(parse_extensions(answer), options)


def test_no_answer_is_no_agreement() -> None:
    """The server does not do that."""
    assert accepted_answer([], ALL) is None


@pytest.mark.parametrize(
    ("options", "answer", "message"),
    [
        (ALL, "x-other", "extensions x-other"),
        (ALL, "permessage-deflate, permessage-deflate", "extensions permessage-deflate, permessage-deflate"),
        (ALL, "permessage-deflate; foo", "does not have"),
        (ALL, "permessage-deflate; client_max_window_bits", "does not have"),
        (LESS, "permessage-deflate", "server_max_window_bits 15, offered was at most 10"),
        (LESS, "permessage-deflate; server_max_window_bits=11", "server_max_window_bits 11, offered was at most 10"),
        (
            LESS,
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12",
            "client_max_window_bits 12, offered was at most 11",
        ),
        (ALONE, "permessage-deflate", "no server_no_context_takeover"),
    ],
)
def test_a_client_refuses_an_answer_beyond_its_offer(options: DeflateOptions, answer: str, message: str) -> None:
    """RFC 7692, 7.1: the connection must not go on."""
    with pytest.raises(ValueError, match=message):
        accepted_answer(parse_extensions(answer), options)


@pytest.mark.parametrize("options", [{"server_window_bits": 7}, {"client_window_bits": 16}, {"level": 0}, {"level": 10}, {"min_bytes": -1}])
def test_options_out_of_range_are_refused(options: dict[str, int]) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match="allowed is"):
        DeflateOptions(**options)


def test_both_sides_agree_on_the_same() -> None:
    """Of every pair of wishes, what each side makes of offer and answer is equal."""
    wishes = [ALL, LESS, ALONE, DeflateOptions(), DeflateOptions(server_window_bits=8, client_window_bits=8, client_takeover=False)]
    for client in wishes:
        for server in wishes:
            taken = accept_offers([offer_of(client)], server)
            assert taken is not None
            assert taken[1] == accepted_answer([taken[0]], client)
            assert isinstance(taken[0], Extension)
