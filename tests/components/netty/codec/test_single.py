"""SingleMessageDecoder: one message, and everything behind it as it comes."""

from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.single import SingleMessageDecoder
from pyboot.components.netty.errors import NettyError, PrematureCloseError, TooLongFrameError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.wire.line import LineReader
from pyboot.testing.codec import decode


def decoder() -> SingleMessageDecoder:
    """Of one line."""
    return SingleMessageDecoder(LineReader(8))


def test_one_message_and_then_bytes() -> None:
    """At every cut; the second line is nobody's."""
    stream = b"one\ntwo\nrest"
    for cut in range(1, len(stream)):
        found = decode(decoder(), [stream[:cut], stream[cut:]])
        assert (b"one", b"two\nrest") == (bytes(found.messages[0]), b"".join(map(bytes, found.messages[1:])))
        assert [] == found.errors


def test_it_leaves_with_its_message() -> None:
    """Before that is fired, so that whoever is told may build the rest of the pipeline."""
    channel = EmbeddedChannel(decoder())
    assert (None, 0) == (channel.pipeline().get(SingleMessageDecoder).begun(), channel.pipeline().get(SingleMessageDecoder).held_bytes())  # type: ignore[union-attr]
    channel.write_inbound(b"one\n")
    assert channel.pipeline().find(SingleMessageDecoder) is None


def test_a_wrong_message_is_told_and_nothing_is_read_behind_it() -> None:
    """And one that is cut off, once."""
    assert [TooLongFrameError] == [type(each) for each in decode(decoder(), [b"x" * 20 + b"\n"]).errors]
    for how in ({"close": True}, {"half_close": True}):
        assert [PrematureCloseError] == [type(each) for each in decode(decoder(), [b"on"], **how).errors]
    assert [] == decode(decoder(), [b"one\n"], close=True).errors
    assert issubclass(PrematureCloseError, NettyError)


def test_it_asks_for_more_until_the_message_is_whole() -> None:
    """Where nothing reads by itself."""
    config = ChannelConfig()
    config.set(ChannelOption.AUTO_READ, False)
    channel = EmbeddedChannel(decoder(), config=config)
    for data, reads in (b"o", 1), (b"n", 2), (b"e\n", 2):
        channel.write_inbound(data)
        assert reads == channel.reads


def test_what_it_has_goes_on_when_it_is_taken_out() -> None:
    """As of every decoder."""
    channel = EmbeddedChannel(decoder())
    channel.write_inbound(b"on")
    channel.pipeline().remove(SingleMessageDecoder)
    assert [b"on"] == [bytes(each) for each in channel.inbound_messages()]
