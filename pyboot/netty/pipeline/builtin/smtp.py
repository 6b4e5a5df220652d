"""The built-in codecs of SMTP, of both roles."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.smtp.client import SmtpClientCodec
from pyboot.components.netty.codec.smtp.server import SmtpServerCodec
from pyboot.netty.pipeline.codec import Codec

MaxLine = Annotated[DataSize, Field(ge=3, description="The longest line that may come in, in bytes, its end not counted.")]


@Codec("smtp-server")
def smtp_server(
    max_line: MaxLine = 2048,
    max_content: Annotated[DataSize, Field(ge=1, description="The largest mail, in bytes.")] = 32 * 1024 * 1024,
) -> SmtpServerCodec:
    """Reads commands and mails of SMTP, and writes replies; lines end with CR LF alone, in both."""
    return SmtpServerCodec(max_line, max_content)


@Codec("smtp-client")
def smtp_client(
    max_line: MaxLine = 2048, max_lines: Annotated[int, Field(ge=1, description="The most lines of a reply.")] = 128
) -> SmtpClientCodec:
    """Writes commands and mails of SMTP, and reads replies."""
    return SmtpClientCodec(max_line, max_lines)
