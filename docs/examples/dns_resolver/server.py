"""A name server: it knows a zone, asks others for the rest, and answers over UDP and TCP. ``server.py [port [upstream [its-port]]]``."""

import asyncio
import sys
from typing import Any

from pyboot.components.netty import AddressedEnvelope, Bootstrap, ChannelHandler, ChannelHandlerContext, ServerBootstrap
from pyboot.components.netty.codec.dns import (
    CorruptedDnsMessageError,
    DatagramDnsQueryDecoder,
    DatagramDnsResponseEncoder,
    DnsOpCode,
    DnsQuery,
    DnsRecord,
    DnsRecordType,
    DnsResponse,
    DnsResponseCode,
    TcpDnsQueryDecoder,
    TcpDnsResponseEncoder,
)
from pyboot.components.netty.resolver import DnsNameResolver, ResolverError

ORIGIN = "example.test."
RECORDS = [
    DnsRecord.of_address("www.example.test", "192.0.2.1", ttl=60),
    DnsRecord.of_address("www.example.test", "2001:db8::1", ttl=60),
    DnsRecord.of_target("shop.example.test", DnsRecordType.CNAME, "www.example.test", 60),
    DnsRecord.of_target("example.test", DnsRecordType.MX, "mail.example.test", 60, 10),
    DnsRecord.of_text("example.test", "v=spf1 -all", ttl=60),
    *(DnsRecord.of_address("many.example.test", f"192.0.2.{number}", ttl=60) for number in range(1, 201)),
]
MOST_FORWARDED = 1000  # questions that wait for others; more are refused


class Answering(ChannelHandler[DnsQuery | AddressedEnvelope[DnsQuery]]):
    """Answers queries, those of a stream and those in envelopes."""

    sharable = True

    def __init__(self, upstream: DnsNameResolver) -> None:
        self.upstream = upstream
        self.zone: dict[tuple[str, int], list[DnsRecord]] = {}
        for record in RECORDS:
            self.zone.setdefault((record.name, record.type), []).append(record)
        self.names = {record.name for record in RECORDS}
        self.forwarded: set[asyncio.Task[None]] = set()

    def channel_read(self, ctx: ChannelHandlerContext, msg: DnsQuery | AddressedEnvelope[DnsQuery]) -> None:
        """Answer at once what is known here, and the rest when somebody else has."""
        query, sender = (msg.content, msg.sender) if isinstance(msg, AddressedEnvelope) else (msg, None)
        if query.op_code != DnsOpCode.QUERY:
            send(ctx, query.respond(DnsResponseCode.NOTIMP), sender)
        elif len(query.questions) != 1:
            send(ctx, query.respond(DnsResponseCode.FORMERR), sender)
        elif query.edns is not None and query.edns.version:
            send(ctx, query.respond(DnsResponseCode.BADVERS), sender)
        elif f".{query.questions[0].name.lower()}".endswith(f".{ORIGIN}"):
            send(ctx, self.known(query), sender)
        elif len(self.forwarded) >= MOST_FORWARDED or not query.recursion_desired:
            send(ctx, query.respond(DnsResponseCode.REFUSED), sender)
        else:
            task = asyncio.get_running_loop().create_task(self.forward(ctx, query, sender))
            self.forwarded.add(task)
            task.add_done_callback(self.forwarded.discard)

    def known(self, query: DnsQuery) -> DnsResponse:
        """Return what the zone says."""
        question = query.questions[0]
        name = question.name.lower()
        response = query.respond(authoritative=True)
        while alias := self.zone.get((name, DnsRecordType.CNAME)):
            response.answers += alias
            name = alias[0].target
        response.answers += self.zone.get((name, question.type), ())
        if name not in self.names:
            response.code = DnsResponseCode.NXDOMAIN
        return response

    async def forward(self, ctx: ChannelHandlerContext, query: DnsQuery, sender: Any) -> None:
        """Ask somebody else, and hand on what he says."""
        response = query.respond(recursion_available=True)
        try:
            found = await self.upstream.query(query.questions[0])
        except ResolverError as error:
            print("not answered:", error, flush=True)
            response.code = DnsResponseCode.SERVFAIL
        else:
            response.code = found.code
            response.answers, response.authorities = found.answers, found.authorities
        send(ctx, response, sender)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Tell who sent it that it was no query; never answer an answer."""
        if isinstance(error, CorruptedDnsMessageError) and error.message_id is not None and not error.is_response:
            send(ctx, DnsResponse(error.message_id, code=DnsResponseCode.FORMERR), error.sender)
        elif not isinstance(error, CorruptedDnsMessageError) or error.sender is None:
            ctx.fire_exception_caught(error)


def send(ctx: ChannelHandlerContext, response: DnsResponse, sender: Any) -> None:
    """Write *response* as its query came: bare, or in an envelope to *sender*."""
    ctx.write_and_flush(response if sender is None else AddressedEnvelope(response, sender))


async def main(port: int, *upstream: str) -> None:
    """Serve until interrupted."""
    server = [(upstream[0], int(upstream[1]) if len(upstream) > 1 else 53)] if upstream else None
    answering = Answering(DnsNameResolver(server))

    def stream(channel: Any) -> None:
        for handler in (TcpDnsQueryDecoder(), TcpDnsResponseEncoder(), answering):
            channel.pipeline().add_last(handler)

    def datagrams(channel: Any) -> None:
        for handler in (DatagramDnsQueryDecoder(), DatagramDnsResponseEncoder(), answering):
            channel.pipeline().add_last(handler)

    listening = await ServerBootstrap().child_handler(stream).bind("127.0.0.1", port)
    await Bootstrap().handler(datagrams).bind("127.0.0.1", listening.local_address()[1])
    print("listening on {}:{}".format(*listening.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5300, *sys.argv[2:]))
