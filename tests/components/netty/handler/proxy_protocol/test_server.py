"""ProxyProtocolHandler: in memory, then over sockets with limits per address, TLS and loops of their own."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme

from pyboot.components.netty import (
    Channel,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EventLoopGroup,
    ListRemoteAddressFilter,
    RecordingHandler,
    ServerBootstrap,
    UniqueIpFilter,
)
from pyboot.components.netty.channel.close_reason import CloseReason, close_reason_of
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.handler.proxy_protocol.server import PROXY_HEADER, ProxyProtocol, ProxyProtocolHandler

SIGNATURE = b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"
OF_CLIENT = SIGNATURE + b"\x21\x11\x00\x0c" + b"\xcb\x00\x71\x07\x0a\x00\x00\x01\xdc\x04\x01\xbb"  # 203.0.113.7:56324
CHECK = SIGNATURE + b"\x20\x00\x00\x00"
CLIENT = ("203.0.113.7", 56324)
PROXY = ("10.0.0.1", 4000)
RULES = ProxyProtocol(["10.0.0.0/8"])
PATIENCE = 20


class From(EmbeddedChannel):
    """A channel whose peer has an address, with a handler of the protocol and one that records what those behind hear."""

    def __init__(self, address: Any, rules: ProxyProtocol = RULES, *more: ChannelHandler[Any], config: ChannelConfig | None = None) -> None:
        self.recorder = RecordingHandler()
        super().__init__(config=config, active=False)
        self.use_remote_address(address)
        for handler in (ProxyProtocolHandler(rules), *more, self.recorder):
            self.pipeline().add_last(handler)
        self.activate()
        self.run_pending_tasks()

    def heard(self) -> list[str]:
        """The events, in order."""
        return [each.event for each in self.recorder.events]

    def came(self) -> bytes:
        """The bytes."""
        return b"".join(bytes(message) for message in self.inbound_messages())


def reason(channel: Channel) -> CloseReason:
    """Why it has ended."""
    return close_reason_of(channel)


def test_nobody_hears_of_a_proxy_before_its_client_is_known() -> None:
    """Then the channel is the client's, and what came behind the header is its first bytes."""
    channel = From(PROXY)
    channel.write_inbound(OF_CLIENT[:20])
    assert [] == channel.heard()

    channel.write_inbound(OF_CLIENT[20:] + b"hello")

    assert ["channel_active", "user_event_triggered", "channel_read", "channel_read_complete"] == channel.heard()[:4]
    assert (CLIENT, b"hello") == (channel.remote_address(), channel.came())
    header = channel.attr(PROXY_HEADER).get()
    assert header is not None
    assert ("10.0.0.1", 443) == header.destination
    assert channel.pipeline().find(ProxyProtocolHandler) is None


def test_the_client_speaks_at_every_cut() -> None:
    """Header and first bytes in two reads, or byte by byte."""
    stream = OF_CLIENT + b"hello"
    for cut in range(1, len(stream)):
        channel = From(PROXY)
        channel.write_inbound(stream[:cut])
        channel.write_inbound(stream[cut:])
        assert (CLIENT, b"hello") == (channel.remote_address(), channel.came())
    channel = From(PROXY)
    for byte in stream:
        channel.write_inbound(bytes((byte,)))
    assert (CLIENT, b"hello") == (channel.remote_address(), channel.came())


@pytest.mark.parametrize(
    "header", [CHECK, SIGNATURE + b"\x21\x00\x00\x00", b"PROXY UNKNOWN\r\n", SIGNATURE + b"\x21\x31\x00\xd8" + bytes(216)]
)
def test_a_proxy_that_names_nobody_is_itself(header: bytes) -> None:
    """Its own health checks (LOCAL), and clients of which it knows nothing."""
    channel = From(PROXY)
    channel.write_inbound(header + b"hello")

    assert (PROXY, b"hello") == (channel.remote_address(), channel.came())
    assert "channel_active" == channel.heard()[0]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"PROXY TCP4 1.2.3.4\r\n", SIGNATURE + b"\x21\x11\xff\xff"])
