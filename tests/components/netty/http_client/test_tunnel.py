"""Asking a proxy for a tunnel, in memory."""

import asyncio

import pytest

from pyboot.components.netty import HttpClientCodec, HttpConnectError, HttpProxyError
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.http_client.tunnel import TunnelHandler
from pyboot.components.netty.http_client.url import Origin

PROXY, TARGET = Origin("http", "p", 3128), Origin("https", "a", 443)


async def asked(authorization: str | None = None) -> tuple[TunnelHandler, EmbeddedChannel]:
    """A proxy that was asked."""
    tunnel = TunnelHandler(PROXY, TARGET, authorization)
    return tunnel, EmbeddedChannel(HttpClientCodec(), tunnel)


async def test_what_is_asked() -> None:
    """Credentials go to the proxy, in this request alone."""
    assert b"CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n" == (await asked())[1].outbound_bytes()
    assert b"proxy-authorization: Basic x\r\n" in (await asked("Basic x"))[1].outbound_bytes()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 Connection established\r\ncontent-length: 5\r\n\r\n"])
async def test_the_tunnel_is_open(answer: bytes) -> None:
    """Whatever length a proxy says: there is no content (RFC 9112 6.3)."""
    tunnel, channel = await asked()
    channel.write_inbound(answer)
    assert tunnel.opened.result() is None


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"403 Forbidden", b"502 Bad Gateway", b"302 Found"])
async def test_a_refusal_is_an_error(status: bytes) -> None:
    """It names the proxy and its answer."""
    tunnel, channel = await asked()
    channel.write_inbound(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\n\r\nno")
    with pytest.raises(HttpProxyError, match=r"the proxy http://p:3128 answers \d\d\d") as caught:
        tunnel.opened.result()
    assert int(status[:3]) == caught.value.status


async def test_a_proxy_that_leaves_or_talks_nonsense() -> None:
    """Nobody waits for ever."""
    for what in (b"SSH-2.0\r\n", b""):
        tunnel, channel = await asked()
        if what:
            channel.write_inbound(what)
        channel.lose()
        channel.run_pending_tasks()
        with pytest.raises(HttpConnectError):
            tunnel.opened.result()
    assert asyncio.get_running_loop() is tunnel.opened.get_loop()
