"""Making connections: TLS with the host's name, proxies that forward, tunnels, and what is left of one that failed."""

import asyncio
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty import (
    HttpConnectError,
    HttpPhase,
    HttpProxyError,
    HttpTimeoutError,
    HttpTimeouts,
    ServerBootstrap,
)
from pyboot.components.netty.errors import SslContextError, SslHandshakeError

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Authority:
    """A certificate authority, and a certificate of `localhost` and `app.test`."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca, self.certificate, self.key = folder / "ca.pem", folder / "server.pem", folder / "server.key"
        authority.cert_pem.write_to_path(self.ca)
        issued = authority.issue_cert("localhost", "app.test")
        issued.cert_chain_pems[0].write_to_path(self.certificate)
        issued.private_key_pem.write_to_path(self.key)
        self.key.chmod(0o600)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Made once; no key is ever committed."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure(authority: Authority, listen: Any) -> Any:
    """`await secure(initialize)`: a server with TLS; gives its port."""

    async def start(initialize: Any) -> int:
        bootstrap = ServerBootstrap(ssl=True, certfile=authority.certificate, keyfile=authority.key)
        return int((await listen(initialize, bootstrap, "localhost")).local_address()[1])

    return start


def hello(channel: Any) -> None:
    """Says ok to every request."""
    from pyboot.components.netty import ChannelHandler, HttpObjectAggregator, HttpServerCodec
    from pyboot.components.netty.wire import FullHttpResponse

    class Hello(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write_and_flush(FullHttpResponse(200, f"{msg.uri} {msg.headers['host']}"))

    channel.pipeline().add_last(HttpServerCodec(), HttpObjectAggregator(1000), Hello())


async def test_tls(authority: Authority, secure: Any, new_client: Any) -> None:
    """The certificate is checked, and the connection used again."""
    port = await secure(hello)
    client = new_client(ca=authority.ca)
    for _ in range(3):
        assert f"/x localhost:{port}" == await (await client.get(f"https://localhost:{port}/x")).text()
    assert (0, 1, 0) == client.statistics()


async def test_a_certificate_of_another_host_or_authority_is_refused(authority: Authority, secure: Any, new_client: Any) -> None:
    """Nothing of the request is sent."""
    port = await secure(hello)
    for client, host in ((new_client(ca=authority.ca), "127.0.0.1"), (new_client(), "localhost")):
        with pytest.raises(HttpConnectError, match="certificate") as caught:
            await client.get(f"https://{host}:{port}/")
        assert isinstance(caught.value.__cause__, SslHandshakeError)
        assert (0, 0, 0) == client.statistics()


async def test_a_peer_without_tls(peer: Any, new_client: Any) -> None:
    """It is told as that."""

    async def plain(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    server = await peer(plain)
    with pytest.raises(HttpConnectError):
        await new_client().get(f"https://127.0.0.1:{server.port}/")


async def test_a_handshake_that_does_not_come(peer: Any, new_client: Any) -> None:
    """It is part of connecting; the connection is not left behind."""

    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    server = await peer(silent)
    client = new_client(timeouts=HttpTimeouts(connect=0.05))
    with pytest.raises(HttpTimeoutError) as caught:
        await client.get(f"https://127.0.0.1:{server.port}/")
    assert HttpPhase.CONNECT == caught.value.phase
    await server.until(lambda: not server.open)


def test_arguments_of_tls_are_checked_where_they_are_written(new_client: Any) -> None:
    """Not by the first request."""
    from pyboot.components.netty import HttpClient

    with pytest.raises(SslContextError):
        HttpClient(ca="/nowhere.pem")
    with pytest.raises(TypeError, match="has no argument 'verify'"):
        HttpClient(verify=False)  # type: ignore[call-arg]  # what others have


async def test_a_client_without_tls_refuses_https(peer: Any, new_client: Any) -> None:
    """What is plain goes on."""
    server = await peer(OK)
    client = new_client(ssl=False)
    with pytest.raises(HttpConnectError, match="ssl=False"):
        await client.get(f"https://127.0.0.1:{server.port}/")
    assert 200 == (await client.get(server.url)).status


async def test_a_proxy_forwards_what_is_plain(peer: Any, new_client: Any) -> None:
    """The whole URL, its own host, and the proxy's credentials."""
    proxy = await peer(OK)
    client = new_client(proxy=f"http://u:p@127.0.0.1:{proxy.port}")
    for host in ("a.test", "b.test:81"):
        assert b"ok" == await (await client.get(f"http://{host}/x?y")).read()
    assert proxy.heads[0].startswith(b"GET http://a.test/x?y HTTP/1.1\r\nhost: a.test\r\n")
    assert proxy.heads[1].startswith(b"GET http://b.test:81/x?y HTTP/1.1\r\nhost: b.test:81\r\n")
    assert b"proxy-authorization: Basic dTpw\r\n" in proxy.heads[0]
    assert 1 == proxy.connections


async def test_a_tunnel(authority: Authority, secure: Any, peer: Any, new_client: Any) -> None:
    """The proxy sees the host and its own credentials, the host sees the request."""
    port = await secure(hello)

    async def forward(reader: StreamReader, writer: StreamWriter) -> None:
        await proxy.head(reader)
        inside, outside = await asyncio.open_connection("localhost", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def pump(source: StreamReader, sink: StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
            sink.close()

        await asyncio.gather(pump(reader, outside), pump(inside, writer))

    proxy = await peer(forward)
    client = new_client(proxy=f"http://u:p@127.0.0.1:{proxy.port}", ca=authority.ca)
    for _ in range(3):
        assert "/x app.test" == await (await client.get("https://app.test/x")).text()
    assert [b"CONNECT app.test:443 HTTP/1.1\r\nhost: app.test:443\r\nproxy-authorization: Basic dTpw\r\n\r\n"] == proxy.heads
    await client.close()


async def test_a_proxy_that_refuses(peer: Any, new_client: Any) -> None:
    """Its answer is told, and the place is free again."""
    proxy = await peer(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
    client = new_client(proxy=f"http://127.0.0.1:{proxy.port}")
    with pytest.raises(HttpProxyError, match="407"):
        await client.get("https://a.test/")
    assert (0, 0, 0) == client.statistics()


async def test_the_environment_is_not_asked_unless_told(peer: Any, new_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy there changes nothing by itself."""
    proxy, server = await peer(OK), await peer(OK)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    await new_client().get(server.url)
    assert (0, 1) == (proxy.connections, server.connections)
    await new_client(trust_env=True).get(server.url)
    assert (1, 1) == (proxy.connections, server.connections)
