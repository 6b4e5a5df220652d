"""Every setting of a client reaches its socket, its channel, its handlers or what connects it: each field of the model has a reader here.

As tests/netty/test_semantics_settings.py does it for servers.
"""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from pydantic import BaseModel

from pyboot.boot import ApplicationContext, Import, PyBootApplication, start
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelOption, FixedChannelPool, SslHandler
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.clients import NettyClients
from pyboot.netty.client.heartbeat import Heartbeat
from pyboot.netty.client.properties import ClientProperties, ClientProxyProperties
from pyboot.netty.client.state import ClientState
from pyboot.netty.idle import IdleCloser

THREADS: list[str] = []


@NettyClient(host="127.0.0.1")
class UpClient:
    """Its port is a setting."""


@ChannelHandlerBean(client="up")
class Note(ChannelHandler[Any]):
    """Notes where it lives."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Note it."""
        THREADS.append(threading.current_thread().name)
        ctx.fire_channel_active()


@Import(UpClient, Note)
@PyBootApplication(scan=())
class App:
    """An application of these."""


class Seen(NamedTuple):
    """What there is to read back: the connection, its client, what became of that by the start, and the application."""

    channel: Any
    client: NettyClient
    began: ClientState
    context: ApplicationContext

    def option(self, name: str) -> int:
        """What the system has for an option of the connection."""
        value: int = self.channel.get_socket_option(getattr(ChannelOption, name))
        return value

    def watches(self, handler: type[IdleCloser | Heartbeat]) -> dict[str, float]:
        """The times that a handler watches."""
        return {watch.state.name: watch._seconds for watch in self.channel.pipeline().get(handler)._watches}

    @property
    def beat(self) -> Any:
        """The handler that asks a silent peer."""
        return self.channel.pipeline().get(Heartbeat)

    @property
    def tls(self) -> Any:
        """The handler that encrypts."""
        return self.channel.pipeline().get(SslHandler)

    @property
    def backoff(self) -> Any:
        """The waits between attempts."""
        assert self.client._reconnecting is not None
        return self.client._reconnecting._backoff

    @property
    def queue(self) -> Any:
        """What waits for a connection."""
        return self.client._wiring.queue

    @property
    def pool(self) -> Any:
        """The connections to lend."""
        return self.context.get(FixedChannelPool)

    async def next_host(self) -> object:
        """The host of the connection after this one."""
        self.channel.abort()
        await self.channel.close_future
        return (await self.client.connected(10)).remote_address()[0]  # type: ignore[index]  # an address of the internet


class Case(NamedTuple):
    """A setting, how it is read back, and what is expected; *more* has to be set beside it."""

    value: str
    read: Callable[[Seen], object]
    expected: object
    more: dict[str, str] = {}


TLS = {"tls.bundle": "own"}
UNIX = {"transport": "unix"}
BEAT = {"heartbeat.payload": "beat"}
QUEUE = {"outage.writes": "queue"}

