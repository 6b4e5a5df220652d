"""Step 2: the handler in memory."""

from shout import ShoutHandler, assemble

from pyboot.components.netty import EmbeddedChannel


def test_a_line_is_answered_in_capitals() -> None:
    """Messages in, messages out: one handler alone."""
    channel = EmbeddedChannel(ShoutHandler())
    channel.write_inbound("hello")

    assert channel.read_outbound() == "HELLO\n"


def test_a_line_may_come_in_pieces() -> None:
    """Bytes in, bytes out: the whole pipeline."""
    channel = EmbeddedChannel()
    assemble(channel)  # type: ignore[arg-type]  # it only asks for the pipeline
    channel.write_inbound(b"hel", b"lo\nwor")

    assert channel.outbound_bytes() == b"HELLO\n"
