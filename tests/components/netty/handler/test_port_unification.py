"""PortUnificationHandler: one port, several protocols."""

import asyncio
import ssl
from typing import Any

import pytest
import trustme

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    FullHttpResponse,
    HttpServerCodec,
    LineBasedFrameDecoder,
    PortRule,
    PortUnificationHandler,
    ProtocolDetectedEvent,
    RecordingHandler,
    ServerBootstrap,
    SslHandler,
    StringDecoder,
)
from pyboot.components.netty.channel.close_reason import CloseReason, close_reason_of
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.handler.proxy_protocol import ProxyProtocol, ProxyProtocolHandler

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n"


class Named(RecordingHandler):
    """The handler of a protocol."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def rules(*names: str) -> list[PortRule]:
    """Rules of protocols, each with a handler that records."""
    return [PortRule.of(name, lambda name=name: [Named(name)]) for name in names]


ALL = ("tls", "proxy", "http2", "websocket", "http1", "socks")


class Unified(EmbeddedChannel):
    """A channel with such a handler, and one behind that was there before."""

    def __init__(self, *given: PortRule, config: ChannelConfig | None = None, **options: Any) -> None:
        self.recorder = RecordingHandler()
        handler = PortUnificationHandler(*(given or rules(*ALL)), PortRule.beginning("mine", b"login ", lambda: [Named("mine")]), **options)
        super().__init__(handler, self.recorder, config=config)

    def spoken(self) -> str:
        """The name of the protocol whose handler stands here."""
        found = self.pipeline().find(Named)
        return "" if found is None else self.pipeline().get(Named).name

    def heard(self) -> list[str]:
        """The events behind, in order."""
        return [each.event for each in self.recorder.events]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"),
        ("proxy", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"),
        ("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00"),
        ("websocket", UPGRADE),
        ("http1", GET),
        ("socks", b"\x05\x01\x00"),
        ("mine", b"login me\n"),
    ],
)
def test_the_first_bytes_choose_the_handlers(name: str, data: bytes) -> None:
    """At every cut; they hear that the channel is active, which protocol it is, and every byte."""
    for cut in range(len(data)):
        channel = Unified()
        assert [] == channel.heard()
        for piece in (data[:cut], data[cut:]):
            if piece:
                channel.write_inbound(piece)
        assert name == channel.spoken()
        assert ["channel_active", "user_event_triggered", "channel_read", "channel_read_complete"] == channel.heard()[:4]
        assert ProtocolDetectedEvent(name) == channel.recorder.events[1].argument
        assert channel.heard()[:3] == [each.event for each in channel.pipeline().get(Named).events[:3]]
        assert data == b"".join(bytes(each) for each in channel.inbound_messages())
        assert channel.pipeline().find(PortUnificationHandler) is None


def test_nothing_that_is_known_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """With what was seen, and what is spoken; nobody behind has heard of it."""
    channel = Unified()
    channel.write_inbound(b"SSH-2.0-x\r\n")

    assert (False, [], CloseReason.PROTOCOL_ERROR) == (channel.is_open, channel.heard(), close_reason_of(channel))
    assert "b'SSH-2.0-x\\r\\n' begins none of: tls, proxy, http2, websocket, http1, socks, mine" in caplog.text


def test_who_says_too_little_has_so_much_time() -> None:
    """Nothing at all, or a beginning of several."""
    for sent in (b"", b"P", b"GET / HTTP/1.1\r\n"):
        channel = Unified(timeout_seconds=3)
        if sent:
            channel.write_inbound(sent)
        channel.advance_time(2.9)
        assert channel.is_open
        channel.advance_time(0.2)
        assert (False, [], CloseReason.FIRST_BYTE_TIMEOUT) == (channel.is_open, channel.heard(), close_reason_of(channel))
    channel = Unified(timeout_seconds=3)
    channel.write_inbound(GET)
    channel.advance_time(60)
    assert channel.is_open


def test_so_many_bytes_are_looked_at() -> None:
    """A head that is longer may ask for a WebSocket behind them: it is plain HTTP; what then is nothing is refused."""
    long = b"GET / HTTP/1.1\r\nX: " + b"y" * 200
    channel = Unified(max_bytes=100)
    channel.write_inbound(long[:99])
    assert "" == channel.spoken()
    channel.write_inbound(long[99:])
    assert "http1" == channel.spoken()
    assert long == b"".join(bytes(each) for each in channel.inbound_messages())

    alone = Unified(*rules("websocket"), max_bytes=100)
    alone.write_inbound(long)
    assert (False, []) == (alone.is_open, alone.heard())


def test_the_end_of_the_input_decides_too() -> None:
    """What can still be told is; a client that left without a word is nobody's."""
    head = b"GET / HTTP/1.1\r\n"
    left = Unified()
    left.write_inbound(head)
    left.finish_input()
    assert ["channel_active", "user_event_triggered", "channel_read"] == left.heard()[:3]

    half = Unified()
    half.write_inbound(head)
    half.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
    assert "http1" == half.spoken()

    silent = Unified()
    silent.finish_input()
    assert [] == silent.heard()