def test_a_proxy_without_a_header_is_refused(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """It never was there for handlers behind; the log says why, and the reason is counted."""
    channel = From(PROXY)
    with caplog.at_level(logging.WARNING):
        channel.write_inbound(data)

    assert (False, [], CloseReason.PROXY_PROTOCOL) == (channel.is_open, channel.heard(), reason(channel))
    assert "proxy-protocol: " in caplog.text


def test_a_header_that_does_not_come_in_time() -> None:
    """Nothing at all, or not the whole of it."""
    for sent in (b"", OF_CLIENT[:27]):
        channel = From(PROXY)
        if sent:
            channel.write_inbound(sent)
        channel.advance_time(4.9)
        assert channel.is_open
        channel.advance_time(0.2)
        assert (False, [], CloseReason.PROXY_PROTOCOL_TIMEOUT) == (channel.is_open, channel.heard(), reason(channel))


def test_a_client_that_is_there_has_any_time() -> None:
    """The time is the header's."""
    channel = From(PROXY)
    channel.write_inbound(OF_CLIENT)
    channel.advance_time(60)

    assert channel.is_open
    assert RULES.timeout_seconds == 5


@pytest.mark.parametrize("header", [OF_CLIENT, b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n", CHECK])
def test_a_header_of_a_stranger_is_refused(header: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """However it is cut; its address stays what it is."""
    for pieces in ([header], [header[:1], header[1:]], [bytes((each,)) for each in header]):
        channel = From(("192.0.2.1", 1))
        with caplog.at_level(logging.WARNING):
            for piece in pieces:
                if channel.is_open:
                    channel.write_inbound(piece)

        assert (False, b"", CloseReason.UNTRUSTED_PROXY) == (channel.is_open, channel.came(), reason(channel))
        assert ("192.0.2.1", 1) == channel.remote_address()
        assert "a peer that is not trusted; if it is a proxy, name it" in caplog.text


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"PROXY-LIKE", b"\r\nhelp"])
def test_a_stranger_that_speaks_is_itself(data: bytes) -> None:
    """Active at once, so that a server may speak first; its bytes in order, at every cut."""
    for cut in range(len(data)):
        channel = From(("192.0.2.1", 1))
        assert ["channel_active"] == channel.heard()
        for piece in (data[:cut], data[cut:]):
            if piece:
                channel.write_inbound(piece)
        assert data == channel.came()
        assert channel.pipeline().find(ProxyProtocolHandler) is None


def test_a_stranger_that_says_too_little_is_believed_after_a_while() -> None:
    """Or when it leaves: its bytes are kept no longer than a header may take."""
    for end in ("time", "left", "ended"):
        channel = From(("192.0.2.1", 1))
        channel.write_inbound(b"P")
        assert b"" == channel.came()
        if end == "time":
            channel.advance_time(5.1)
        elif end == "left":
            channel.finish_input()
        else:
            channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
        assert b"P" == channel.came()


def test_strangers_may_be_refused_altogether() -> None:
    """Where all have to come by a proxy."""
    rules = ProxyProtocol(["10.0.0.0/8"], required=True)
    channel = From(("192.0.2.1", 1), rules)

    assert (False, [], CloseReason.UNTRUSTED_PROXY) == (channel.is_open, channel.heard(), reason(channel))
    assert From(PROXY, rules).is_open


def test_who_only_looks_whether_somebody_listens_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """A proxy that connects and leaves; one that leaves in the middle of its header is told."""
    with caplog.at_level(logging.INFO):
        looking = From(PROXY)
        looking.finish_input()
        assert ([], "") == (looking.heard(), caplog.text)

        cut = From(PROXY)
        cut.write_inbound(OF_CLIENT[:5])
        cut.finish_input()
        assert [] == cut.heard()
        assert "the peer left with 5 bytes of a PROXY header" in caplog.text


def test_a_peer_that_left_before_its_address_was_known_is_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """A proxy's health check that was faster than we are: it is no stranger with a header, and no client."""
    for rules in (RULES, ProxyProtocol(["10.0.0.0/8"], required=True)):
        channel = From(None, rules)
        assert (False, [], "") == (channel.is_open, channel.heard(), caplog.text)
    assert From(None, ProxyProtocol(["unix"])).is_open  # whose sockets may have no name


def test_a_header_is_asked_for_where_nothing_reads_by_itself() -> None:
    """Without auto_read: until it is whole, and no further."""
    config = ChannelConfig()
    config.set(ChannelOption.AUTO_READ, False)
    channel = From(PROXY, RULES, config=config)
    assert 1 == channel.reads
    channel.write_inbound(OF_CLIENT[:5])
    assert 2 == channel.reads
    channel.write_inbound(OF_CLIENT[5:])
    assert (2, CLIENT) == (channel.reads, channel.remote_address())


def test_filters_judge_the_client() -> None:
    """By its address: the proxy's own would let everybody in, or nobody."""
    for black, is_open in (["203.0.113.0/24"], False), (["10.0.0.0/8"], True):
        channel = From(PROXY, RULES, ListRemoteAddressFilter(black_ips=black))
        channel.write_inbound(OF_CLIENT + b"hello")
        assert channel.is_open is is_open
        assert (b"hello" if is_open else b"") == channel.came()

    unique = UniqueIpFilter()
    first, second = From(PROXY, RULES, unique), From(PROXY, RULES, unique)
    for channel in (first, second):
        channel.write_inbound(OF_CLIENT)
    assert (True, False) == (first.is_open, second.is_open)


def test_a_handler_that_is_taken_out_hands_over_what_it_has() -> None:
    """As every decoder does."""
    channel = From(PROXY)
    channel.write_inbound(OF_CLIENT[:5])
    channel.pipeline().remove(ProxyProtocolHandler)

    assert OF_CLIENT[:5] == channel.came()


def test_rules_that_cannot_be_are_refused() -> None:
    """Before the first connection."""
    for wrong in ({"trusted": []}, {"trusted": ["10.0.0.1"], "timeout_seconds": -1}, {"trusted": ["10.0.0.1"], "max_header_bytes": 3}):
        with pytest.raises(ValueError, match=r"."):
            ProxyProtocol(**wrong)  # type: ignore[arg-type]  # on purpose


# Over sockets.


class Teller(ChannelHandler[Any]):
    """Tells each client who it is, as soon as it is there, and echoes."""

    sharable = True

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """A line."""
        ctx.write_and_flush(f"{ctx.channel.remote_address()}\n".encode())

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """The same bytes."""
        ctx.write_and_flush(msg)


@contextlib.asynccontextmanager
async def serving(bootstrap: ServerBootstrap, trusted: str = "127.0.0.0/8") -> AsyncIterator[Any]:
    """A server of tellers behind proxies that are *trusted*."""
    bootstrap.child_handler(lambda channel: channel.pipeline().add_last(Teller())).proxy_protocol([trusted])
    server = await bootstrap.bind("127.0.0.1", 0)
    try:
        yield server
    finally:
        await bootstrap.shutdown_gracefully()


async def line_of(server: Any, first: bytes, context: ssl.SSLContext | None = None) -> tuple[bytes, asyncio.StreamWriter]:
    """What a peer that sends *first* reads; nothing where it is cut off."""
    reader, writer = await asyncio.open_connection(*server.local_address()[:2])
    writer.write(first)
    try:
        async with asyncio.timeout(PATIENCE):
            if context is not None:
                await writer.start_tls(context, server_hostname="localhost")
            return await reader.readline(), writer
    except ConnectionError:
        return b"", writer


async def ended(*writers: asyncio.StreamWriter) -> None:
    """Close them."""
    for writer in writers:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_over_a_socket() -> None:
    """Of a trusted peer and of one that is not."""
    async with serving(ServerBootstrap()) as server:
        told, writer = await line_of(server, OF_CLIENT)
        assert b"('203.0.113.7', 56324)\n" == told
        await ended(writer)
    async with serving(ServerBootstrap(), "192.0.2.1") as server:
        told, writer = await line_of(server, b"")
        assert told.startswith(b"('127.0.0.1', ")
        reader, other = await asyncio.open_connection(*server.local_address()[:2])
        other.write(OF_CLIENT)
        with contextlib.suppress(ConnectionError):
            assert (await asyncio.wait_for(reader.read(), PATIENCE)).count(b"\n") <= 1  # what it is greeted with
        assert {"untrusted-proxy": 1} == server.peer_faults()
        await ended(writer, other)


async def test_tls_begins_behind_the_header() -> None:
    """In the same bytes even."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    async with serving(ServerBootstrap(ssl=context)) as server:
        told, writer = await line_of(server, OF_CLIENT, trusting)
        assert b"('203.0.113.7', 56324)\n" == told
        await ended(writer)


def header_of(host: int, port: int = 1) -> bytes:
    """The header of the client 203.0.113.*host*."""
    return SIGNATURE + b"\x21\x11\x00\x0c" + bytes((203, 0, 113, host)) + b"\x0a\x00\x00\x01" + port.to_bytes(2) + b"\x01\xbb"


@pytest.mark.parametrize("threads", [0, 1])
async def test_limits_of_an_address_are_the_clients(threads: int) -> None:
    """Two of one client, however many come by the proxy; on the loop that accepts, and on loops of their own."""
    group = EventLoopGroup(threads) if threads else None
    bootstrap = ServerBootstrap().option(ChannelOption.MAX_CONNECTIONS_PER_ADDRESS, 2)
    if group is not None:
        bootstrap.group(asyncio.get_running_loop(), group)
    try:
        async with serving(bootstrap) as server:
            lines, writers = [], []
            for host in (1, 1, 1, 2, 2):
                told, writer = await line_of(server, header_of(host))
                lines.append(told)
                writers.append(writer)
            one, two = b"('203.0.113.1', 1)\n", b"('203.0.113.2', 1)\n"
            assert [one, one, b"", two, two] == lines
            assert {"max-connections-per-address": 1} == server.refused

            await ended(*writers[:3])
            told = b""
            async with asyncio.timeout(PATIENCE):
                while not told:  # until the end of those two has come to the loop that counts
                    told, writer = await line_of(server, header_of(1))
                    if not told:
                        await ended(writer)
            assert one == told
            await ended(writer, *writers[3:])
    finally:
        if group is not None:
            await group.shutdown_gracefully()


async def test_proxies_over_unix_sockets(tmp_path: Any) -> None:
    """Whoever may open the path is trusted, where that is said."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Teller())).proxy_protocol(["unix"])
    await bootstrap.bind(str(tmp_path / "s"))
    try:
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(OF_CLIENT)
        assert b"('203.0.113.7', 56324)\n" == await asyncio.wait_for(reader.readline(), PATIENCE)
        await ended(writer)
    finally:
        await bootstrap.shutdown_gracefully()
