"""SSL bundles: from settings to certificates that servers show, and to new ones while they run."""

import asyncio
import logging
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.boot import PyBootApplication
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.errors import SslContextError
from pyboot.netty import ChannelHandlerBean, NettyServer, NettyServers
from pyboot.netty.bundles import (
    BundleProperties,
    KeystoreProperties,
    ServerContext,
    SslOptionsProperties,
    SslProperties,
    TruststoreProperties,
)
from pyboot.netty.errors import BundleError, UnknownBundleError
from pyboot.netty.properties import TlsProperties
from pyboot.testing import running, sliced


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """An application with one server."""


@NettyServer(port=0)
class EchoServer:
    """Gives lines back."""


@ChannelHandlerBean()
class Echo(ChannelHandler[Any]):
    """Writes what it reads."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        """As it is."""
        return ctx.write_and_flush(msg)


class Files:
    """A bundle's files."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key, self.ca = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(self.ca)
        self.issue("first.test")

    def issue(self, name: str, until: datetime | None = None) -> None:
        """Write a certificate of that name, good until then, and its key."""
        issued = self.authority.issue_cert(name, not_after=until)
        issued.cert_chain_pems[0].write_to_path(self.certificate)
        issued.private_key_pem.write_to_path(self.key)
        self.key.chmod(0o600)

    def bundle(self, **more: Any) -> BundleProperties:
        """The settings that name them."""
        return BundleProperties.model_validate({"keystore": {"certificate": str(self.certificate), "private_key": str(self.key)}, **more})

    def shown_by(self, context: ssl.SSLContext) -> str:
        """The name in the certificate that a server with *context* shows."""
        asks = ssl.create_default_context(cafile=self.ca)
        asks.check_hostname = False
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client, server = asks.wrap_bio(to_client, to_server), context.wrap_bio(to_server, to_client, server_side=True)
        for side in (client, server, client):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
        name: str = client.getpeercert()["subjectAltName"][0][1]  # type: ignore[index]  # it was checked
        return name


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Fresh ones."""
    return Files(tmp_path)


@pytest.mark.parametrize("model", [SslProperties, BundleProperties, KeystoreProperties, TruststoreProperties, SslOptionsProperties])
def test_every_setting_has_a_default_and_a_sentence(model: Any) -> None:
    """As those of servers."""
    assert [] == [name for name, field in model.model_fields.items() if field.is_required() or not field.description]


def test_a_password_is_not_shown(files: Files) -> None:
    """Nowhere."""
    assert "sesame" not in repr(files.bundle(keystore={"private_key_password": "sesame"}))


def test_settings_become_a_context(files: Files) -> None:
    """Versions, ciphers, clients, protocols."""
    bundle = files.bundle(
        truststore={"certificate": str(files.ca)}, options={"enabled_protocols": ["TLSv1.2"], "ciphers": ["ECDHE-ECDSA-AES128-GCM-SHA256"]}
    )
    context = ServerContext("web", bundle, TlsProperties(alpn=["h2"])).current()
    lenient = ServerContext("web", bundle, TlsProperties(client_auth="optional")).current()
    newest = ServerContext("web", files.bundle(options={"enabled_protocols": ["TLSv1.3"]}), TlsProperties()).current()

    assert (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2) == (context.minimum_version, context.maximum_version)
    assert (ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL, ssl.CERT_NONE) == (context.verify_mode, lenient.verify_mode, newest.verify_mode)
    assert ["ECDHE-ECDSA-AES128-GCM-SHA256"] == [each["name"] for each in context.get_ciphers() if each["protocol"] == "TLSv1.2"]
    assert ssl.TLSVersion.TLSv1_3 == newest.minimum_version


def test_a_bundle_without_a_certificate_is_refused() -> None:
    """A server has to show one."""
    with pytest.raises(SslContextError, match=r"ssl.bundles.web has no certificate: set ssl.bundles.web.keystore.certificate"):
        ServerContext("web", BundleProperties(), TlsProperties())


def test_changed_files_are_loaded_while_the_server_runs(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """At most one look a second; the old certificate serves on where the new one is of no use."""
    now = [0.0]
    context = ServerContext("web", files.bundle(reload_on_update=True), TlsProperties(), clock=lambda: now[0])
    files.issue("second.test")
    assert "first.test" == files.shown_by(context.current())
    now[0] = 1.0
    with caplog.at_level(logging.INFO):
        assert "second.test" == files.shown_by(context.current())
        files.key.unlink()
        for now[0] in (2.0, 3.0):
            assert "second.test" == files.shown_by(context.current())
        files.issue("third.test")
        now[0] = 4.0
        assert "third.test" == files.shown_by(context.current())

    assert ["INFO", "ERROR", "INFO"] == [record.levelname for record in caplog.records]
    assert "ssl bundle 'web' has changed and cannot be used, the old one serves on: private key" in caplog.messages[1]


def test_a_certificate_that_ends_soon_is_warned_of_at_the_start_after_a_change_and_once_a_day(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    """With the connections that come."""
    day, now = 86_400.0, [0.0]
    files.issue("first.test", datetime.now(UTC) + timedelta(days=20, minutes=5))
    bundle = files.bundle(reload_on_update=True, expiry_warning="30d")
    context = ServerContext("web", bundle, TlsProperties(), clock=lambda: now[0])
    for now[0] in (1.0, day / 2, day - 1, day, day + 1, 2 * day, 2 * day + 1):
        context.current()
    files.issue("second.test", datetime.now(UTC) + timedelta(days=10, minutes=5))
    now[0] = 2 * day + 5
    context.current()

    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert ["in 20 days"] * 3 + ["in 10 days"] == [
        message.partition("UTC, ")[2].partition(":")[0] for message in warned if "expires" in message
    ]


def test_a_warning_of_the_end_can_be_turned_off(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """0 is never; a certificate that is good for long needs none."""
    files.issue("first.test", datetime.now(UTC) + timedelta(days=2))
    ServerContext("web", files.bundle(expiry_warning="0s"), TlsProperties())
    files.issue("first.test", datetime.now(UTC) + timedelta(days=200))
    ServerContext("web", files.bundle(), TlsProperties())
    assert [] == [record for record in caplog.records if "expires" in record.getMessage()]


def test_without_the_setting_files_are_read_once(files: Files) -> None:
    """Whatever becomes of them."""
    now = [0.0]
    context = ServerContext("web", files.bundle(), TlsProperties(), clock=lambda: now[0])
    files.issue("second.test")
    now[0] = 100.0

    assert "first.test" == files.shown_by(context.current())


async def test_a_server_of_an_application_encrypts(files: Files) -> None:
    """By two settings; the pipeline begins with it."""
    settings = {
        "ssl.bundles.web.keystore.certificate": str(files.certificate),
        "ssl.bundles.web.keystore.private-key": str(files.key),
        "netty.servers.echo.tls.bundle": "web",
        "netty.servers.echo.tls.handshake-timeout": "5s",
    }
    async with running(App, properties=settings) as context:
        host, port = context.get(NettyServers).address("echo")
        trust = ssl.create_default_context(cafile=files.ca)
        reader, writer = await asyncio.open_connection(host, port, ssl=trust, server_hostname="first.test")
        writer.write(b"secret")
        assert b"secret" == await asyncio.wait_for(reader.readexactly(6), 10)
        writer.close()
        await writer.wait_closed()


async def test_each_listener_of_a_server_may_encrypt_in_its_own_way(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """One as the server does, one in the clear, one by a bundle of its own; behind it all of them have the server's pipeline."""
    other = trustme.CA()
    other.cert_pem.write_to_path(files.ca.with_name("other-ca.pem"))
    other.issue_cert("other.test").private_key_and_cert_chain_pem.write_to_path(files.ca.with_name("other.pem"))
    files.ca.with_name("other.pem").chmod(0o600)
    settings = {
        "ssl.bundles.web.keystore.certificate": str(files.certificate),
        "ssl.bundles.web.keystore.private-key": str(files.key),
        "ssl.bundles.other.keystore.certificate": str(files.ca.with_name("other.pem")),
        "netty.servers.echo.tls.bundle": "web",
        "netty.servers.echo.listeners.as-the-server.host": "127.0.0.1",
        "netty.servers.echo.listeners.clear.tls.enabled": "false",
        "netty.servers.echo.listeners.other.tls.bundle": "other",
    }
    trusts = {
        "as-the-server": {"ssl": ssl.create_default_context(cafile=files.ca), "server_hostname": "first.test"},
        "clear": {},
        "other": {"ssl": ssl.create_default_context(cafile=files.ca.with_name("other-ca.pem")), "server_hostname": "other.test"},
    }
    with caplog.at_level(logging.INFO, "pyboot.netty"):
        async with running(App, properties=settings) as context, asyncio.timeout(20):
            addresses = context.get(NettyServers).addresses("echo")
            for key, trust in trusts.items():
                reader, writer = await asyncio.open_connection(*addresses[key], **trust)
                writer.write(b"word")
                assert b"word" == await reader.readexactly(4)
                writer.close()
                await writer.wait_closed()
    assert ["ssl -> Echo", "Echo", "ssl -> Echo"] == [
        text.partition(": ")[2] for text in caplog.messages if text.startswith("pipeline of ")
    ]


