"""One question to one server: a datagram from a port of its own, and over TCP what does not fit into one.

Theory of operation. Whoever wants to answer in the place of the server has to guess what the datagram holds that he does not see. So
each question goes out with an id that nobody can foresee (``secrets``), from a socket of its own, whose port the system draws; the socket
is connected, so that the system gives it the datagrams of the server's address alone; and an answer counts if it has the id, the question
letter for letter, and the server's address. What does not is counted and waited past. Of so many that somebody is guessing, none is
believed: the question goes over TCP, which needs another guess of 32 bits (RFC 5452, 9).
Source: RFC 5452; RFC 7766; CVE-2026-45673 and 45674.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final, NamedTuple

from pyboot.components.netty.bootstrap import Bootstrap
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.envelope import AddressedEnvelope
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.dns.datagram import DatagramDnsQueryEncoder, DatagramDnsResponseDecoder
from pyboot.components.netty.codec.dns.tcp import TcpDnsQueryEncoder, TcpDnsResponseDecoder
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.wire.dns.code import DnsFlags
from pyboot.components.netty.wire.dns.edns import DnsEdns
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.record import DnsQuestion

__all__ = ["Exchanged", "ask_over_tcp", "exchange"]

_MOST_WRONG: Final = 16  # answers to one question that are none: behind them somebody is guessing

type Server = tuple[str, int]


class Exchanged(NamedTuple):
    """A *response*, how many *wrong* answers came in its place, and whether it came over TCP."""

    response: DnsResponse
    wrong: int
    is_tcp: bool


async def exchange(server: Server, question: DnsQuestion, payload_bytes: int) -> Exchanged:
    """Ask *server* the *question*, over TCP where the answer does not fit; 0 *payload_bytes* asks without EDNS.

    Raises OSError for a server that is not reached. There is no deadline here; if cancelled, the sockets are closed.
    """
    query = _query(question, payload_bytes)
    asking = _Asking(query, server)

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(DatagramDnsResponseDecoder())
        channel.pipeline().add_last(DatagramDnsQueryEncoder())
        channel.pipeline().add_last(asking)

    channel = await Bootstrap().handler(assemble).bind("::" if ":" in server[0] else "0.0.0.0", 0)  # noqa: S104  # only one peer is heard
    try:
        await channel.pipeline().connect(server)
        await channel.write_and_flush(query)
        response = await asking.answered
    finally:
        channel.abort()
        asking.forget()
    if response is None or response.is_truncated:
        return Exchanged(await ask_over_tcp(server, question, payload_bytes), asking.wrong, True)
    return Exchanged(response, asking.wrong, False)


async def ask_over_tcp(server: Server, question: DnsQuestion, payload_bytes: int) -> DnsResponse:
    """Ask *server* the *question* over TCP. Raises OSError and cancels as `exchange`."""
    query = _query(question, payload_bytes)
    asking = _Asking(query, server)

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(TcpDnsResponseDecoder())
        channel.pipeline().add_last(TcpDnsQueryEncoder())
        channel.pipeline().add_last(asking)

    channel = await Bootstrap().option(ChannelOption.CONNECT_TIMEOUT, 0.0).handler(assemble).connect(server)
    try:
        await channel.write_and_flush(query)
        response = await asking.answered
    finally:
        channel.abort()
        asking.forget()
    if response is None:
        raise CorruptedDnsMessageError(f"{asking.wrong} answers over TCP that are none to the question", query.id, True)
    return response


def _query(question: DnsQuestion, payload_bytes: int) -> DnsQuery:
    edns = DnsEdns(payload_bytes) if payload_bytes else None
    return DnsQuery(secrets.randbelow(0x10000), [question], flags=int(DnsFlags.RD), edns=edns)


class _Asking(ChannelHandler[Any]):
    """Waits for the response to one query; None as *answered* says that somebody guesses."""

    def __init__(self, query: DnsQuery, server: Server) -> None:
        self.wrong = 0
        self.answered: asyncio.Future[DnsResponse | None] = asyncio.get_running_loop().create_future()
        self._query = query
        self._server = server

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        if isinstance(msg, AddressedEnvelope):
            response, sender = msg.content, msg.sender[:2]
        else:
            response, sender = msg, self._server
        query = self._query
        if response.id == query.id and response.questions == query.questions and sender == self._server:
            if not self.answered.done():
                self.answered.set_result(response)
        else:
            self._count_wrong()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> None:
        if isinstance(error, CorruptedDnsMessageError) and error.message_id != self._query.id:
            self._count_wrong()
        elif not self.answered.done():
            self.answered.set_exception(error)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> None:
        if not self.answered.done():
            cause = ctx.channel.close_cause
            self.answered.set_exception(cause if cause is not None else ClosedChannelError("the name server closed the connection"))

    def forget(self) -> None:
        """Let what failed fail in silence: nobody waits any more."""
        if self.answered.done() and not self.answered.cancelled():
            self.answered.exception()

    def _count_wrong(self) -> None:
        self.wrong += 1
        if self.wrong >= _MOST_WRONG and not self.answered.done():
            self.answered.set_result(None)
