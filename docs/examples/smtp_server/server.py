"""A server that receives mail: ``server.py [port [certificate]]``. With a certificate (and its key in the same file) it offers STARTTLS."""

import asyncio
import sys
from enum import Enum, auto
from typing import Any

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    ServerBootstrap,
    SslHandler,
    SslHandshakeCompletionEvent,
    ssl_context_for_server,
)
from pyboot.components.netty.codec.smtp import CorruptedSmtpError, LastSmtpContent, SmtpContent, SmtpRequest, SmtpResponse, SmtpServerCodec

HOST = "mail.example.test"
DOMAIN = "@example.test>"  # mail to others is not ours to carry
MOST_RECIPIENTS = 100


class State(Enum):
    """How far a session has come."""

    GREETED = auto()
    READY = auto()
    SENDER = auto()
    RECIPIENTS = auto()
    CONTENT = auto()


# The states in which a command is taken, and what is replied in others (RFC 5321, 4.1.4).
ALLOWED = {
    "MAIL": {State.READY},
    "RCPT": {State.SENDER, State.RECIPIENTS},
    "DATA": {State.RECIPIENTS},
}


class Session(ChannelHandler[SmtpRequest | SmtpContent]):
    """Receives the mails of one client."""

    def __init__(self, context: Any = None) -> None:
        self.context = context
        self.is_secure = False
        self.state = State.GREETED
        self.sender = ""
        self.recipients: list[str] = []
        self.mail = bytearray()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Greet."""
        ctx.write_and_flush(SmtpResponse(220, f"{HOST} ESMTP"))

    def channel_read(self, ctx: ChannelHandlerContext, msg: SmtpRequest | SmtpContent) -> None:
        """Take a command, or a piece of a mail."""
        if isinstance(msg, SmtpRequest):
            self.command(ctx, msg)
            return
        self.mail += msg.content
        if isinstance(msg, LastSmtpContent):
            print(f"mail from {self.sender} to {', '.join(self.recipients)}: {len(self.mail)} bytes", flush=True)
            print(self.mail.decode("utf-8", "replace"), flush=True)
            self.reset(State.READY)
            ctx.write_and_flush(SmtpResponse(250, "taken"))

    def command(self, ctx: ChannelHandlerContext, request: SmtpRequest) -> None:
        """Reply to a command, if it may come now."""
        if self.state not in ALLOWED.get(request.name, State):
            ctx.write_and_flush(SmtpResponse(503, f"not now: {request.name}"))
            return
        reply = getattr(self, f"on_{request.name.lower()}", None)
        ctx.write_and_flush(SmtpResponse(502, f"no such command: {request.name}") if reply is None else reply(ctx, request.parameters))

    def on_helo(self, ctx: ChannelHandlerContext, client: str) -> SmtpResponse:
        """Begin anew."""
        self.reset(State.READY)
        return SmtpResponse(250, HOST)

    def on_ehlo(self, ctx: ChannelHandlerContext, client: str) -> SmtpResponse:
        """Begin anew, and tell what is offered."""
        self.reset(State.READY)
        offers = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 33554432"]
        if self.context is not None and not self.is_secure:
            offers.append("STARTTLS")
        return SmtpResponse(250, [HOST, *offers])

    def on_mail(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Take the sender."""
        if not said.upper().startswith("FROM:<") or ">" not in said:
            return SmtpResponse(501, "MAIL FROM:<address>")
        self.sender, self.state = said[5 : said.index(">") + 1], State.SENDER
        return SmtpResponse(250, "ok")

    def on_rcpt(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Take a recipient of ours."""
        if not said.upper().startswith("TO:<") or ">" not in said:
            return SmtpResponse(501, "RCPT TO:<address>")
        recipient = said[3 : said.index(">") + 1]
        if not recipient.lower().endswith(DOMAIN):
            return SmtpResponse(550, "not of this house")
        if len(self.recipients) >= MOST_RECIPIENTS:
            return SmtpResponse(452, "too many recipients")
        self.recipients.append(recipient)
        self.state = State.RECIPIENTS
        return SmtpResponse(250, "ok")

    def on_data(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Let the mail come: the codec reads content behind this reply, and commands behind any other."""
        self.state = State.CONTENT
        return SmtpResponse(354, "end with a dot on a line by itself")

    def on_rset(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Forget the mail that has begun."""
        self.reset(State.GREETED if self.state is State.GREETED else State.READY)
        return SmtpResponse(250, "ok")

    def on_noop(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Do nothing."""
        return SmtpResponse(250, "ok")

    def on_quit(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Say goodbye."""
        ctx.channel.loop.call_soon(ctx.close)
        return SmtpResponse(221, "bye")

    def on_starttls(self, ctx: ChannelHandlerContext, said: str) -> SmtpResponse:
        """Let this reply out in clear, and nothing after it."""
        if self.context is None or self.is_secure:
            return SmtpResponse(454, "no TLS")
        ctx.pipeline.add_first(SslHandler(self.context, server_side=True, start_tls=True))
        return SmtpResponse(220, "go ahead")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Forget what was said in clear (RFC 3207, 4.2)."""
        if isinstance(event, SslHandshakeCompletionEvent) and event.is_success:
            self.is_secure = True
            self.reset(State.GREETED)
        ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Tell the client what is wrong; where nothing can follow, that is the last word."""
        if not isinstance(error, CorruptedSmtpError):
            ctx.fire_exception_caught(error)
            return
        ctx.write_and_flush(SmtpResponse(error.code, f"refused: {error.seen}"))
        if error.is_fatal:
            print("refused:", error, flush=True)
            ctx.close()

    def reset(self, state: State) -> None:
        """Begin another mail."""
        self.state, self.sender, self.recipients, self.mail = state, "", [], bytearray()


async def main(port: int, certificate: str = "") -> None:
    """Serve until interrupted."""
    context = ssl_context_for_server(certificate) if certificate else None

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(SmtpServerCodec())
        channel.pipeline().add_last(Session(context))

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2525, *sys.argv[2:]))
