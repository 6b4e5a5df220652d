"""The built-in codec of STOMP: what its name does, by its bytes."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.stomp import StompFrame, StompLimitError
from pyboot.netty.pipeline.registry import CodecRegistry


def channel(**options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec("stomp", options).handlers())


def test_frames_and_beats() -> None:
    """Of either role."""
    embedded = channel(send="2s", expect="0s")
    embedded.receive(b"CONNECT\nhost:a\nheart-beat:0,1000\n\n\x00")
    embedded.write_outbound(StompFrame("CONNECTED", {"version": "1.2"}))
    assert b"CONNECTED\nversion:1.2\nheart-beat:2000,0\n\n\x00\n" == embedded.outbound_bytes()
    embedded.advance_time(2)

    assert b"\n" == embedded.outbound_bytes()
    assert [StompFrame("CONNECT", {"host": "a", "heart-beat": "0,1000"})] == embedded.inbound_messages()


@pytest.mark.parametrize(
    ("options", "stream"),
    [
        ({"max-line": 8}, b"SEND\na:1234567890"),
        ({"max-headers": 1}, b"SEND\na:b\nc:d\n"),
        ({"max-head": 8}, b"SEND\na:b\nc:d\n"),
        ({"max-body": 4}, b"SEND\n\n12345"),
    ],
)
def test_each_limit_is_an_option(options: dict[str, object], stream: bytes) -> None:
    """As the bytes come."""
    with pytest.raises(StompLimitError):
        channel(**options).receive(stream)