CASES: dict[str, Case] = {
    "enabled": Case("true", lambda seen: seen.context.get(NettyClients).names, ["up"]),
    "transport": Case("unix", lambda seen: type(seen.channel).__name__, "UnixSocketChannel", {"path": "{path}"}),
    "host": Case("127.0.0.2", lambda seen: seen.channel.remote_address()[0], "127.0.0.2"),
    "port": Case("{port}", lambda seen: str(seen.channel.remote_address()[1]), "{port}"),
    "path": Case("{path}", lambda seen: seen.channel.remote_address(), "{path}", UNIX),
    "hosts": Case("127.0.0.2", lambda seen: seen.channel.remote_address()[0], "127.0.0.2"),
    "host_order": Case(
        "round-robin", Seen.next_host, "127.0.0.3", {"hosts[0]": "127.0.0.2", "hosts[1]": "127.0.0.3", "reconnect.initial": "1ms"}
    ),
    "instances.host": Case("127.0.0.2", lambda seen: seen.channel.remote_address()[0], "127.0.0.2"),
    "instances.port": Case("{port}", lambda seen: str(seen.channel.remote_address()[1]), "{port}"),
    "instances.path": Case("{path}", lambda seen: seen.channel.remote_address(), "{path}", UNIX),
    "group": Case("own", lambda seen: THREADS[-1], "netty-own-0"),
    "connect_timeout": Case("3s", lambda seen: seen.channel.config.connect_timeout, 3.0),
    "pipeline": Case("line-encoder", lambda seen: "LineEncoder" in str(seen.channel.pipeline()), True),
    "keep_alive.enabled": Case("false", lambda seen: seen.option("SO_KEEPALIVE"), 0),
    "keep_alive.idle": Case("7s", lambda seen: seen.option("TCP_KEEPIDLE"), 7),
    "keep_alive.interval": Case("6s", lambda seen: seen.option("TCP_KEEPINTVL"), 6),
    "keep_alive.count": Case("5", lambda seen: seen.option("TCP_KEEPCNT"), 5),
    "idle.reader": Case("11s", lambda seen: seen.watches(IdleCloser), {"READER_IDLE": 11.0}),
    "idle.writer": Case("12s", lambda seen: seen.watches(IdleCloser), {"WRITER_IDLE": 12.0}),
    "idle.all": Case("13s", lambda seen: seen.watches(IdleCloser), {"ALL_IDLE": 13.0}),
    "write_buffer.low": Case("1KiB", lambda seen: seen.channel.config.low_water_mark, 1024),
    "write_buffer.high": Case("40KiB", lambda seen: seen.channel.config.high_water_mark, 40960),
    "write_buffer.limit": Case("1MiB", lambda seen: seen.channel.config.write_buffer_limit, 1048576),
    "half_close_timeout": Case("23s", lambda seen: seen.channel.config.half_close_timeout, 23.0),
    "mailbox.messages": Case("5", lambda seen: seen.channel.config.mailbox_limit, 5),
    "mailbox.bytes": Case("5KiB", lambda seen: seen.channel.config.mailbox_bytes, 5120),
    "write_stall_timeout": Case("5s", lambda seen: seen.channel.config.write_stall_timeout, 5.0),
    "close_timeout": Case("4s", lambda seen: seen.channel.config.close_timeout, 4.0),
    "allocator": Case("big", lambda seen: seen.channel.allocator is seen.context.get(NettyAllocators)["big"], True),
    "tls.enabled": Case("false", lambda seen: seen.tls, None, TLS),
    "tls.bundle": Case("own", lambda seen: seen.tls is not None, True),
    "tls.server_hostname": Case("peer.test", lambda seen: seen.tls._machine.ssl_object.server_hostname, "peer.test", TLS),
    "tls.alpn": Case("x", lambda seen: seen.tls._machine.ssl_object.selected_alpn_protocol(), "x", TLS),
    "tls.handshake_timeout": Case("3s", lambda seen: seen.tls._handshake_seconds, 3.0, TLS),
    "heartbeat.payload": Case("beat", lambda seen: seen.beat._payload, b"beat"),
    "heartbeat.payload_hex": Case("00ff", lambda seen: seen.beat._payload, b"\x00\xff"),
    "heartbeat.interval": Case("17s", lambda seen: seen.watches(Heartbeat), {"WRITER_IDLE": 17.0}, BEAT),
    "heartbeat.timeout": Case("7s", lambda seen: seen.beat._timeout, 7.0, BEAT),
    "reconnect.enabled": Case("false", lambda seen: seen.backoff, None),
    "reconnect.initial": Case("70ms", lambda seen: seen.backoff.initial_seconds, 0.07),
    "reconnect.max": Case("7s", lambda seen: seen.backoff.max_seconds, 7.0),
    "reconnect.multiplier": Case("3", lambda seen: seen.backoff.multiplier, 3.0),
    "reconnect.jitter": Case("0.7", lambda seen: seen.backoff.jitter, 0.7),
    "reconnect.max_attempts": Case("7", lambda seen: seen.backoff.max_attempts, 7),
    "reconnect.stable_after": Case("7s", lambda seen: seen.backoff.stable_seconds, 7.0),
    "outage.writes": Case("queue", lambda seen: seen.queue is not None, True),
    "outage.max_messages": Case("7", lambda seen: seen.queue.max_messages, 7, QUEUE),
    "outage.max_bytes": Case("7KiB", lambda seen: seen.queue.max_bytes, 7168, QUEUE),
    "lazy": Case("true", lambda seen: seen.began, ClientState.NEW),
    "required": Case("true", lambda seen: seen.began, ClientState.CONNECTED),
    "daemon": Case("true", lambda seen: seen.context.get(NettyClients).keeps_alive, False),
    "pool.max_connections": Case("3", lambda seen: seen.pool._max_connections, 3),
    "pool.max_pending": Case("4", lambda seen: seen.pool._max_waiting, 4),
    "pool.acquire_timeout": Case("5s", lambda seen: seen.pool._timeout, 5.0),
}

