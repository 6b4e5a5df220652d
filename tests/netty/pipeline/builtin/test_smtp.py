"""The codecs of SMTP by their names."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.smtp import CorruptedSmtpError, SmtpRequest, SmtpResponse
from pyboot.components.netty.errors import TooLongFrameError
from pyboot.netty.pipeline.registry import CodecRegistry


def channel(name: str, **options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())


def test_both_roles() -> None:
    """Each with its limits."""
    server, client = channel("smtp-server", max_line="10B"), channel("smtp-client", max_lines=1)
    client.write_outbound(SmtpRequest("NOOP"))
    server.receive(client.outbound_bytes())
    assert [SmtpRequest("NOOP")] == server.inbound_messages()
    server.write_outbound(SmtpResponse(250, "ok"))
    client.receive(server.outbound_bytes())
    assert [SmtpResponse(250, "ok")] == client.inbound_messages()

    with pytest.raises(TooLongFrameError):
        server.receive(b"NOOP 123456\r\n")
    with pytest.raises(CorruptedSmtpError):
        client.receive(b"250-a\r\n250 b\r\n")


def test_the_largest_mail_is_an_option() -> None:
    """In bytes."""
    server = channel("smtp-server", max_content="4B")
    server.receive(b"DATA\r\n")
    server.write_outbound(SmtpResponse(354))
    with pytest.raises(CorruptedSmtpError, match="at least 5 bytes"):
        server.receive(b"123\r\n.\r\n")
