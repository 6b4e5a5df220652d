"""Every setting of a server reaches its socket, its channel or its handlers: each field of the model has a reader here, or this fails."""

import asyncio
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from pydantic import BaseModel

from pyboot.boot import ApplicationContext, Import, PyBootApplication, start
from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext, ChannelOption, ConnectionDeadlines, SslHandler
from pyboot.components.netty.handler.proxy_protocol import ProxyProtocolHandler
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.idle import IdleCloser
from pyboot.netty.properties import QuicProperties, ServerProperties
from pyboot.netty.servers import NettyServers

CHANNELS: list[Channel] = []
THREADS: list[str] = []


@NettyServer(port=0)
class EchoServer:
    """A server."""


@ChannelHandlerBean()
class Echo(ChannelHandler[Any]):
    """Notes its connection."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Note, and say so to the peer."""
        CHANNELS.append(ctx.channel)
        THREADS.append(threading.current_thread().name)
        ctx.write_and_flush(b"hello")


@Import(EchoServer, Echo)
@PyBootApplication(scan=())
class App:
    """An application of these."""


class Seen(NamedTuple):
    """What there is to read back: the connection, and the application."""

    channel: Any
    context: ApplicationContext

    @property
    def servers(self) -> NettyServers:
        """The servers."""
        return self.context.get(NettyServers)

    def option(self, name: str) -> int:
        """What the system has for an option of the connection."""
        value: int = self.channel.get_socket_option(getattr(ChannelOption, name))
        return value

    def backlog(self) -> int:
        """What the system has for the backlog: Linux tells it of a listening socket where it tells others what was acknowledged."""
        (listening,) = self.channel.parent.sockets
        value: int = struct.unpack_from("I", listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 28)[0]
        return value

    def idle(self) -> dict[str, float]:
        """The times that the closer of idle connections watches."""
        closer = self.channel.pipeline().get(IdleCloser)
        return {watch.state.name: watch._seconds for watch in closer._watches}

    @property
    def deadlines(self) -> Any:
        """The handler that watches how messages come."""
        return self.channel.pipeline().get(ConnectionDeadlines)

    @property
    def proxies(self) -> Any:
        """The rules of the handler that reads headers of proxies; None without it."""
        handler = self.channel.pipeline().find(ProxyProtocolHandler)
        return None if handler is None else self.channel.pipeline().get(ProxyProtocolHandler)._rules

    @property
    def tls(self) -> Any:
        """The handler that encrypts."""
        return self.channel.pipeline().get(SslHandler)


class Case(NamedTuple):
    """A setting, how it is read back, and what is expected; *more* has to be set beside it."""

    value: str
    read: Callable[[Seen], object]
    expected: object
    more: dict[str, str] = {}


TLS = {"tls.bundle": "web"}
PROXIES = {"proxy_protocol.trusted": "10.0.0.1"}  # of whom the peer is not one, so that the handler waits for what it says
UNIX = {"transport": "unix"}

