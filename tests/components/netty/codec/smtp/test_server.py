"""SMTP on the side of a server, in a pipeline."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.smtp.server import SmtpServerCodec
from pyboot.components.netty.errors import EncoderError, PrematureCloseError, TooLongFrameError
from pyboot.components.netty.wire.smtp.errors import CorruptedSmtpError
from pyboot.components.netty.wire.smtp.message import LastSmtpContent, SmtpContent, SmtpRequest, SmtpResponse
from pyboot.testing.codec import check_decoder


class Accepting(ChannelHandler[Any]):
    """Lets every content come."""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Replies and hands on."""
        if msg == SmtpRequest("DATA"):
            ctx.write_and_flush(SmtpResponse(354, "go on"))
        ctx.fire_channel_read(msg)


def test_commands_keep_the_contract() -> None:
    """Lines that are no good included."""
    check_decoder(
        SmtpServerCodec,
        b"EHLO a\r\nMAIL FROM:<>\r\n",
        [SmtpRequest("EHLO", "a"), SmtpRequest("MAIL", "FROM:<>")],
        wrong={b"x" * 2050: TooLongFrameError, b"EHLO a\n": CorruptedSmtpError, b"\r\n": CorruptedSmtpError, b"EH": PrematureCloseError},
    )


def test_the_reply_lets_the_content_come() -> None:
    """At every cut of the mail."""
    stream = b"Hi\r\n..\r\n.\r\nQUIT\r\n"
    for cut in range(len(stream)):
        channel = EmbeddedChannel(SmtpServerCodec(), Accepting())
        channel.receive(b"DATA\r\n")
        assert b"354 go on\r\n" == channel.outbound_bytes()
        channel.receive(stream[:cut])
        channel.receive(stream[cut:])
        first, *pieces, last = channel.inbound_messages()
        assert (SmtpRequest("DATA"), SmtpRequest("QUIT")) == (first, last)
        assert isinstance(pieces[-1], LastSmtpContent)
        assert b"Hi\r\n.\r\n" == b"".join(piece.content for piece in pieces if isinstance(piece, SmtpContent))


def test_what_was_slipped_in_is_fatal() -> None:
    """Behind DATA in one packet: the client cannot have seen the reply."""
    channel = EmbeddedChannel(SmtpServerCodec())
    with pytest.raises(CorruptedSmtpError, match="before its reply"):
        channel.receive(b"STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n")
    assert [SmtpRequest("STARTTLS")] == channel.inbound_messages()


def test_replies_are_written_and_nothing_else() -> None:
    """What is none passes; one that cannot be written changes nothing."""
    channel = EmbeddedChannel(SmtpServerCodec())
    channel.write_outbound(SmtpResponse(250, ["a", "b"]), b"else")
    assert [b"250-a\r\n250 b\r\n", b"else"] == channel.outbound_messages()
    with pytest.raises(EncoderError):
        channel.write_outbound(SmtpResponse(354, "a\nb"))