async def test_a_slice_in_a_test_speaks_plaintext() -> None:
    """Its pipeline has no network, and no certificate is needed."""
    async with sliced(App, properties={"netty.servers.echo.tls.bundle": "web"}) as channel:
        channel.write_inbound(b"in clear")

        assert [b"in clear"] == channel.outbound_messages()


@pytest.mark.parametrize(
    ("settings", "cause", "said", "action"),
    [
        ({"netty.servers.echo.tls.client-auth": "none"}, UnknownBundleError, "tls names no bundle", "Add ssl.bundles.web.keystore"),
        (
            {"netty.servers.echo.listeners.public.tls.alpn[0]": "x"},
            UnknownBundleError,
            "The setting netty.servers.echo.listeners.public.tls names no bundle",
            "Add ssl.bundles.web.keystore",
        ),
        (
            {"netty.servers.echo.tls.bundle": "wbe"},
            UnknownBundleError,
            "uses the SSL bundle 'wbe', which is not there",
            "Add ssl.bundles.wbe",
        ),
        (
            {"netty.servers.echo.tls.bundle": "wbe", "ssl.bundles.web.reload-on-update": "true"},
            UnknownBundleError,
            "'wbe'",
            "Set netty.servers.echo.tls.bundle to one of: web.",
        ),
        (
            {"netty.servers.echo.tls.bundle": "web", "ssl.bundles.web.keystore.certificate": "/none.pem"},
            BundleError,
            "The SSL bundle 'web' of the server 'echo' cannot be used: certificate /none.pem does not exist.",
            "Create it or correct the path",
        ),
    ],
)
async def test_a_bundle_of_no_use_ends_the_start(settings: dict[str, Any], cause: type[Exception], said: str, action: str) -> None:
    """Before anything is bound, with what to do."""
    with pytest.raises(LifecycleError) as raised:
        async with running(App, properties=settings):
            raise AssertionError("it has started")

    error = raised.value.__cause__
    assert isinstance(error, cause)
    assert said in str(error)
    assert action in error.action  # type: ignore[attr-defined]  # both have one
