"""HTTP/3 beside HTTP over TCP: one server, one port number, the same answers, and clients are told of it."""

import asyncio
import gzip
import logging
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pyboot.boot import Component, Import, PyBootApplication
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty import HttpClient, HttpObservation, HttpServerObserver
from pyboot.components.netty.codec.http3 import Http3ClientConnectionHandler
from pyboot.netty import NettyServers
from pyboot.netty.errors import BindFailedError, BundleError
from pyboot.netty.properties import Http3Properties, ServerProperties
from pyboot.testing import running
from pyboot.web import GetMapping, RestController
from tests.components.netty.codec.http3.conftest import Web
from tests.components.netty.transport.quic.conftest import Pki, pki

from .test_quic import Empty, application, connected, settings

__all__ = ["application", "pki", "settings"]

SITE = "netty.servers.site"


@PyBootApplication(scan=(sys.modules[__name__],))
class Shop:
    """An application with a controller."""


@RestController("/prices")
class Prices:
    """Answers at the server `web`."""

    @GetMapping("/{name}")
    async def price(self, name: str) -> dict[str, str]:
        """Tell one."""
        return {"name": name}


@pytest.fixture
def site(settings: dict[str, object]) -> dict[str, object]:
    """A server of an ASGI application over TCP and QUIC."""
    return {
        **settings,
        f"{SITE}.port": 0,
        f"{SITE}.asgi": "tests.netty.test_quic:application",
        f"{SITE}.tls.bundle": "web",
        f"{SITE}.http3.enabled": True,
    }


@Component
class Heard(HttpServerObserver):
    """Notes requests that have ended."""

    def __init__(self) -> None:
        """Begin with none."""
        self.requests: list[tuple[str, str | None, int]] = []

    def ended(self, seen: HttpObservation) -> None:
        """Note it."""
        self.requests.append((seen.request.version, seen.route, seen.status))


async def over_http3(pki: Pki, address: Any, *targets: str, **headers: str) -> list[list[Any]]:
    """What the server at *address* answers."""
    fill = lambda channel: channel.pipeline().add_last(Http3ClientConnectionHandler())  # noqa: E731  # of one line
    bootstrap, channel = await connected(pki, address, "h3", fill)
    answers = [await Web(None).get(channel, target, **headers) for target in targets]  # type: ignore[arg-type]  # it only asks
    await bootstrap.close()
    return answers


def body(answer: list[Any]) -> bytes:
    """The content of a response."""
    return b"".join(part.content for part in answer if hasattr(part, "content"))


async def test_the_same_site_is_at_the_same_port_of_udp(site: dict[str, object], pki: Pki, tmp_path: Path) -> None:
    """And whoever comes over TCP is told so."""
    (tmp_path / "ca.pem").write_bytes(pki.ca)
    async with running(Empty, properties=site) as context:
        servers = context.get(NettyServers)
        assert servers.address("site") == servers.address("site.http3")
        port = servers.address("site")[1]
        async with HttpClient(ca=str(tmp_path / "ca.pem")) as client:
            response = await client.get(f"https://localhost:{port}/a")
        answer = (await over_http3(pki, servers.address("site.http3"), "/a"))[0]

    assert b"1.1 https /a" == await response.read()
    assert f'h3=":{port}"; ma=86400' == response.headers["alt-svc"]
    assert b"3 https /a" == body(answer)


async def test_files_compression_and_an_access_log_are_there_too(
    site: dict[str, object], pki: Pki, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All of `http-server` but what belongs to connections of TCP, HTTP/2 included; larger than the windows."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "large.txt").write_text("large\n" * 500_000)
    own = {f"{SITE}.http.static./files.root": str(tmp_path / "files"), f"{SITE}.http.access-log.format": "combined"}
    more = {f"{SITE}.http.compression.codings": ["gzip"], f"{SITE}.http2.enabled": True}
    async with running(Empty, properties={**site, **own, **more}) as context:
        caplog.set_level("INFO", "pyboot.access")
        address = context.get(NettyServers).address("site.http3")
        large, other = await over_http3(pki, address, "/files/large.txt", "/other")
        (zipped,) = await over_http3(pki, address, "/files/large.txt", **{"accept-encoding": "gzip"})

    assert b"large\n" * 500_000 == body(large)
    assert b"3 https /other" == body(other)
    assert "gzip" == zipped[0].headers["content-encoding"]
    assert len(body(zipped)) < 100_000
    assert b"large\n" * 500_000 == gzip.decompress(body(zipped))
    assert any("GET /files/large.txt HTTP/3" in record.getMessage() for record in caplog.records)


async def test_controllers_answer(settings: dict[str, object], pki: Pki) -> None:
    """At the server that an application with controllers has anyway."""
    web = "netty.servers.web"
    own = {f"{web}.port": 0, f"{web}.tls.bundle": "web", f"{web}.http3.enabled": True}
    async with running(Shop, properties={**settings, **own}) as context:
        address = context.get(NettyServers).address("web.http3")
        (answer,) = await over_http3(pki, address, "/prices/tea")

    assert 200 == answer[0].status
    assert b'{"name":"tea"}' == body(answer)


async def test_limits_of_heads_hold(site: dict[str, object], pki: Pki) -> None:
    """Those of `http`, as over TCP."""
    async with running(Empty, properties={**site, f"{SITE}.http.max-headers": "1KiB"}) as context:
        address = context.get(NettyServers).address("site.http3")
        (short,) = await over_http3(pki, address, "/", **{"x-a": "b" * 500})
        (long,) = await over_http3(pki, address, "/", **{"x-a": "b" * 900})

    assert (200, 431) == (short[0].status, long[0].status)


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ({"http.alt-svc.port": 443, "http.alt-svc.max-age": "1h"}, 'h3=":443"; ma=3600'),
        ({"http.alt-svc.enabled": False}, None),
        ({"http3.enabled": False, "http.alt-svc.port": 8443}, 'h3=":8443"; ma=86400'),
        ({"http3.enabled": False}, None),
    ],
)
async def test_what_clients_are_told_may_be_said(
    site: dict[str, object], pki: Pki, tmp_path: Path, told: dict[str, object], seen: str | None
) -> None:
    """Behind a proxy that has other ports, for instance; nobody is told of what is not there."""
    (tmp_path / "ca.pem").write_bytes(pki.ca)
    async with running(Empty, properties={**site, **{f"{SITE}.{name}": value for name, value in told.items()}}) as context:
        port = context.get(NettyServers).address("site")[1]
        async with HttpClient(ca=str(tmp_path / "ca.pem")) as client:
            response = await client.get(f"https://localhost:{port}/")

    assert seen == response.headers.get("alt-svc")


