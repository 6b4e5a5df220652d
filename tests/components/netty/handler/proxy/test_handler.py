"""ProxyHandler: when a connection is one to the target, and what becomes of a failure; in memory, then over sockets."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, RecordingHandler
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import NotYetConnectedError
from pyboot.components.netty.handler.proxy.errors import ProxyConnectError, ProxyConnectTimeoutError
from pyboot.components.netty.handler.proxy.handler import ProxyConnectionEvent, ProxyHandler
from pyboot.components.netty.handler.proxy.socks5 import Socks5ProxyHandler

PROXY = ("proxy", 1080)
TARGET = ("example.com", 443)
YES = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
PATIENCE = 20


class Connecting(EmbeddedChannel):
    """A channel that connects when it is told to."""

    def __init__(self, handler: ProxyHandler) -> None:
        self.recorder = RecordingHandler()
        self.asked: list[tuple[Any, ChannelPromise]] = []
        super().__init__(active=False)
        self.pipeline().add_last(handler, self.recorder)
        self.promise = self.pipeline().connect(TARGET)
        self.run_pending_tasks()

    def do_connect(self, address: object, promise: ChannelPromise) -> None:
        self.asked.append((address, promise))

    def reach(self) -> None:
        """The proxy is there."""
        self.asked[0][1].set_success(self)
        self.activate()
        self.run_pending_tasks()

    def heard(self) -> list[str]:
        """The events, in order."""
        return [each.event for each in self.recorder.events]


def socks() -> Socks5ProxyHandler:
    """The handler that these tests have."""
    return Socks5ProxyHandler(PROXY, connect_timeout_seconds=3)


def test_the_target_is_there_when_the_proxy_says_so() -> None:
    """The promise first, then `channel_active`, then what the target has said."""
    channel = Connecting(socks())
    assert PROXY == channel.asked[0][0]
    channel.reach()
    assert (b"\x05\x01\x00", False, []) == (channel.outbound_bytes(), channel.promise.is_done, channel.heard())

    seen: list[object] = []
    channel.promise.add_listener(lambda promise: seen.append((promise.is_success, channel.heard())))
    channel.write_inbound(b"\x05\x00")
    assert b"\x05\x01\x00\x03\x0bexample.com\x01\xbb" == channel.outbound_bytes()
    channel.write_inbound(YES + b"hello")

    assert [(True, [])] == seen
    assert ["channel_active", "user_event_triggered", "channel_read", "channel_read_complete"] == channel.heard()[:4]
    assert b"hello" == bytes(channel.read_inbound())
    assert ProxyConnectionEvent("SOCKS 5", "proxy:1080", "example.com:443") == channel.recorder.events[1].argument
    assert channel.pipeline().find(ProxyHandler) is None


def failed(channel: Connecting) -> ProxyConnectError:
    """The error of the attempt, of which nobody behind has heard."""
    assert ([], False) == (channel.heard(), channel.is_open)
    error = channel.promise.error
    assert isinstance(error, ProxyConnectError)
    assert ("proxy:1080", "example.com:443") == (error.proxy, error.destination)
    return error


def test_a_proxy_that_is_not_there() -> None:
    """The cause is the system's."""
    channel = Connecting(socks())
    cause = ConnectionRefusedError(111, "refused")
    channel.asked[0][1].set_failure(cause)

    error = failed(channel)
    assert error.__cause__ is cause
    assert "the proxy was not reached" in str(error)


def test_a_proxy_that_refuses_says_why() -> None:
    """As a word and a number."""
    channel = Connecting(socks())
    channel.reach()
    channel.write_inbound(b"\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")

    error = failed(channel)
    assert (5, "it answered 5 CONNECTION_REFUSED") == (error.status, error.reason)


def test_a_proxy_that_does_not_answer() -> None:
    """Or not to the end; it has one time for all its answers."""
    channel = Connecting(socks())
    channel.reach()
    channel.advance_time(2)
    channel.write_inbound(b"\x05\x00")
    channel.advance_time(0.9)
    assert channel.is_open
    channel.advance_time(0.2)

    assert isinstance(failed(channel), ProxyConnectTimeoutError)


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n", b"\x05\x02", b"\x05\xff", b"\x05\x00\x05\x09"])
def test_a_proxy_that_speaks_something_else(said: bytes) -> None:
    """Bytes that are no answer, and answers that were not asked for."""
    channel = Connecting(socks())
    channel.reach()
    channel.write_inbound(said)

    assert failed(channel).status is None


def test_a_proxy_that_leaves() -> None:
    """In the middle of its answers."""
    channel = Connecting(socks())
    channel.reach()
    channel.finish_input()

    assert "it has closed the connection" == failed(channel).reason


def test_nothing_is_written_before_the_target_is_there() -> None:
    """The proxy would read it."""
    channel = Connecting(socks())
    with pytest.raises(NotYetConnectedError, match="has no target yet"):
        channel.write_outbound(b"hello")
    channel.reach()
    channel.outbound_bytes()
    with pytest.raises(NotYetConnectedError):
        channel.write_outbound(b"hello")
    channel.write_inbound(b"\x05\x00" + YES)
    channel.outbound_bytes()
    channel.write_outbound(b"hello")
    assert b"hello" == channel.outbound_bytes()


def test_an_attempt_that_was_given_up_leaves_nothing() -> None:
    """Its promise was cancelled meanwhile."""
    channel = Connecting(socks())
    channel.reach()
    channel.promise.cancel()
    channel.write_inbound(b"\x05\x00" + YES)

    assert ([], False) == (channel.heard(), channel.is_open)


def test_a_destination_that_cannot_be_asked_for() -> None:
    """A path, and a name that is none."""
    channel = EmbeddedChannel(socks(), active=False)
    assert "hosts and ports, not to paths" in str(channel.pipeline().connect("/run/a").error)
    other = EmbeddedChannel(socks(), active=False)
    assert isinstance(other, EmbeddedChannel)
    with pytest.raises(ValueError, match="allowed is 0"):
        Socks5ProxyHandler(PROXY, connect_timeout_seconds=-1)


# Over sockets.


class Keeper(ChannelHandler[Any]):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Whole reads."""
        self.came.put_nowait(bytes(msg))


async def test_a_bootstrap_gives_the_channel_when_the_target_is_there() -> None:
    """And raises what the proxy answered; names go to the proxy as they are."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        request = await reader.readexactly(7 + len("no.such.host"))
        asked.append(request)
        writer.write(YES + b"hello" if len(asked) == 1 else b"\x05\x04" + YES[2:])
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    url = f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    keeper = Keeper()
    bootstrap = Bootstrap().handler(lambda channel: channel.pipeline().add_last(keeper)).proxy(url)
    try:
        channel = await asyncio.wait_for(bootstrap.connect("no.such.host", 80), PATIENCE)
        assert channel.is_active
        assert b"hello" == await asyncio.wait_for(keeper.came.get(), PATIENCE)
        await channel.close()
        keeper = Keeper()
        with pytest.raises(ProxyConnectError, match="4 HOST_UNREACHABLE"):
            await asyncio.wait_for(bootstrap.connect("no.such.host", 80), PATIENCE)
        assert [b"\x05\x01\x00\x03\x0cno.such.host\x00\x50"] * 2 == asked
        with pytest.raises(ProxyConnectError, match="the proxy was not reached"):
            await Bootstrap().handler(lambda _: None).proxy("socks5://127.0.0.1:1").connect("no.such.host", 80)
    finally:
        server.close()
        await server.wait_closed()
