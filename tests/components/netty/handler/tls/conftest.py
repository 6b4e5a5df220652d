"""What tests of TLS share: certificates made for this run, and two channels joined in memory."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.tls.ssl_handler import SslHandler


class Certificates:
    """A certificate authority, and what it signed: a server's, another server's, a client's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.ca = self._written("ca.pem", self.authority.cert_pem)
        self.certfile, self.keyfile = self.issue("server", "server.test", "127.0.0.1", "localhost")
        self.other_certfile, self.other_keyfile = self.issue("other", "other.test")
        self.client_certfile, self.client_keyfile = self.issue("client", "client@server.test")

    def issue(self, name: str, *identities: str) -> tuple[Path, Path]:
        """A certificate for *identities*, and its key."""
        issued = self.authority.issue_cert(*identities)
        certificate = self._written(f"{name}.pem", *issued.cert_chain_pems)
        return certificate, self._written(f"{name}.key", issued.private_key_pem)

    def _written(self, name: str, *blobs: trustme.Blob) -> Path:
        path = self.folder / name
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        path.chmod(0o600)
        return path

    def server_context(self) -> ssl.SSLContext:
        """The server's, made with nothing but the standard library."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certfile, self.keyfile)
        return context

    def client_context(self) -> ssl.SSLContext:
        """A client's that trusts the authority."""
        return ssl.create_default_context(cafile=self.ca)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made once in a run; no key is ever committed."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


class Notes(ChannelHandler[Any]):
    """Stands behind the handler and writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.received = b""
        self.errors: list[Exception] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("active")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("inactive")

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.received += msg.take_bytes()
        self.events.append("read")

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("complete")

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.events.append(f"writable={ctx.channel.is_writable}")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
        outcome = "done" if getattr(event, "error", None) is None else type(event.error).__name__
        self.events.append(f"{type(event).__name__} {outcome}")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)
        self.events.append(type(error).__name__)


class Side:
    """One channel of a pair, with what its last handler was told."""

    def __init__(self, handler: SslHandler, *more: ChannelHandler[Any], **options: Any) -> None:
        self.handler = handler
        self.notes = Notes()
        self.channel = EmbeddedChannel(handler, *more, self.notes, **options)

    @property
    def events(self) -> list[str]:
        """What was told, without the ends of reads."""
        return [event for event in self.notes.events if event != "complete"]


class Pair:
    """A server and a client; nothing moves between them but by `exchange`."""

    def __init__(self, server: Side, client: Side) -> None:
        self.server = server
        self.client = client

    def exchange(self, chunk: int = 1 << 20, rounds: int = 1000) -> None:
        """Carry bytes both ways, in pieces of *chunk*, until neither side has any, or for so many rounds."""
        for _ in range(rounds):
            if not [self._carry(*way, chunk) for way in ((self.client, self.server), (self.server, self.client))].count(True):
                return

    def _carry(self, sender: Side, receiver: Side, chunk: int) -> bool:
        data = sender.channel.outbound_bytes()
        for start in range(0, len(data), chunk):
            if receiver.channel.is_open:
                receiver.channel.receive(data[start : start + chunk])
        if not sender.channel.is_open:
            receiver.channel.finish_input()
        return bool(data)


@pytest.fixture
def pair(certificates: Certificates) -> Callable[..., Pair]:
    """Makes a pair that knows the authority; options of either side override what it has."""

    def make(server: dict[str, Any] | None = None, client: dict[str, Any] | None = None, **sides: Any) -> Pair:
        of_server = {"context": certificates.server_context(), "server_side": True, **(server or {})}
        of_client = {"context": certificates.client_context(), "server_hostname": "server.test", **(client or {})}
        return Pair(
            Side(SslHandler(**of_server), config=sides.get("server_config")),
            Side(SslHandler(**of_client), config=sides.get("client_config")),
        )

    return make


def is_closed(channel: Channel) -> bool:
    """Whether the channel has come to its end."""
    return channel.close_future.is_done