def test_it_asks_for_more_until_it_can_tell() -> None:
    """Where nothing reads by itself."""
    config = ChannelConfig()
    config.set(ChannelOption.AUTO_READ, False)
    channel = Unified(config=config)
    for data, reads in (b"P", 2), (b"OST", 3), (b" /", 3):
        channel.write_inbound(data)
        assert reads == channel.reads


def test_taken_out_it_hands_over_what_it_has() -> None:
    """As every decoder does."""
    channel = Unified()
    channel.write_inbound(b"P")
    channel.pipeline().remove(PortUnificationHandler)
    assert [b"P"] == [bytes(each) for each in channel.inbound_messages()]


def test_behind_a_trusted_proxy_it_looks_again() -> None:
    """The header of a proxy, then TLS or not: each handler stands where the one before has left."""
    proxies = ProxyProtocol(["10.0.0.0/8"])
    inner = rules("http1")
    channel = EmbeddedChannel(active=False)
    channel.use_remote_address(("10.0.0.1", 1))
    outer = PortRule.of("proxy", lambda: [ProxyProtocolHandler(proxies), PortUnificationHandler(*inner)])
    channel.pipeline().add_last(PortUnificationHandler(outer, *rules("socks")), recorder := RecordingHandler())
    channel.activate()
    channel.run_pending_tasks()
    channel.write_inbound(b"PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n" + GET[:3])
    assert [] == [each for each in recorder.events if each.event == "channel_active"]
    channel.write_inbound(GET[3:])

    assert "http1" == channel.pipeline().get(Named).name
    assert ("203.0.113.7", 1) == channel.remote_address()
    assert "channel_active" in [each.event for each in recorder.events]


def test_rules_that_cannot_be_are_refused() -> None:
    """None, two of one name, a protocol that is not known, limits below nothing."""
    http = PortRule.of("http1", list)
    for given, options in ((), {}), ((http, http), {}), ((http,), {"max_bytes": 0}), ((http,), {"timeout_seconds": -1}):
        with pytest.raises(ValueError, match=r"."):
            PortUnificationHandler(*given, **options)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="gopher"):
        PortRule.of("gopher", list)


class Site(ChannelHandler[Any]):
    """Answers with what carries it."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """A response, or a line."""
        if hasattr(msg, "uri"):
            ctx.write_and_flush(FullHttpResponse(200, b"secure" if ctx.pipeline.find(SslHandler) else b"plain", {"connection": "close"}))
        elif isinstance(msg, str):
            ctx.write_and_flush(f"hello {msg}\n".encode())


async def test_one_port_over_sockets() -> None:
    """Plain HTTP, HTTP over TLS, and lines."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    http = PortRule.of("http1", lambda: [HttpServerCodec()])
    tls = PortRule.of("tls", lambda: [SslHandler(context, server_side=True), PortUnificationHandler(http)])
    lines = PortRule.beginning("lines", (b"login ",), lambda: [LineBasedFrameDecoder(100), StringDecoder()])
    bootstrap = ServerBootstrap().child_handler(
        lambda channel: channel.pipeline().add_last(PortUnificationHandler(tls, http, lines), Site())
    )
    server = await bootstrap.bind("127.0.0.1", 0)
    host, port = server.local_address()
    try:
        for request, options, answer in (
            (GET, {}, b"plain"),
            (GET, {"ssl": trusting, "server_hostname": "localhost"}, b"secure"),
            (b"login me\n", {}, b"hello login me\n"),
        ):
            reader, writer = await asyncio.open_connection(host, port, **options)  # type: ignore[arg-type]  # of one of them
            writer.write(request)
            if request is not GET:
                writer.write_eof()
            assert (await asyncio.wait_for(reader.read(), 20)).endswith(answer)
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    finally:
        await bootstrap.shutdown_gracefully()
