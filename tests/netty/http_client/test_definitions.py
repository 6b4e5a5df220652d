"""The beans of the type `HttpClient`: injected, set by settings, closed at the stop."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest

from pyboot.boot import Bean, Component, PyBootApplication, Qualifier, prepare
from pyboot.boot.config.load import Given
from pyboot.components.netty import ClosedHttpClientError, FullHttpRequest, FullHttpResponse, HttpClient, HttpClientError, HttpConnectError
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer, NettyServers
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.errors import BundleError, UnknownBundleError
from pyboot.netty.http_client.definitions import new_http_client
from pyboot.netty.http_client.properties import HttpClientProperties
from pyboot.testing import running
from tests.components.netty.resolver.name_server import name_server


@NettyServer(port=0)
class HelloServer:
    """A peer to ask."""

    pipeline = ("http",)


@ChannelHandlerBean(server="hello")
class Hello(ChannelHandler[FullHttpRequest]):
    """Answers with what it was asked."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpRequest) -> None:
        """Answers."""
        ctx.write_and_flush(FullHttpResponse(200, f"{msg.uri} {msg.headers.get('x-who')}"))


@Component
class Caller:
    """Has a client injected by its type alone."""

    def __init__(self, client: HttpClient) -> None:
        self.client = client


@PyBootApplication(scan=())
class Plain:
    """Somebody who asks, and somebody who answers."""

    @Bean
    def caller(self, client: HttpClient) -> Caller:
        """Return who asks."""
        return Caller(client)


async def test_a_client_is_injected_by_its_type_and_closed_at_the_stop() -> None:
    """Without a setting."""
    async with running(Plain) as context:
        client = context.get(Caller).client
        assert client is context.get(HttpClient)
        assert (0, 0, 0) == client.statistics()
    with pytest.raises(ClosedHttpClientError):
        await client.get("http://127.0.0.1:1/")


async def test_settings_reach_the_client() -> None:
    """The address, the fields and the limits, over a connection."""

    @PyBootApplication(scan=(sys.modules[__name__],))
    class App: ...

    async with running(App) as context:
        port = context.get(NettyServers).address("hello")[1]
        settings = HttpClientProperties.model_validate(
            {"base_url": f"http://127.0.0.1:{port}/api/", "headers": {"x-who": "ada"}, "limits": {"max_content": 12}}
        )
        async with new_http_client("hello", settings, {}) as client:
            assert "/api/us ada" == await (await client.get("us")).text()
            with pytest.raises(Exception, match="12"):
                await client.get("users-of-all-kinds")


SEVERAL = {
    "netty.http-clients.shop.base-url": "http://shop.example/",
    "netty.http-clients.shop.timeouts.total": "1s",
    "netty.http-clients.price-list.proxy": "http://me:secret@127.0.0.1:3128",
}


async def test_several_are_told_by_their_names() -> None:
    """By that of the parameter, by a qualifier, as a dictionary."""

    class Both:
        def __init__(self, one: HttpClient, other: HttpClient, each: dict[str, HttpClient]) -> None:
            self.one, self.other, self.each = one, other, each

    @PyBootApplication(scan=())
    class App:
        @Bean
        def both(self, shop: HttpClient, other: Annotated[HttpClient, Qualifier("price-list")], each: dict[str, HttpClient]) -> Both:
            return Both(shop, other, each)

    async with running(App, properties=SEVERAL) as context:
        both = context.get(Both)
        assert {"shop", "price-list"} == set(both.each)
        assert both.one is both.each["shop"]
        assert both.other is both.each["price-list"]


async def test_one_of_the_application_stands_for_ours() -> None:
    """Whoever defines one has defined the one."""
    own = HttpClient()

    @PyBootApplication(scan=())
    class App(Plain):
        @Bean
        def http(self) -> HttpClient:
            return own

    async with running(App) as context:
        assert own is context.get(Caller).client


@PyBootApplication(scan=())
class Bare:
    """Nobody asks."""


def test_each_knows_where_it_is_written() -> None:
    """A report leads to the setting."""
    made = prepare(Bare, Given(properties=SEVERAL))
    places = [str(entry.origin) for entry in made.graph.index.definitions if entry.provides is HttpClient]
    assert any("netty.http-clients.shop" in place for place in places)


def test_editors_know_the_settings() -> None:
    """Whether there are clients or not."""
    clients = prepare(Bare).schema()["properties"]["netty"]["properties"]["http-clients"]
    assert {"base-url", "proxy", "timeouts", "limits", "tls"} <= set(clients["additionalProperties"]["properties"])


def test_an_application_without_one_does_not_load_them() -> None:
    """A start pays for what the application uses."""
    program = (
        "import sys; from pyboot.boot import PyBootApplication, prepare\n"
        "@PyBootApplication(scan=())\nclass App: ...\nprepare(App)\n"
        "print([name for name in sys.modules if 'http_client' in name])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "[]\n" == ran.stdout


async def test_a_client_speaks_http_2_where_its_setting_says_so() -> None:
    """A peer without TLS hears the preface where it is known to speak it, and only there."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readexactly(16))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        for choice in ("prior-knowledge", True, False):
            settings = HttpClientProperties.model_validate({"http2": choice})
            async with new_http_client("shop", settings, {}) as client:
                with pytest.raises(HttpClientError):
                    await client.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert [b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n"] == heard


def test_a_bundle_that_is_not_there_is_told_with_the_setting() -> None:
    """And what there is."""
    settings = HttpClientProperties.model_validate({"tls": {"bundle": "inner"}})
    with pytest.raises(UnknownBundleError) as told:
        new_http_client("shop", settings, {})
    assert "The http-client 'shop' uses the SSL bundle 'inner', which is not there." in str(told.value)
    assert "netty.http-clients.shop.tls.bundle" in told.value.action


def test_files_of_no_use_are_told_with_the_client(tmp_path: Path) -> None:
    """Before the first request."""
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    bundle = BundleProperties.model_validate({"truststore": {"certificate": str(broken)}})
    with pytest.raises(BundleError) as told:
        new_http_client("shop", HttpClientProperties.model_validate({"tls": {"bundle": "inner"}}), {"inner": bundle})
    assert "'shop'" in str(told.value)


async def test_a_wrong_setting_stops_the_start() -> None:
    """With its name."""
    with pytest.raises(Exception, match="max-connections"):
        async with running(Plain, properties={"netty.http-clients.shop.limits.max-connections": 0}):
            raise AssertionError("it has started")


async def test_name_servers_are_asked_where_a_setting_names_them() -> None:
    """The system does not know the name."""
    async with name_server(lambda asked: [asked.respond(code="NXDOMAIN")]) as server:
        settings = HttpClientProperties.model_validate(
            {"resolver": {"servers": [f"127.0.0.1:{server.address[1]}"], "families": "ipv4-only"}}
        )
        async with new_http_client("hello", settings, {}) as client:
            with pytest.raises(HttpConnectError, match=r"'api\.test': there is no such name"):
                await client.get("http://api.test/")
    assert [("api.test.", "A")] == server.names()
