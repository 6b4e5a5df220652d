"""SMTP on the side of a client, in a pipeline."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.smtp.client import SmtpClientCodec
from pyboot.components.netty.errors import EncoderError, PrematureCloseError, TooLongFrameError
from pyboot.components.netty.wire.smtp.errors import CorruptedSmtpError
from pyboot.components.netty.wire.smtp.message import LastSmtpContent, SmtpContent, SmtpRequest, SmtpResponse
from pyboot.testing.codec import check_decoder


def test_replies_keep_the_contract() -> None:
    """Of one line and of several."""
    check_decoder(
        SmtpClientCodec,
        b"220 hi\r\n250-a\r\n250 b\r\n",
        [SmtpResponse(220, "hi"), SmtpResponse(250, ["a", "b"])],
        wrong={b"HTTP/1.1 400\r\n": CorruptedSmtpError, b"250-a\r\n": PrematureCloseError, b"2" * 3000: TooLongFrameError},
    )


def test_commands_and_content_are_written() -> None:
    """Dots are put in; what is neither passes."""
    channel = EmbeddedChannel(SmtpClientCodec())
    channel.write_outbound(SmtpRequest("DATA"), SmtpContent(b".a\r\n"), LastSmtpContent(b"b"), SmtpRequest("QUIT"), 7)

    assert [b"DATA\r\n", b"..a\r\n", b"b\r\n.\r\n", b"QUIT\r\n", 7] == channel.outbound_messages()


def test_no_command_within_a_mail() -> None:
    """It would be a line of the mail."""
    channel = EmbeddedChannel(SmtpClientCodec())
    channel.write_outbound(SmtpContent(b"a"))
    with pytest.raises(EncoderError, match="QUIT within a mail"):
        channel.write_outbound(SmtpRequest("QUIT"))
    with pytest.raises(EncoderError, match="no end of a line"):
        channel.write_outbound(SmtpContent(b"\n.\n"))
