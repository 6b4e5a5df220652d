"""SMTP in a pipeline, of both roles.

::

    a server     SmtpServerCodec      SmtpRequest and content in, SmtpResponse out
    a client     SmtpClientCodec      SmtpResponse in, SmtpRequest and content out

Each is one handler, since what may come depends on what was said: content behind a 354 alone, nothing behind DATA and STARTTLS before the
reply.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.smtp.errors import CorruptedSmtpError as CorruptedSmtpError
    from pyboot.components.netty.wire.smtp.message import (
        LastSmtpContent as LastSmtpContent,
        SmtpContent as SmtpContent,
        SmtpRequest as SmtpRequest,
        SmtpResponse as SmtpResponse,
    )

    from .client import SmtpClientCodec as SmtpClientCodec
    from .server import SmtpServerCodec as SmtpServerCodec
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
