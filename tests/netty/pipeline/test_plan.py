"""What a connection's pipeline is filled with."""

import asyncio
from typing import Any

import pytest

from pyboot.boot import ScopeStore
from pyboot.components.netty import ChannelHandler, EmbeddedChannel, Http2MultiplexHandler
from pyboot.netty.pipeline.plan import PipelinePlan
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import Step


class First(ChannelHandler[Any]):
    """A handler."""


class Second(ChannelHandler[Any]):
    """Another one."""


async def awaited(store: ScopeStore) -> ChannelHandler[Any]:
    """Make a handler that has to be awaited."""
    return Second()


async def test_handlers_are_made_in_the_order_of_the_steps() -> None:
    """Awaited or not."""
    plain = PipelinePlan("the server 'echo'", [Step("one", lambda _: (First(),)), Step("two", lambda _: (Second(), First()))])
    waiting = PipelinePlan("the client 'up'", [*plain.steps, Step("three", lambda _: (), awaited)])
    channel = EmbeddedChannel()

    plain.assemble(channel, ScopeStore())

    assert [First, Second, First] == [type(ctx.handler) for ctx in channel.pipeline().contexts()]
    assert [First, Second, First, Second] == [type(handler) for handler in await waiting.amake(ScopeStore())]
    assert (False, True) == (plain.is_awaited, waiting.is_awaited)
    assert "one -> two" == str(plain)


def speaking_http2(*, h2c: bool = False) -> PipelinePlan:
    """A server that speaks HTTP/2 too: one handler in front, one behind."""
    codec = CodecRegistry().codec("http-server", {"http2": {"enabled": True, "h2c": h2c, "max-concurrent-streams": 7}})
    return PipelinePlan(
        "the server 'web'",
        [Step("one", lambda _: (First(),)), Step("http", lambda _: codec.handlers()), Step("two", lambda _: (Second(),))],
    )


def test_a_client_chooses_what_stands_behind_it() -> None:
    """Of HTTP/1.1 on the connection itself."""
    channel = EmbeddedChannel()
    speaking_http2().assemble(channel, ScopeStore())
    assert ["First#0", "Http2OrHttpHandler#0"] == channel.pipeline().names()

    channel.write_inbound(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert ["First#0", "HttpServerCodec#0", "HttpServerDeadlines#0", "Second#0"] == channel.pipeline().names()
    assert "/" == channel.read_inbound().uri


def test_each_stream_of_http_2_gets_the_handlers_behind() -> None:
    """What stands in front is the connection's, once; the limits of the settings hold."""
    channel = EmbeddedChannel()
    speaking_http2().assemble(channel, ScopeStore())
    channel.write_inbound(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
    channel.write_inbound(b"\x00\x00\x06\x01\x04\x00\x00\x00\x01\x82\x84\x86\x41\x01a")

    assert ["First#0", "Http2FrameCodec#0", "Http2MultiplexHandler#0", "Http2ServerDeadlines#0"] == channel.pipeline().names()
    (stream,) = channel.pipeline().get("Http2MultiplexHandler#0")._children.values()
    assert ["Http2StreamFrameToHttpObjectCodec#0", "Second#0"] == stream.pipeline().names()
    assert b"\x00\x03\x00\x00\x00\x07" in channel.outbound_bytes()


UPGRADE = b"GET /u HTTP/1.1\r\nHost: a\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"


def test_a_request_changes_to_http_2_only_where_that_is_set() -> None:
    """The request is stream 1, with the handlers and the limits that any stream has."""
    channel = EmbeddedChannel()
    speaking_http2().assemble(channel, ScopeStore())
    channel.write_inbound(UPGRADE)
    assert "/u" == channel.read_inbound().uri

    channel = EmbeddedChannel()
    speaking_http2(h2c=True).assemble(channel, ScopeStore())
    channel.write_inbound(UPGRADE)
    assert ["First#0", "Http2FrameCodec#0", "Http2MultiplexHandler#0", "Http2ServerDeadlines#0"] == channel.pipeline().names()
    (stream,) = channel.pipeline().get("Http2MultiplexHandler#0")._children.values()
    assert ["Http2StreamFrameToHttpObjectCodec#0", "Second#0"] == stream.pipeline().names()
    said = channel.outbound_bytes()
    assert said.startswith(b"HTTP/1.1 101 ")
    assert b"\x00\x03\x00\x00\x00\x07" in said

    channel = EmbeddedChannel()
    speaking_http2(h2c=True).assemble(channel, ScopeStore())
    channel.write_inbound(HTTP_1)
    assert ["First#0", "HttpServerCodec#0", "HttpServerDeadlines#0", "Second#0"] == channel.pipeline().names()


async def test_a_request_changes_to_http_2_while_beans_are_awaited() -> None:
    """The handlers of HTTP/1.1, which it needs no more, are not added behind it when they are made."""
    one, http, two = speaking_http2(h2c=True).steps
    waiting = PipelinePlan("the server 'web'", [one, http, Step("three", lambda _: (), awaited), two])
    channel = EmbeddedChannel(*await waiting.amake(ScopeStore()), loop=asyncio.get_running_loop())
    channel.write_inbound(UPGRADE)
    for _ in range(10):
        await asyncio.sleep(0)
    assert ["First#0", "Http2FrameCodec#0", "Http2MultiplexHandler#0", "Http2ServerDeadlines#0"] == channel.pipeline().names()
    (stream,) = channel.pipeline().get(Http2MultiplexHandler)._children.values()
    assert ["Http2StreamFrameToHttpObjectCodec#0", "Second#0", "Second#1"] == stream.pipeline().names()
    channel.abort()  # a close would wait for the peer's answer to a PING


@pytest.mark.parametrize("is_in_front", [True, False])
async def test_where_beans_are_awaited_a_client_chooses_all_the_same(*, is_in_front: bool) -> None:
    """What comes on a stream waits until its handlers are made; those in front of the choice are made first."""
    one, http, two = speaking_http2().steps
    steps = [Step("three", lambda _: (), awaited), http, two] if is_in_front else [one, http, Step("three", lambda _: (), awaited)]
    waiting = PipelinePlan("the server 'web'", steps)
    front = "Second" if is_in_front else "First"

    for said, names in (
        (HTTP_1, ["HttpServerCodec#0", "HttpServerDeadlines#0"]),
        (HTTP_2, ["Http2FrameCodec#0", "Http2MultiplexHandler#0", "Http2ServerDeadlines#0"]),
    ):
        channel = EmbeddedChannel(*await waiting.amake(ScopeStore()), loop=asyncio.get_running_loop())
        assert [f"{front}#0", "Http2OrHttpHandler#0"] == channel.pipeline().names()
        channel.write_inbound(said)
        for _ in range(5):
            await asyncio.sleep(0)
        behind = channel.pipeline()
        if said is HTTP_2:
            assert [f"{front}#0", *names] == behind.names()
            (stream,) = behind.get(Http2MultiplexHandler)._children.values()
            behind, front, names = stream.pipeline(), "Http2StreamFrameToHttpObjectCodec", []
        assert [f"{front}#0", *names, f"Second#{int(is_in_front and said is HTTP_1)}"] == behind.names()
        channel.abort()  # a close of HTTP/2 would wait for the peer's answer to a PING


HTTP_1 = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x06\x01\x04\x00\x00\x00\x01\x82\x84\x86\x41\x01a"