_RESOLVER = "enabled servers families search ndots timeout attempts rotate cache_size max_ttl max_negative_ttl round_robin"
ELSEWHERE = {
    "start_timeout": "tests/netty/client/test_clients.py",  # where the start waits in vain
    **{f"resolver.{name}": "tests/netty/client/test_resolver.py" for name in _RESOLVER.split()},
    **{f"proxy.{name}": "tests/netty/client/test_semantics_proxy.py" for name in ClientProxyProperties.model_fields},
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
    assert sorted(fields(ClientProperties)) == sorted([*CASES, *ELSEWHERE])
    assert all((Path(__file__).resolve().parents[3] / page).exists() for page in ELSEWHERE.values())


def _key(name: str) -> str:
    first, _, rest = name.partition(".")
    name = f"{first}.a.{rest}" if first == "instances" else name
    return f"netty.clients.up.{name.replace('_', '-')}{'[0]' if name in ('pipeline', 'tls.alpn', 'hosts') else ''}"


@pytest.mark.parametrize("name", CASES)
async def test_a_setting_is_read_back(name: str, tmp_path: Path) -> None:
    """Set, and read where it works: by getsockopt, of the channel, of the handler, of what connects."""
    case = CASES[name]
    tls = _peer_of(tmp_path) if name.startswith("tls") and name != "tls.enabled" else None
    path = str(tmp_path / "s")
    async with AsyncExitStack() as peers, asyncio.timeout(20):
        peer = await peers.enter_async_context(await asyncio.start_server(_hold, "0.0.0.0", 0, ssl=tls))
        await peers.enter_async_context(await asyncio.start_unix_server(_hold, path))
        known = {"{path}": path, "{port}": str(peer.sockets[0].getsockname()[1])}
        given = {_key(key): known.get(value, value) for key, value in {**case.more, name: case.value}.items()}
        rest = {"netty.groups.own.threads": "1", "netty.allocators.big.type": "pooled"}
        if path not in given.values():
            rest["netty.clients.up.port"] = known["{port}"]
        if tls is not None:
            rest["ssl.bundles.own.truststore.certificate"] = str(tmp_path / "ca.pem")
        async with start(App, properties={**rest, **given}) as context:
            client = context.get(NettyClient)
            seen = Seen(None, client, client.state, context)
            seen = seen._replace(channel=await client.connected(10))
            read = case.read(seen)
            expected = known.get(case.expected, case.expected) if isinstance(case.expected, str) else case.expected
            assert expected == (await read if isinstance(read, Awaitable) else read)


def _peer_of(folder: Path) -> ssl.SSLContext:
    """What a peer of these names shows, whose authority is written into the *folder*."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "peer.test").configure_cert(context)
    context.set_alpn_protocols(["x"])
    return context


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep the connection until the client ends it."""
    try:
        await reader.read()
    except OSError:
        pass
    finally:
        writer.transport.abort()