CASES: dict[str, Case] = {
    "enabled": Case("true", lambda seen: seen.servers.names, ["echo"]),
    "transport": Case("unix", lambda seen: type(seen.channel).__name__, "UnixSocketChannel", {"path": "{path}"}),
    "host": Case("127.0.0.2", lambda seen: seen.servers.address()[0], "127.0.0.2"),
    "port": Case("{port}", lambda seen: str(seen.servers.address()[1]), "{port}"),
    "path": Case("{path}", lambda seen: seen.channel.parent.local_address(), "{path}", UNIX),
    "listeners.host": Case("127.0.0.2", lambda seen: seen.servers.addresses()["a"][0], "127.0.0.2"),
    "listeners.port": Case("{port}", lambda seen: str(seen.servers.addresses()["a"][1]), "{port}"),
    "listeners.path": Case("{path}", lambda seen: seen.servers.addresses()["a"], "{path}"),
    "listeners.tls.enabled": Case("false", lambda seen: seen.tls, None, {"listeners.tls.bundle": "web", **TLS}),
    "listeners.tls.bundle": Case("web", lambda seen: seen.tls is not None, True),
    "listeners.tls.client_auth": Case(
        "optional", lambda seen: seen.tls._machine.ssl_object.context.verify_mode, ssl.CERT_OPTIONAL, {"listeners.tls.bundle": "web"}
    ),
    "listeners.tls.alpn": Case(
        "x", lambda seen: seen.tls._machine.ssl_object.selected_alpn_protocol(), "x", {"listeners.tls.bundle": "web"}
    ),
    "listeners.tls.handshake_timeout": Case("3s", lambda seen: seen.tls._handshake_seconds, 3.0, {"listeners.tls.bundle": "web"}),
    "listeners.tls.close_notify_timeout": Case("2s", lambda seen: seen.tls._closing._flush_seconds, 2.0, {"listeners.tls.bundle": "web"}),
    "instances.host": Case("127.0.0.2", lambda seen: seen.servers.address("echo.a")[0], "127.0.0.2"),
    "instances.port": Case("{port}", lambda seen: str(seen.servers.address("echo.a")[1]), "{port}"),
    "instances.path": Case("{path}", lambda seen: seen.servers.addresses("echo.a")[""], "{path}"),
    "proxy_protocol.enabled": Case("false", lambda seen: seen.proxies, None, PROXIES),
    "proxy_protocol.trusted": Case("10.0.0.1", lambda seen: ("10.0.0.1", 1) in seen.proxies.trusted, True),
    "proxy_protocol.timeout": Case("3s", lambda seen: seen.proxies.timeout_seconds, 3.0, PROXIES),
    "proxy_protocol.max_header": Case("1KiB", lambda seen: seen.proxies.max_header_bytes, 1024, PROXIES),
    "proxy_protocol.required": Case("false", lambda seen: seen.proxies.required, False, PROXIES),
    "listeners.proxy_protocol.enabled": Case(
        "false", lambda seen: seen.proxies, None, {"listeners.proxy_protocol.trusted": "10.0.0.1", **PROXIES}
    ),
    "listeners.proxy_protocol.trusted": Case("10.0.0.1", lambda seen: ("10.0.0.1", 1) in seen.proxies.trusted, True),
    "listeners.proxy_protocol.timeout": Case(
        "3s", lambda seen: seen.proxies.timeout_seconds, 3.0, {"listeners.proxy_protocol.trusted": "10.0.0.1"}
    ),
    "listeners.proxy_protocol.max_header": Case(
        "1KiB", lambda seen: seen.proxies.max_header_bytes, 1024, {"listeners.proxy_protocol.trusted": "10.0.0.1"}
    ),
    "listeners.proxy_protocol.required": Case(
        "false", lambda seen: seen.proxies.required, False, {"listeners.proxy_protocol.trusted": "10.0.0.1"}
    ),
    "worker": Case("own", lambda seen: THREADS[-1], "netty-own-0"),
    "boss": Case("own", lambda seen: seen.channel.parent.loop is seen.channel.loop, False),
    "backlog": Case("7", lambda seen: seen.backlog() if sys.platform == "linux" else 7, 7),
    "max_connections": Case("9", lambda seen: seen.channel.parent.max_connections, 9),
    "max_connections_per_address": Case("8", lambda seen: seen.channel.parent.max_connections_per_address, 8),
    "accept_rate": Case("70", lambda seen: seen.channel.parent.get_option(ChannelOption.ACCEPT_RATE), 70),
    "first_byte_timeout": Case("21s", lambda seen: seen.deadlines.first_byte_seconds, 21.0),
    "frame_timeout": Case("22s", lambda seen: seen.deadlines.frame_seconds, 22.0),
    "min_rate": Case("1KiB", lambda seen: seen.deadlines.min_rate, 1024),
    "max_unread": Case("2KiB", lambda seen: seen.deadlines.max_unread, 2048),
    "half_close_timeout": Case("23s", lambda seen: seen.channel.config.half_close_timeout, 23.0),
    "pipeline": Case("line-encoder", lambda seen: "LineEncoder" in str(seen.channel.pipeline()), True),
    "keep_alive.enabled": Case("false", lambda seen: seen.option("SO_KEEPALIVE"), 0),
    "keep_alive.idle": Case("7s", lambda seen: seen.option("TCP_KEEPIDLE"), 7),
    "keep_alive.interval": Case("6s", lambda seen: seen.option("TCP_KEEPINTVL"), 6),
    "keep_alive.count": Case("5", lambda seen: seen.option("TCP_KEEPCNT"), 5),
    "idle.reader": Case("11s", lambda seen: seen.idle(), {"READER_IDLE": 11.0}),
    "idle.writer": Case("12s", lambda seen: seen.idle(), {"WRITER_IDLE": 12.0}),
    "idle.all": Case("13s", lambda seen: seen.idle(), {"ALL_IDLE": 13.0}),
    "write_buffer.low": Case("1KiB", lambda seen: seen.channel.config.low_water_mark, 1024),
    "write_buffer.high": Case("40KiB", lambda seen: seen.channel.config.high_water_mark, 40960),
    "write_buffer.limit": Case("1MiB", lambda seen: seen.channel.config.write_buffer_limit, 1048576),
    "mailbox.messages": Case("5", lambda seen: seen.channel.config.mailbox_limit, 5),
    "mailbox.bytes": Case("5KiB", lambda seen: seen.channel.config.mailbox_bytes, 5120),
    "write_stall_timeout": Case("5s", lambda seen: seen.channel.config.write_stall_timeout, 5.0),
    "close_timeout": Case("4s", lambda seen: seen.channel.config.close_timeout, 4.0),
    "allocator": Case("big", lambda seen: seen.channel.allocator is seen.context.get(NettyAllocators)["big"], True),
    "tls.enabled": Case("false", lambda seen: seen.tls, None, TLS),
    "tls.bundle": Case("web", lambda seen: seen.tls is not None, True),
    "tls.client_auth": Case("optional", lambda seen: seen.tls._machine.ssl_object.context.verify_mode, ssl.CERT_OPTIONAL, TLS),
    "tls.alpn": Case("x", lambda seen: seen.tls._machine.ssl_object.selected_alpn_protocol(), "x", TLS),
    "tls.handshake_timeout": Case("3s", lambda seen: seen.tls._handshake_seconds, 3.0, TLS),
    "tls.close_notify_timeout": Case("2s", lambda seen: seen.tls._closing._flush_seconds, 2.0, TLS),
}

