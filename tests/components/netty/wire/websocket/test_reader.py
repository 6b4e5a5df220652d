"""Frames out of bytes, of both roles: the examples of the specifications, every cut, and everything that breaks the protocol."""

import random
import tracemalloc
from collections.abc import Iterable

import pytest
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Frame as OtherFrame, Opcode
from websockets.protocol import CLIENT, SERVER, Protocol

from pyboot.components.netty.wire.websocket.deflate import Deflater, Inflater
from pyboot.components.netty.wire.websocket.errors import CorruptedWebSocketFrameError
from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    ContinuationWebSocketFrame,
    PingWebSocketFrame,
    PongWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)
from pyboot.components.netty.wire.websocket.reader import WebSocketFrameReader
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter

type Outcome = tuple[list[WebSocketFrame], int | None]


def of_server(**options: object) -> WebSocketFrameReader:
    """A reader for what a server sends, which is not masked, so that bytes can be read in a test."""
    return WebSocketFrameReader(masked=False, **options)  # type: ignore[arg-type]  # whatever a test asks for


def read(reader: WebSocketFrameReader, chunks: Iterable[bytes]) -> Outcome:
    """The frames of *chunks*, and the close code of the error behind them."""
    frames: list[WebSocketFrame] = []
    code = None
    for chunk in chunks:
        reader.feed(chunk)
        try:
            while (frame := reader.next_frame()) is not None:
                frames.append(frame)
        except CorruptedWebSocketFrameError as error:
            assert code is None
            code = error.code
    return frames, code


def single(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


def masked(*frames: WebSocketFrame) -> bytes:
    """The bytes of a client that says *frames*."""
    writer = WebSocketFrameWriter(masked=True, random_bytes=random.Random(1).randbytes)
    return b"".join(b"".join(writer.encode(frame)) for frame in frames)


HELLO = TextWebSocketFrame("Hello")


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"\x81\x05Hello", [HELLO]),
        (b"\x01\x03Hel\x80\x02lo", [TextWebSocketFrame("Hel", is_final=False), ContinuationWebSocketFrame(b"lo")]),
        (b"\x89\x05Hello", [PingWebSocketFrame(b"Hello")]),
        (b"\x8a\x05Hello", [PongWebSocketFrame(b"Hello")]),
        (b"\x82\x7e\x01\x00" + bytes(256), [BinaryWebSocketFrame(bytes(256))]),
        (b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + bytes(65536), [BinaryWebSocketFrame(bytes(65536))]),
        (b"\x88\x00", [CloseWebSocketFrame(1005)]),
        (b"\x88\x05\x03\xe8bye", [CloseWebSocketFrame(1000, "bye")]),
        (b"\x81\x00\x82\x00", [TextWebSocketFrame(""), BinaryWebSocketFrame(b"")]),
        (
            b"\x02\x00\x89\x01p\x00\x01a\x80\x00\x81\x05Hello",
            [
                BinaryWebSocketFrame(b"", is_final=False),
                PingWebSocketFrame(b"p"),
                ContinuationWebSocketFrame(b"a", is_final=False),
                ContinuationWebSocketFrame(b""),
                HELLO,
            ],
        ),
        (b"\x01\x01\xce\x80\x01\xba", [TextWebSocketFrame(b"\xce", is_final=False), ContinuationWebSocketFrame(b"\xba")]),
    ],
)
def test_frames_are_read_whole_and_byte_by_byte(data: bytes, frames: list[WebSocketFrame]) -> None:
    """RFC 6455, 5.7, and their like: a character may be cut, and a control frame stand between fragments."""
    assert (frames, None) == read(of_server(), [data])
    assert (frames, None) == read(of_server(), single(data) if len(data) < 1000 else [data[:3], data[3:30], data[30:40_000], data[40_000:]])


def test_a_masked_frame_of_the_specification_is_read() -> None:
    """RFC 6455, 5.7, at every cut."""
    data = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
    for cut in range(len(data) + 1):
        assert ([HELLO], None) == read(WebSocketFrameReader(masked=True), [data[:cut], data[cut:]])


def test_compressed_frames_of_the_specification_are_read() -> None:
    """RFC 7692, 7.2.3.1 and 7.2.3.2: one message, a second that points to it, and one in two fragments, byte by byte too."""
    data = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00\x41\x03\xf2\x00\x11\x80\x02\x00\x00"
    frames = [HELLO, HELLO, TextWebSocketFrame(b"", is_final=False), ContinuationWebSocketFrame(b"Hello")]
    whole, code = read(of_server(inflater=Inflater(15, takeover=True)), [data])

    assert (frames[:2], None) == (whole[:2], code)
    assert b"Hello" == whole[2].content + whole[3].content
    assert (whole, None) == read(of_server(inflater=Inflater(15, takeover=True)), single(data))


