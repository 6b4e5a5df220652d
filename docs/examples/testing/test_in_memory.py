"""A handler in a pipeline with no network: no socket, no container, no waiting."""

from app import Directory, LookupHandler

from pyboot.netty import EmbeddedChannel, LineBasedFrameDecoder, StringDecoder, StringEncoder


def test_a_name_is_answered_with_a_place() -> None:
    """The clock is the channel's: turning it takes no time."""
    channel = EmbeddedChannel(LookupHandler(Directory()))

    channel.write_inbound("ada")
    assert channel.read_outbound() is None

    channel.advance_time(0.01)
    assert channel.read_outbound() == "London\n"


def test_an_unknown_name_keeps_the_connection() -> None:
    """What a callback raises comes to exception_caught."""
    channel = EmbeddedChannel(LookupHandler(Directory()))

    channel.write_inbound("nobody")
    channel.advance_time(0.01)

    assert (channel.read_outbound(), channel.is_active) == ("unknown\n", True)


def test_bytes_may_come_in_pieces() -> None:
    """With the codecs in front, bytes go in and bytes come out."""
    channel = EmbeddedChannel(LineBasedFrameDecoder(80), StringDecoder(), StringEncoder(), LookupHandler(Directory()))

    channel.write_inbound(b"a", b"da\n")
    channel.advance_time(0.01)

    assert channel.outbound_bytes() == b"London\n"


def test_a_client_that_leaves_gets_no_answer() -> None:
    """A callback that waits is cancelled when its connection is gone."""
    channel = EmbeddedChannel(LookupHandler(Directory()))

    channel.write_inbound("ada")
    channel.lose()
    channel.advance_time(0.01)

    assert channel.read_outbound() is None
