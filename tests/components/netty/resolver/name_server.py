"""A name server for tests, which answers what a test says, lies included; its messages are dnspython's."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from pyboot.components.netty.resolver import DnsNameResolver, ResolvConf

type Answer = Iterable[bytes | dns.message.Message]
type Answerer = Callable[["Asked"], Answer]


@dataclass(slots=True)
class Asked:
    """One query: the message, who asked, and whether it came over TCP."""

    query: dns.message.QueryMessage
    sender: Any
    is_tcp: bool

    @property
    def name(self) -> str:
        """The name, in lower case."""
        return str(self.query.question[0].name).lower()

    @property
    def type(self) -> str:
        """The type, as A."""
        return dns.rdatatype.to_text(self.query.question[0].rdtype)

    def respond(self, *records: str, code: str = "NOERROR", authority: str = "", flags: int = 0) -> dns.message.Message:
        """A response with *records* as zone files have them: ``a.test. 60 IN A 192.0.2.1``."""
        response = dns.message.make_response(self.query)
        response.set_rcode(dns.rcode.from_text(code))
        response.flags |= flags
        response.answer = [rrset(record) for record in records]
        response.authority = [rrset(authority)] if authority else []
        return response


def rrset(record: str) -> dns.rrset.RRset:
    """One record as a set of its own."""
    name, ttl, cls, kind, data = record.split(maxsplit=4)
    return dns.rrset.from_text(name, int(ttl), cls, kind, data)


@dataclass(slots=True)
class NameServer(asyncio.DatagramProtocol):
    """Answers as *answer* says, and remembers who asked."""

    answer: Answerer
    asked: list[Asked] = field(default_factory=list)
    address: tuple[str, int] = ("", 0)
    transport: Any = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed: from here on the network says that nobody is there."""
        self.gone.set()

    def connection_made(self, transport: Any) -> None:
        """Keep what answers go out by."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Answer a datagram, in none or several."""
        for each in self.answers(data, addr, is_tcp=False):
            self.transport.sendto(each, addr)

    def answers(self, data: bytes, sender: Any, *, is_tcp: bool) -> list[bytes]:
        """The answers as bytes."""
        asked = Asked(dns.message.from_wire(data), sender, is_tcp)
        self.asked.append(asked)
        return [each if isinstance(each, bytes) else each.to_wire(max_size=65535) for each in self.answer(asked)]

    async def serve_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over TCP."""
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                for each in self.answers(await reader.readexactly(size), writer.get_extra_info("peername"), is_tcp=True):
                    writer.write(len(each).to_bytes(2, "big") + each)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def names(self) -> list[tuple[str, str]]:
        """What was asked for, in order."""
        return [(asked.name, asked.type) for asked in self.asked]


@asynccontextmanager
async def name_server(answer: Answerer) -> AsyncIterator[NameServer]:
    """Run a name server on one port of UDP and TCP."""
    loop = asyncio.get_running_loop()
    server = NameServer(answer)
    while True:
        transport, _ = await loop.create_datagram_endpoint(lambda: server, ("127.0.0.1", 0))
        server.address = transport.get_extra_info("sockname")
        try:
            stream = await asyncio.start_server(server.serve_stream, *server.address)
            break
        except OSError:  # the port of TCP is somebody else's
            transport.close()
            await server.gone.wait()
            server.gone.clear()
    try:
        yield server
    finally:
        transport.close()
        await server.gone.wait()
        stream.close()
        stream.close_clients()
        await stream.wait_closed()


def resolver_of(*servers: NameServer, timeout_seconds: float = 5.0, attempts: int = 1, **options: Any) -> DnsNameResolver:
    """A resolver that asks *servers* and no file."""
    config = options.pop("config", None) or ResolvConf(timeout_seconds=timeout_seconds, attempts=attempts)
    return DnsNameResolver([server.address for server in servers], config=config, hosts=None, **{"families": "ipv4-only"} | options)