ELSEWHERE = {
    **{
        f"quic.{name}": "tests/netty/test_quic.py" for name in QuicProperties.model_fields
    },  # what other rooms and codecs read, and where that is shown
    "asgi": "tests/web/test_host.py",
    "wsgi": "tests/web/test_definitions.py",
    "http": "tests/netty/pipeline/builtin/test_http_server.py",
    "http2": "tests/netty/test_assembly.py",
    "http3.enabled": "tests/netty/test_semantics_http3.py",
}


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every setting below *model*, those of maps without their keys."""
    for name, field in model.model_fields.items():
        inner = next((each for each in (field.annotation, *getattr(field.annotation, "__args__", ())) if _is_model(each)), None)
        if inner is None:
            yield prefix + name
        else:
            yield from fields(inner, f"{prefix}{name}.")


def _is_model(each: object) -> bool:
    return isinstance(each, type) and issubclass(each, BaseModel)


def test_every_setting_has_a_reader() -> None:
    """A field that is added without one fails here."""
    assert sorted(fields(ServerProperties)) == sorted([*CASES, *ELSEWHERE])
    assert all((Path(__file__).resolve().parents[2] / page).exists() for page in ELSEWHERE.values())


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def _key(name: str) -> str:
    first, _, rest = name.partition(".")
    name = f"{first}.a.{rest}" if first in ("listeners", "instances") else name
    is_list = first == "pipeline" or name.endswith(("tls.alpn", "protocol.trusted"))
    return f"netty.servers.echo.{name.replace('_', '-')}{'[0]' if is_list else ''}"


@pytest.mark.parametrize("name", CASES)
async def test_a_setting_is_read_back(name: str, tmp_path: Path) -> None:
    """Set, and read where it works: by getsockopt, of the channel, of the handler."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "web.pem")
    (tmp_path / "web.pem").chmod(0o600)
    case, known = CASES[name], {"{path}": str(tmp_path / "s"), "{port}": _free_port()}
    given = {_key(key): known.get(value, value) for key, value in {**case.more, name: case.value}.items()}
    rest = {
        "netty.groups.own.threads": "1",
        "netty.allocators.big.type": "pooled",
        "ssl.bundles.web.keystore.certificate": str(tmp_path / "web.pem"),
        "ssl.bundles.web.truststore.certificate": str(tmp_path / "ca.pem"),
    }
    if "tls" in name and not name.endswith("client_auth"):
        rest[_key(f"{name.rpartition('.')[0]}.client_auth")] = "none"
    tls = ssl.create_default_context(cafile=tmp_path / "ca.pem") if "tls" in name and not name.endswith("enabled") else None
    if tls is not None:
        tls.set_alpn_protocols(["x"])
    CHANNELS.clear()

    async with start(App, properties={**rest, **given}) as context:
        servers = context.get(NettyServers)
        address = next(iter(servers.addresses(servers.names[0]).values()))
        await _read_back(address, tls, Seen(None, context), case, known)


async def _read_back(address: Any, tls: ssl.SSLContext | None, seen: Seen, case: Case, known: dict[str, str]) -> None:
    """Read while the connection is open."""
    opening = asyncio.open_unix_connection(address) if isinstance(address, str) else asyncio.open_connection(*address[:2], ssl=tls)
    reader, writer = await opening
    assert b"hello" == await reader.readexactly(5)
    expected = known.get(case.expected, case.expected) if isinstance(case.expected, str) else case.expected
    assert expected == case.read(seen._replace(channel=CHANNELS[-1]))
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