# What breaks the protocol: the bytes, the frames before, the code, and the index of the byte that shows it.
BROKEN = [
    pytest.param(b"\xc1", [], 1002, 0, id="RSV1, for which nothing was agreed"),
    pytest.param(b"\x81\x05Hello\xa1", [HELLO], 1002, 7, id="RSV2 behind a good frame"),
    pytest.param(b"\x91", [], 1002, 0, id="RSV3"),
    pytest.param(b"\xb9", [], 1002, 0, id="RSV2 and RSV3 in a ping"),
    *[pytest.param(bytes((0x80 | opcode,)), [], 1002, 0, id=f"opcode {opcode}") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    pytest.param(b"\x81\x80", [], 1002, 1, id="a mask of a server"),
    pytest.param(b"\x81\xff", [], 1002, 1, id="a mask of a server, and a long length"),
    pytest.param(b"\x09", [], 1002, 0, id="a ping in fragments"),
    pytest.param(b"\x0a", [], 1002, 0, id="a pong in fragments"),
    pytest.param(b"\x08", [], 1002, 0, id="a close in fragments"),
    pytest.param(b"\x89\x7e", [], 1002, 1, id="a ping of more than 125 bytes"),
    pytest.param(b"\x88\x7f", [], 1002, 1, id="a close of more than 65535 bytes"),
    pytest.param(b"\x80", [], 1002, 0, id="a continuation of nothing"),
    pytest.param(b"\x00", [], 1002, 0, id="a continuation of nothing that goes on"),
    pytest.param(b"\x81\x05Hello\x80", [HELLO], 1002, 7, id="a continuation of a whole message"),
    pytest.param(b"\x01\x01a\x81", [TextWebSocketFrame("a", is_final=False)], 1002, 3, id="text within text"),
    pytest.param(b"\x01\x01a\x02", [TextWebSocketFrame("a", is_final=False)], 1002, 3, id="binary within text"),
    pytest.param(b"\x82\x7e\x00\x7d", [], 1002, 3, id="a length in two bytes that fits in seven bits"),
    pytest.param(b"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", [], 1002, 9, id="a length in eight bytes that fits in two"),
    pytest.param(b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", [], 1002, 9, id="a length with its highest bit"),
    pytest.param(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", [], 1009, 9, id="a length of 2**63 - 1"),
    pytest.param(b"\x88\x01\x03", [], 1002, 2, id="half a close code"),
    *[
        pytest.param(b"\x88\x02" + code.to_bytes(2, "big"), [], 1002, 3, id=f"close code {code}")
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    ],
    pytest.param(b"\x88\x04\x03\xe8\xce\x28", [], 1007, 5, id="a close reason that is no UTF-8"),
    pytest.param(b"\x88\x03\x03\xe8\xce", [], 1007, 4, id="a close reason that is cut"),
    pytest.param(b"\x81\x09a\xff", [], 1007, 3, id="a byte that is never UTF-8, in a frame that is not whole"),
    pytest.param(b"\x81\x04\xf4\x90", [], 1007, 3, id="beyond U+10FFFF, at its second byte"),
    pytest.param(b"\x81\x03\xed\xa0", [], 1007, 3, id="a surrogate, at its second byte"),
    pytest.param(b"\x81\x01\xce", [], 1007, 2, id="a character that is cut by the end of its message"),
    pytest.param(
        b"\x01\x01\xce\x80\x00",
        [TextWebSocketFrame(b"\xce", is_final=False)],
        1007,
        4,
        id="a character that is cut, seen with no byte more",
    ),
    pytest.param(
        b"\x01\x01\xce\x89\x00\x00\x05\x28",
        [TextWebSocketFrame(b"\xce", is_final=False), PingWebSocketFrame()],
        1007,
        7,
        id="no continuation of a character, in the next fragment",
    ),
]


@pytest.mark.parametrize(("data", "frames", "code", "index"), BROKEN)
def test_what_breaks_the_protocol_is_refused_at_the_byte_that_shows_it(
    data: bytes, frames: list[WebSocketFrame], code: int, index: int
) -> None:
    """Not one earlier, not one later; the frames before it are read, and nothing is behind it."""
    assert (frames, None) == read(of_server(), single(data[:index]))
    reader = of_server()
    assert (frames, code) == read(reader, single(data[: index + 1]))
    assert ([], None) == read(reader, [b"\x81\x05Hello"])
    assert reader.is_between_frames()
    assert (frames, code) == read(of_server(), [data[: index + 1]])
    assert (frames, code) == read(of_server(), [data[: index + 1] + bytes(200)])


def test_a_client_masks() -> None:
    """What it does not mask is refused with the byte that says so (RFC 6455, 5.1)."""
    assert ([], 1002) == read(WebSocketFrameReader(masked=True), [b"\x81\x05"])
    assert ([], 1002) == read(WebSocketFrameReader(masked=True), [b"\x81\x05Hello"])
    assert ([], 1002) == read(WebSocketFrameReader(masked=True), [b"\x81\x7e\x01\x00" + bytes(300)])


@pytest.mark.parametrize("head", [b"\xc9", b"\xc8", b"\xe1", b"\x80", b"\xc0"])
def test_compression_is_a_matter_of_the_first_frame_of_a_message(head: bytes) -> None:
    """RFC 7692, 6: RSV1 in a control frame or in a continuation is refused, and so are the other bits."""
    reader = of_server(inflater=Inflater(15, takeover=True))

    assert ([], 1002) == read(reader, [head])
    assert ([TextWebSocketFrame("a", is_final=False)], 1002) == read(
        of_server(inflater=Inflater(15, takeover=True)), [b"\x01\x01a", b"\xc0"]
    )


def test_compressed_and_plain_messages_take_turns() -> None:
    """Each says what it is."""
    data = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x81\x05Hello\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00\x82\x01a"
    frames, code = read(of_server(inflater=Inflater(15, takeover=False)), [data])

    assert code is None
    assert [HELLO, HELLO, BinaryWebSocketFrame(b"a")] == [*frames[:2], frames[4]]
    assert b"Hello" == frames[2].content + frames[3].content


def test_what_cannot_be_inflated_is_refused() -> None:
    """And text that is none once it is."""
    deflater = Deflater(15, takeover=True, min_bytes=0)
    bad = deflater.deflate(b"a\xff", True)

    assert ([], 1007) == read(of_server(inflater=Inflater(15, takeover=True)), [b"\xc2\x03\xff\xff\xff"])
    assert ([], 1007) == read(of_server(inflater=Inflater(15, takeover=True)), [b"\xc1", bytes((len(bad),)), bad])


# Limits.


@pytest.mark.parametrize(
    ("data", "options", "frames", "code"),
    [
        (b"\x82\x04abcd", {"max_frame_bytes": 4}, [BinaryWebSocketFrame(b"abcd")], None),
        (b"\x82\x05", {"max_frame_bytes": 4}, [], 1009),
        (b"\x82\x7e\x01\x00", {"max_frame_bytes": 255}, [], 1009),
        (b"\x82\x05", {"max_message_bytes": 4}, [], 1009),
        (
            b"\x02\x02ab\x80\x02cd",
            {"max_message_bytes": 4},
            [BinaryWebSocketFrame(b"ab", is_final=False), ContinuationWebSocketFrame(b"cd")],
            None,
        ),
        (b"\x02\x02ab\x80\x03", {"max_message_bytes": 4}, [BinaryWebSocketFrame(b"ab", is_final=False)], 1009),
        (
            b"\x02\x02ab\x89\x05Hello",
            {"max_message_bytes": 4},
            [BinaryWebSocketFrame(b"ab", is_final=False), PingWebSocketFrame(b"Hello")],
            None,
        ),
        (
            b"\x02\x00\x00\x00\x00\x00",
            {"max_fragments": 2},
            [BinaryWebSocketFrame(b"", is_final=False), ContinuationWebSocketFrame(b"", is_final=False)],
            1009,
        ),
        (
            b"\x02\x00\x80\x00\x02\x00\x80\x00",
            {"max_fragments": 2},
            [BinaryWebSocketFrame(b"", is_final=False), ContinuationWebSocketFrame(b"")] * 2,
            None,
        ),
        (b"\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x01", {}, [], 1009),  # 1 MiB by default
    ],
)
def test_frames_and_messages_are_bounded(data: bytes, options: dict[str, int], frames: list[WebSocketFrame], code: int | None) -> None:
    """By their bytes, and by the number of their frames; control frames count for nothing."""
    assert (frames, code) == read(of_server(**options), [data])
    assert (frames, code) == read(of_server(**options), single(data))


def test_a_bomb_is_refused() -> None:
    """A message is bounded by what it inflates to, over all of its fragments."""
    deflater = Deflater(15, takeover=True)
    bomb = deflater.deflate(bytes(50_000_000), True)
    head = b"\xc2\x7e" + len(bomb).to_bytes(2, "big")
    assert ([], 1009) == read(of_server(inflater=Inflater(15, takeover=True)), [head + bomb])

    halves = [Deflater(15, takeover=True).deflate(bytes(600), is_last) for is_last in (False, True)]
    pieces = b"\x42" + bytes((len(halves[0]),)) + halves[0] + b"\x80" + bytes((len(halves[1]),)) + halves[1]
    frames, code = read(of_server(max_message_bytes=1000, inflater=Inflater(15, takeover=True)), [pieces])
    assert ([BinaryWebSocketFrame(bytes(600), is_final=False)], 1009) == (frames, code)


def test_no_memory_is_spent_on_what_was_only_declared() -> None:
    """A payload takes what has arrived of it, also byte by byte."""
    reader = of_server(max_frame_bytes=1 << 40, max_message_bytes=1 << 40)
    tracemalloc.start()
    try:
        read(reader, [b"\x82\x7f\x00\x00\x00\xff\x00\x00\x00\x00", *single(bytes(10_000))])
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert kept < 30_000


@pytest.mark.parametrize("limit", ["max_frame_bytes", "max_message_bytes", "max_fragments"])
def test_a_limit_of_nothing_is_refused(limit: str) -> None:
    """No frame would pass."""
    with pytest.raises(ValueError, match=f"{limit} 0"):
        of_server(**{limit: 0})


# Ends.


def test_nothing_is_read_behind_a_close() -> None:
    """RFC 6455, 5.5.1: whatever comes is dropped."""
    reader = of_server()

    assert ([CloseWebSocketFrame(1000)], None) == read(reader, [b"\x88\x02\x03\xe8\x81\x05Hello\xff\xff", b"\xff"])
    assert reader.is_between_frames()
    assert b"" == reader.unread()


@pytest.mark.parametrize("data", [b"\x81", b"\x81\x05He", b"\x01\x05Hello", b"\x81\x7e\x01", b"\x01\x01a\x89\x00"])
def test_a_stream_may_not_end_within_a_message(data: bytes) -> None:
    """Between its fragments neither."""
    reader = of_server()
    read(reader, single(data))

    assert not reader.is_between_frames()


@pytest.mark.parametrize("is_masked", [True, False])
def test_what_no_frame_was_made_of_is_handed_over_as_it_came(is_masked: bool) -> None:
    """At every cut, masked again."""
    frames = [TextWebSocketFrame("Hello"), BinaryWebSocketFrame(bytes(range(200)))]
    writer = WebSocketFrameWriter(masked=is_masked, random_bytes=random.Random(1).randbytes)
    first, second = (b"".join(writer.encode(frame)) for frame in frames)
    for cut in range(len(second)):
        reader = WebSocketFrameReader(masked=is_masked)
        read(reader, [first, *single(second[:cut])])
        assert second[:cut] == reader.unread()
        assert reader.is_between_frames()


# Any stream.


def some_frames(chance: random.Random) -> list[WebSocketFrame]:
    """A row of frames that follows the protocol."""
    made: list[WebSocketFrame] = []
    for _ in range(chance.randrange(1, 6)):
        kind = chance.randrange(4)
        text = "".join(chance.choices("aé€𝄞", k=chance.choice([0, 1, 5, 60, 130])))
        size = chance.choice([0, 1, 124, 125, 126, 127, 200, 65535, 65536])
        if kind == 0:
            made.append(TextWebSocketFrame(text))
        elif kind == 1:
            made.append(BinaryWebSocketFrame(chance.randbytes(size)))
        elif kind == 2:
            made.append(chance.choice([PingWebSocketFrame, PongWebSocketFrame])(chance.randbytes(chance.randrange(126))))
        else:
            encoded = text.encode()
            cuts = sorted(chance.randrange(len(encoded) + 1) for _ in range(chance.randrange(1, 4)))
            parts = [encoded[low:high] for low, high in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
            made.append(TextWebSocketFrame(parts[0], is_final=False))
            for index, part in enumerate(parts[1:]):
                if chance.random() < 0.3:
                    made.append(PingWebSocketFrame(b"between"))
                made.append(ContinuationWebSocketFrame(part, is_final=index == len(parts) - 2))
    if chance.random() < 0.3:
        made.append(CloseWebSocketFrame(chance.choice([1000, 1005, 4999])))
    return made


def some_chunks(data: bytes, chance: random.Random) -> list[bytes]:
    chunks = []
    while data:
        size = chance.choice([1, 2, 3, 5, 13, 64, 1000, 70_000])
        chunks.append(data[:size])
        data = data[size:]
    return chunks


@pytest.mark.parametrize("seed", range(40))
def test_any_frames_come_out_however_the_stream_is_cut(seed: int) -> None:
    """Of both roles."""
    chance = random.Random(seed)
    frames = some_frames(chance)
    for is_masked in (True, False):
        writer = WebSocketFrameWriter(masked=is_masked, random_bytes=chance.randbytes)
        data = b"".join(b"".join(writer.encode(frame)) for frame in frames)
        assert (frames, None) == read(WebSocketFrameReader(masked=is_masked), some_chunks(data, chance))
        assert (frames, None) == read(WebSocketFrameReader(masked=is_masked), [data])


@pytest.mark.parametrize("seed", range(40))
def test_compressed_messages_come_out_too(seed: int) -> None:
    """With every window, in fragments, however the stream is cut."""
    chance = random.Random(seed)
    bits, takeover = chance.randrange(8, 16), chance.random() < 0.5
    frames = some_frames(chance)
    writer = WebSocketFrameWriter(masked=False, deflater=Deflater(bits, takeover=takeover, min_bytes=chance.choice([0, 64])))
    data = b"".join(b"".join(writer.encode(frame)) for frame in frames)
    got, code = read(of_server(inflater=Inflater(bits, takeover=takeover)), some_chunks(data, chance))

    assert code is None
    assert [frame.opcode for frame in frames] == [frame.opcode for frame in got]
    assert b"".join(frame.content for frame in frames if frame.opcode < 8) == b"".join(frame.content for frame in got if frame.opcode < 8)


def changed(data: bytes, chance: random.Random) -> bytes:
    """*data* with a few bytes of it other than they were."""
    damaged = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(min(len(damaged), 400))
        damaged[at] = chance.choice([0, 0x7E, 0x7F, 0x80, 0xFF, damaged[at] ^ (1 << chance.randrange(8))])
    return bytes(damaged)


@pytest.mark.parametrize("seed", range(40))
def test_a_stream_gives_the_same_however_it_is_cut(seed: int) -> None:
    """Also one that breaks the protocol somewhere; and no error but the one comes of it."""
    chance = random.Random(seed)
    for _ in range(10):
        data = changed(masked(*some_frames(chance)), chance)
        whole = read(WebSocketFrameReader(masked=True, max_frame_bytes=70_000), [data])
        assert whole == read(WebSocketFrameReader(masked=True, max_frame_bytes=70_000), some_chunks(data, chance))


def others_outcome(side: object, data: bytes) -> tuple[list[tuple[int, bytes, bool]], int | None]:
    """What the core of `websockets` makes of *data*: frames, and the close code that it fails with."""
    protocol = Protocol(SERVER if side is SERVER else CLIENT, max_size=1 << 20)
    protocol.receive_data(data)
    frames = [(int(event.opcode), bytes(event.data), event.fin) for event in protocol.events_received() if isinstance(event, OtherFrame)]
    error = protocol.parser_exc
    if error is None:
        return frames, None
    if isinstance(error, PayloadTooBig):
        return frames, 1009
    return frames, 1002 if isinstance(error, ProtocolError) else 1007


@pytest.mark.parametrize("seed", range(60))
def test_what_another_reader_refuses_is_refused(seed: int) -> None:
    """Differential, over streams that are nearly right: its frames are ours, but that we refuse earlier, and what only we refuse are
    lengths that are not minimal, and text that is none, which it leaves to who reads the message.
    """
    chance = random.Random(seed)
    for _ in range(10):
        data = masked(*some_frames(chance))
        if chance.random() < 0.7:
            data = changed(data, chance)
        frames, code = read(WebSocketFrameReader(masked=True), [data])
        mine = [(frame.opcode, frame.content, frame.is_final) for frame in frames]
        theirs, other = others_outcome(SERVER, data)
        if other is not None:
            assert code is not None, (data[:60], other)
        assert mine == theirs[: len(mine)]
        if code is None:
            assert len(mine) == len(theirs)


def test_the_other_reader_takes_what_we_write() -> None:
    """Of both roles."""
    for is_masked, side in ((True, SERVER), (False, CLIENT)):
        chance = random.Random(7)
        for _ in range(30):
            frames = some_frames(chance)
            writer = WebSocketFrameWriter(masked=is_masked, random_bytes=chance.randbytes)
            data = b"".join(b"".join(writer.encode(frame)) for frame in frames)
            expected = [(frame.opcode, frame.content, frame.is_final) for frame in frames]
            assert (expected, None) == others_outcome(side, data)


def test_there_are_no_other_opcodes() -> None:
    """Those of the other reader are ours."""
    assert {0, 1, 2, 8, 9, 10} == {int(each) for each in Opcode}