async def test_each_listener_and_instance_has_its_port(site: dict[str, object], pki: Pki) -> None:
    """By their keys."""
    places = {f"{SITE}.listeners.a.port": 0, f"{SITE}.listeners.b.port": 0}
    async with running(Empty, properties={**site, **places}) as context:
        servers = context.get(NettyServers)
        assert servers.addresses("site") == servers.addresses("site.http3")
        for address in servers.addresses("site.http3").values():
            assert b"3 https /x" == body((await over_http3(pki, address, "/x"))[0])
    instances = {f"{SITE}.instances.a.port": 0, f"{SITE}.instances.b.port": 0}
    async with running(Empty, properties={**site, **instances}) as context:
        servers = context.get(NettyServers)
        assert ["site.a", "site.b", "site.a.http3", "site.b.http3"] == servers.names


async def test_a_port_of_udp_that_is_taken_stops_the_start(site: dict[str, object]) -> None:
    """The port of TCP is given back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        with socket.create_server(("127.0.0.1", 0)) as free:  # whose port of TCP nobody else has
            port = free.getsockname()[1]
            taken.bind(("127.0.0.1", port))
        with pytest.raises(LifecycleError) as raised:
            async with running(Empty, properties={**site, "netty.port": port}):
                pass

    assert isinstance(raised.value.__cause__, BindFailedError)
    assert "site.http3" in str(raised.value.__cause__)
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({}, "always encrypted"),
        ({"tls": {"bundle": "web"}, "transport": "udp"}, "beside TCP|datagrams"),
        ({"tls": {"bundle": "web"}, "listeners": {"a": {"tls": {"bundle": "web"}}}}, "no tls of listeners"),
        ({"tls": {"bundle": "web", "client_auth": "require"}}, "nobody would need one"),
        ({"tls": {"bundle": "web"}, "transport": "quic"}, "none of these: http3"),
    ],
)
def test_settings_that_do_not_fit_are_told(told: dict[str, Any], text: str) -> None:
    """Before anything is loaded."""
    with pytest.raises(ValidationError, match=text):
        ServerProperties(http3=Http3Properties(enabled=True), port=1, **told)


async def test_a_bundle_that_wants_certificates_of_clients_is_refused(site: dict[str, object], pki: Pki, tmp_path: Path) -> None:
    """Over HTTP/3 nobody would be asked for one; who says that none are wanted is served."""
    (tmp_path / "ca.pem").write_bytes(pki.ca)
    own = {**site, "ssl.bundles.web.truststore.certificate": str(tmp_path / "ca.pem")}
    with pytest.raises(LifecycleError) as raised:
        async with running(Empty, properties=own):
            pass
    async with running(Empty, properties={**own, f"{SITE}.tls.client-auth": "none"}):
        pass

    assert isinstance(raised.value.__cause__, BundleError)
    assert "has a truststore" in str(raised.value.__cause__)
    assert "Set tls.client-auth to none" in raised.value.__cause__.action


@PyBootApplication(scan=())
@Import(Heard, Prices)
class Observed:
    """Its requests are observed."""


async def test_who_observes_requests_hears_of_those_of_http3(settings: dict[str, object], pki: Pki) -> None:
    """By the route of the application, as of any other version."""
    own = {"netty.servers.web.tls.bundle": "web", "netty.servers.web.http3.enabled": True, "netty.servers.web.port": 0}
    async with running(Observed, properties={**settings, **own}) as context:
        await over_http3(pki, context.get(NettyServers).address("web.http3"), "/prices/tea")
        assert [("HTTP/3", "/prices/{name}", 200)] == context.get(Heard).requests


async def test_a_certificate_that_ends_soon_is_warned_of_once(site: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    """Both servers have the same one, and it is renewed once."""
    properties = {**site, "ssl.bundles.web.expiry-warning": "500000d"}
    with caplog.at_level(logging.WARNING):
        async with running(Empty, properties=properties) as context:
            assert ["site", "site.http3"] == sorted(context.get(NettyServers).names)
    assert 1 == len([record for record in caplog.records if "expires on" in record.getMessage()])


async def listening(scope: Any, receive: Any, send: Any) -> None:
    """Answer in pieces, and say whether the client was taken for one that has left meanwhile."""
    if scope["type"] != "http":
        return
    await receive()
    left = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(20):
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b" left" if left.done() else b" there"})
    left.cancel()


async def test_a_client_that_has_asked_is_not_taken_for_one_that_has_left(site: dict[str, object], pki: Pki) -> None:
    """Each request ends its side of its stream; who streams events until the client leaves goes on."""
    async with running(Empty, properties={**site, f"{SITE}.asgi": f"{__name__}:listening"}) as context:
        (answer,) = await over_http3(pki, context.get(NettyServers).address("site.http3"), "/")

    assert b"." * 20 + b" there" == body(answer)
