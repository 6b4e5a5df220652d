"""TLS of clients, from settings to the handshake."""

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.boot import PyBootApplication
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.errors import SslContextError
from pyboot.netty import ChannelHandlerBean
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.properties import ClientTlsProperties
from pyboot.netty.client.tls import ClientContext
from pyboot.testing import running

from .peer import Peer


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """One client."""


@NettyClient(host="127.0.0.1")
class SecureClient:
    """Its port is a setting."""

    pipeline = ["line", "string"]


@ChannelHandlerBean
class Hear(ChannelHandler[str]):
    """Keeps the answers."""

    heard: asyncio.Queue[str]

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """One more."""
        Hear.heard.put_nowait(msg)


@pytest.fixture
def authority() -> trustme.CA:
    """Who signs certificates."""
    return trustme.CA()


def context_of(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """What a server called *name* shows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def settings(folder: Path, authority: trustme.CA, port: int, **more: Any) -> dict[str, object]:
    """A client that believes *authority*."""
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return {
        "netty.clients.secure.port": port,
        "netty.clients.secure.tls.bundle": "peer",
        "ssl.bundles.peer.truststore.certificate": str(folder / "ca.pem"),
        "netty.clients.secure.reconnect.initial": "10ms",
        **{f"netty.clients.secure.{key}": value for key, value in more.items()},
    }


async def test_a_client_encrypts_where_settings_say_so(tmp_path: Path, authority: trustme.CA) -> None:
    """The peer's certificate is of the host, or of the name that is set; the connection comes back encrypted."""
    Hear.heard = asyncio.Queue()
    async with Peer(context_of(authority, "peer.test")) as peer:
        properties = settings(tmp_path, authority, peer.port, **{"tls.server-hostname": "peer.test"})
        async with running(App, properties=properties) as context:
            client = context.get(NettyClient)
            first = await client.connected(10)
            await client.send("hello\n")
            assert "HELLO" == await Hear.heard.get()
            peer.cut()
            await first.sync()
            await client.connected(10)
            await client.send("again\n")
            assert "AGAIN" == await Hear.heard.get()


async def test_a_peer_that_is_not_believed_is_no_connection(tmp_path: Path, authority: trustme.CA) -> None:
    """The client goes on trying, and says why it has none."""
    async with (
        Peer(context_of(authority, "other.test")) as peer,
        running(App, properties=settings(tmp_path, authority, peer.port)) as context,
    ):
        client = context.get(NettyClient)
        while client.cause is None:
            with contextlib.suppress(TimeoutError):
                await client.connected(0.05)
        assert not client.is_connected
        assert isinstance(client.cause, ssl.SSLError | OSError)


def test_a_context_is_made_of_the_bundle(tmp_path: Path, authority: trustme.CA) -> None:
    """Whom it believes, who it is, which versions; without a truststore the system's authorities."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("me.test")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    (tmp_path / "me.pem").chmod(0o600)
    bundle = BundleProperties.model_validate(
        {
            "truststore": {"certificate": str(tmp_path / "ca.pem")},
            "keystore": {"certificate": str(tmp_path / "me.pem")},
            "options": {"enabled_protocols": ["TLSv1.2"]},
        }
    )
    context = ClientContext("peer", bundle, ClientTlsProperties(alpn=["x"])).current()

    assert (ssl.CERT_REQUIRED, True, ssl.TLSVersion.TLSv1_2) == (context.verify_mode, context.check_hostname, context.maximum_version)
    assert 1 == len(context.get_ca_certs())
    assert ClientContext("default", BundleProperties(), ClientTlsProperties()).current().check_hostname


def test_files_of_no_use_are_refused(tmp_path: Path) -> None:
    """When the application starts, not with the first connection."""
    bundle = BundleProperties.model_validate({"truststore": {"certificate": str(tmp_path / "nowhere.pem")}})

    with pytest.raises(SslContextError, match=r"nowhere\.pem"):
        ClientContext("peer", bundle, ClientTlsProperties())
