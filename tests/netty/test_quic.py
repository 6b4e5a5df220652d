"""Servers of the transport quic: from settings to streams and to pages over HTTP/3, with the certificate of a bundle."""

import importlib.util
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import ValidationError

from pyboot.boot import PyBootApplication
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty import Bootstrap, ChannelHandler
from pyboot.components.netty.transport.quic import QuicChannel, QuicChannelOption, QuicClientConfig, QuicClosedError
from pyboot.netty import ChannelHandlerBean, NettyServer, NettyServers
from pyboot.netty.errors import BindFailedError, BundleError, MissingExtraError, UnknownBundleError
from pyboot.netty.properties import QuicProperties, ServerProperties
from pyboot.testing import running
from tests.components.netty.codec.http3.conftest import Web
from tests.components.netty.transport.quic.conftest import Pki, Quic, pki

__all__ = ["pki"]


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """An application with one server."""


@NettyServer(port=0)
class EchoServer:
    """Gives back what comes."""


@ChannelHandlerBean()
class Echo(ChannelHandler[Any]):
    """Writes what it reads, and ends when the peer has."""

    def channel_read(self, ctx: Any, msg: Any) -> Any:
        """As it is."""
        return ctx.write_and_flush(msg)

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        """End."""
        ctx.channel.shutdown_output()


@PyBootApplication(scan=())
class Empty:
    """An application that is all settings."""


@pytest.fixture
def settings(pki: Pki, tmp_path: Path) -> dict[str, object]:
    """A bundle."""
    (tmp_path / "cert.pem").write_bytes(pki.certificate)
    (tmp_path / "key.pem").write_bytes(pki.key)
    keystore = "ssl.bundles.web.keystore"
    return {f"{keystore}.certificate": str(tmp_path / "cert.pem"), f"{keystore}.private-key": str(tmp_path / "key.pem")}


async def connected(pki: Pki, address: Any, alpn: str, handler: Any) -> tuple[Bootstrap, QuicChannel]:
    """A client of *address*."""
    config = QuicClientConfig(alpn=[alpn], ca=pki.ca)
    bootstrap = Bootstrap().channel(QuicChannel).option(QuicChannelOption.CONFIG, config).handler(handler)
    channel = await bootstrap.connect(*address)
    assert isinstance(channel, QuicChannel)
    return bootstrap, channel


async def test_each_stream_has_the_pipeline_of_the_server(settings: dict[str, object], pki: Pki) -> None:
    """Handler beans and all; the connection is encrypted with the bundle's certificate."""
    echo = "netty.servers.echo"
    own = {f"{echo}.transport": "quic", f"{echo}.tls.bundle": "web", f"{echo}.tls.alpn": "echo"}
    async with running(App, properties={**settings, **own}) as context:
        bootstrap, channel = await connected(pki, context.get(NettyServers).address("echo"), "echo", lambda _: None)
        assert [b"one", b"two"] == [await Quic.ask(channel, word) for word in (b"one", b"two")]
        await bootstrap.close()


async def test_an_application_is_served_over_http_3(settings: dict[str, object], pki: Pki) -> None:
    """The same ASGI application as over TCP: it sees the version and the scheme."""
    from pyboot.components.netty.codec.http3 import Http3ClientConnectionHandler

    site = "netty.servers.site"
    own = {f"{site}.transport": "quic", f"{site}.tls.bundle": "web", f"{site}.asgi": f"{__name__}:application", f"{site}.port": 0}
    async with running(Empty, properties={**settings, **own}) as context:
        fill = lambda channel: channel.pipeline().add_last(Http3ClientConnectionHandler())  # noqa: E731  # of one line
        bootstrap, channel = await connected(pki, context.get(NettyServers).address("site"), "h3", fill)
        answers = [await Web(None).get(channel, target) for target in ("/a", "/b?c=d")]  # type: ignore[arg-type]  # it only asks
        await bootstrap.close()

    assert [200, 200] == [answer[0].status for answer in answers]
    assert [b"3 https /a", b"3 https /b"] == [b"".join(part.content for part in answer[1:]) for answer in answers]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what it was told."""
    if scope["type"] == "http":
        text = f"{scope['http_version']} {scope['scheme']} {scope['path']}"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": text.encode()})


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"transport": "quic", "port": 1}, "always encrypted: set tls.bundle"),
        ({"transport": "quic", "port": 1, "tls": {"bundle": "web"}}, "set tls.alpn, or http or asgi"),
        ({"transport": "quic", "http": {}, "tls": {"bundle": "web"}, "backlog": 5, "keep_alive": {}}, "none of these: backlog, keep-alive"),
        ({"transport": "quic", "http": {}, "tls": {"bundle": "web"}, "listeners": {"a": {"path": "/x"}}}, "not on a path"),
        ({"transport": "quic", "http": {}, "tls": {"bundle": "web"}, "listeners": {"a": {"tls": {}}}}, "leave theirs out"),
        ({"port": 1, "quic": {}}, "belongs to the transport quic"),
    ],
)
def test_settings_that_do_not_fit_are_told(told: dict[str, Any], text: str) -> None:
    """Before anything is loaded."""
    with pytest.raises(ValidationError, match=text):
        ServerProperties(**told)


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """As those of servers."""
    assert [] == [name for name, field in QuicProperties.model_fields.items() if field.is_required() or not field.description]


def test_every_setting_is_told(settings: dict[str, object]) -> None:
    """To the connections, in bytes and seconds."""
    from pyboot.netty.bundles import BundleProperties, KeystoreProperties
    from pyboot.netty.quic import plan_quic

    keystore = KeystoreProperties(
        certificate=str(settings["ssl.bundles.web.keystore.certificate"]), private_key=str(settings["ssl.bundles.web.keystore.private-key"])
    )
    numbers: dict[str, Any] = {
        "max_streams": 7,
        "max_unidirectional_streams": 6,
        "max_resets": 8,
        "stream_window": 20_000,
        "connection_window": 30_000,
    }
    numbers |= {"retry_above": 9, "congestion_control": "reno"}
    quic = {**numbers, "max_packet": 1400, "idle_timeout": "5s", "max_datagram_frame": 1000, "early_data": True}
    tls = {"bundle": "web", "alpn": ["echo"], "handshake_timeout": "3s"}
    served = ServerProperties.model_validate({"transport": "quic", "tls": tls, "quic": quic})
    config = plan_quic("echo", served, {"web": BundleProperties(keystore=keystore)}).context.current()

    assert numbers == {name: getattr(config, name) for name in numbers}
    assert (5.0, 3.0, 1000) == (config.idle_timeout, config.handshake_timeout, config.max_datagram_frame_bytes)
    assert (1400, True) == (config.max_packet_bytes, config.early_data)


async def test_a_bundle_that_is_missing_or_of_no_use_stops_the_start(settings: dict[str, object], tmp_path: Path) -> None:
    """With its name."""
    echo = "netty.servers.echo"
    own = {f"{echo}.transport": "quic", f"{echo}.tls.bundle": "other", f"{echo}.tls.alpn": "echo"}
    with pytest.raises(LifecycleError) as missing:
        async with running(App, properties={**settings, **own}):
            pass
    (tmp_path / "key.pem").write_text("nothing")
    with pytest.raises(LifecycleError) as useless:
        async with running(App, properties={**settings, **own, f"{echo}.tls.bundle": "web"}):
            pass

    assert isinstance(missing.value.__cause__, UnknownBundleError)
    assert isinstance(useless.value.__cause__, BundleError)
    assert "key.pem cannot be read" in str(useless.value.__cause__)


async def test_a_port_of_udp_that_is_taken_stops_the_start(settings: dict[str, object]) -> None:
    """With the server and the port."""
    echo = "netty.servers.echo"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        own = {f"{echo}.transport": "quic", f"{echo}.tls.bundle": "web", f"{echo}.tls.alpn": "echo", "netty.port": port}
        with pytest.raises(LifecycleError) as raised:
            async with running(App, properties={**settings, **own}):
                pass

    assert isinstance(raised.value.__cause__, BindFailedError)
    assert str(port) in str(raised.value.__cause__)


async def test_without_the_extra_the_start_says_what_to_install(settings: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other server notices."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "aioquic" else find(name, *rest))
    for name in [name for name in sys.modules if name == "pyboot.netty.quic" or "netty.transport.quic" in name or "codec.http3" in name]:
        monkeypatch.delitem(sys.modules, name)
    echo = "netty.servers.echo"
    own = {f"{echo}.transport": "quic", f"{echo}.tls.bundle": "web", f"{echo}.tls.alpn": "echo"}
    with pytest.raises(LifecycleError) as raised:
        async with running(App, properties={**settings, **own}):
            pass

    assert isinstance(raised.value.__cause__, MissingExtraError)
    assert "The transport 'quic' needs the package 'aioquic', which is not installed." == str(raised.value.__cause__)
    assert 'pip install "pyboot-framework[quic]"' in raised.value.__cause__.action


def test_a_bundle_that_changes_is_loaded_again(settings: dict[str, object], pki: Pki, tmp_path: Path) -> None:
    """When a connection comes, at most once a second; files that do not fit together yet change nothing."""
    from pyboot.netty.bundles import BundleProperties
    from pyboot.netty.quic import QuicContext

    keystore = {"certificate": str(tmp_path / "cert.pem"), "private_key": str(tmp_path / "key.pem")}
    bundle = BundleProperties.model_validate({"keystore": keystore, "reload_on_update": True})
    served = ServerProperties.model_validate({"transport": "quic", "tls": {"bundle": "web", "alpn": ["echo"]}})
    seconds = [0.0]
    context = QuicContext("web", bundle, served, lambda: seconds[0])
    first = context.current()
    issued = trustme.CA().issue_cert("localhost")
    (tmp_path / "cert.pem").write_bytes(issued.cert_chain_pems[0].bytes())
    (tmp_path / "key.pem").write_bytes(b"half written")
    seconds[0] = 2.0
    assert context.current() is first
    (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
    seconds[0] = 4.0

    assert context.current() is not first


async def test_new_connections_get_the_new_certificate_and_old_ones_go_on(
    settings: dict[str, object], pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a whole application, whose files change under way: what was begun with the old certificate ends in order."""
    monkeypatch.setattr("pyboot.netty.bundles._SECONDS_BETWEEN_LOOKS", 0.0)
    other = trustme.CA()
    issued = other.issue_cert("localhost", "127.0.0.1")
    echo = "netty.servers.echo"
    own = {f"{echo}.transport": "quic", f"{echo}.tls.bundle": "web", f"{echo}.tls.alpn": "echo", "ssl.bundles.web.reload-on-update": True}
    async with running(App, properties={**settings, **own}) as context:
        address = context.get(NettyServers).address("echo")
        before, old = await connected(pki, address, "echo", lambda _: None)
        (tmp_path / "cert.pem").write_bytes(issued.cert_chain_pems[0].bytes())
        (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
        renewed = Pki(other.cert_pem.bytes(), b"", b"")
        after, new = await connected(renewed, address, "echo", lambda _: None)
        with pytest.raises(QuicClosedError, match="unable to get local issuer certificate"):  # which is not of the old authority
            await connected(pki, address, "echo", lambda _: None)

        assert [b"old", b"new"] == [await Quic.ask(old, b"old"), await Quic.ask(new, b"new")]
        assert old.is_active
        await before.close()
        await after.close()


def test_times_of_http_hold_for_http_3(settings: dict[str, object]) -> None:
    """They are told to what watches the streams of a connection, with the limits of heads."""
    from pyboot.netty.bundles import BundleProperties
    from pyboot.netty.quic import plan_quic

    keystore = {name: settings[f"ssl.bundles.web.keystore.{name}"] for name in ("certificate", "private-key")}
    bundle = BundleProperties.model_validate({"keystore": {key.replace("-", "_"): value for key, value in keystore.items()}})
    http = {"max-headers": "1KiB", "timeouts": {"head": "3s", "content-rate": 100}}
    plan = plan_quic("web", ServerProperties.model_validate({"transport": "quic", "tls": {"bundle": "web"}, "http": http}), {"web": bundle})
    assert plan.http is not None
    limits, times = plan.http

    assert 1024 == limits.max_headers
    assert {"first_byte": 30, "head": 3, "content": 300, "keep_alive": 15} == {
        name.removesuffix("_seconds"): seconds for name, seconds in times.items() if name != "content_rate"
    }
    assert 100 == times["content_rate"]


def test_a_certificate_of_a_server_of_quic_alone_is_warned_of(settings: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    """There nobody else does; beside TCP that has."""
    from pyboot.netty.bundles import BundleProperties
    from pyboot.netty.quic import QuicContext

    keystore = {name.rpartition(".")[2].replace("-", "_"): value for name, value in settings.items()}
    bundle = BundleProperties.model_validate({"keystore": keystore, "expiry_warning": "500000d"})
    for told, warnings in (
        ({"transport": "quic", "tls": {"bundle": "web", "alpn": ["echo"]}}, 1),
        ({"http3": {"enabled": True}, "tls": {"bundle": "web"}}, 0),
    ):
        caplog.clear()
        QuicContext("web", bundle, ServerProperties.model_validate(told))
        assert warnings == len([record for record in caplog.records if "expires on" in record.getMessage()])
