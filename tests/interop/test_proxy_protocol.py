"""The PROXY protocol with haproxy, nginx and curl: in and out, both versions, each on a port of its own."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, FullHttpResponse, HttpServerCodec, ServerBootstrap
from pyboot.components.netty.handler.proxy_protocol import PROXY_HEADER, ProxyProtocolSender
from pyboot.components.netty.wire.haproxy import (
    HAProxyCommand,
    HAProxyMessage,
    HAProxyProtocolVersion,
    HAProxyProxiedProtocol,
    HAProxyTLVType,
)

PATIENCE = 20
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
NGINX_STREAM = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
HAPROXY = """
global
  maxconn 50
defaults
  mode tcp
  timeout connect 5s
  timeout client 10s
  timeout server 10s
listen front
  bind 127.0.0.1:{front} {accept}
  {checks}
  server s 127.0.0.1:{back} {send}
"""
# A check that waits for a word of ours, and so is there when its header is read however slow we are.
CHECKS = "option tcp-check\n  tcp-check expect string 127.0.0.1"
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
load_module {module};
events {{ worker_connections 64; }}
stream {{ server {{
  listen 127.0.0.1:{front} {accept}; set_real_ip_from 127.0.0.1;
  proxy_pass 127.0.0.1:{back}; proxy_protocol on;
}} }}
"""


class Teller(ChannelHandler[Any]):
    """Tells each client who it is, and keeps the headers of proxies."""

    sharable = True

    def __init__(self) -> None:
        self.headers: asyncio.Queue[HAProxyMessage] = asyncio.Queue()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """A line."""
        if (header := ctx.channel.attr(PROXY_HEADER).get()) is not None:
            self.headers.put_nowait(header)
        ctx.write_and_flush(f"{ctx.channel.remote_address()[:2]}\n".encode())


@asynccontextmanager
async def telling() -> AsyncIterator[tuple[Teller, int]]:
    """A server behind proxies of this machine, and its port."""
    teller = Teller()
    bootstrap = ServerBootstrap().child_handler(teller).proxy_protocol(["127.0.0.1"])
    server = await bootstrap.bind("127.0.0.1", 0)
    try:
        yield teller, server.local_address()[1]
    finally:
        await bootstrap.shutdown_gracefully()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def program(name: str) -> str:
    """Where *name* is; skips where it is not installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed; .ci/run installs its package")
    return found


def nginx_program() -> str:
    """Where nginx is; skips where it, or its module for streams, is not installed."""
    if not NGINX_STREAM.exists():
        pytest.skip("the module stream of nginx is not installed; .ci/run installs libnginx-mod-stream")
    return program("nginx")


@asynccontextmanager
async def running(port: int, *command: str) -> AsyncIterator[None]:
    """A proxy, from when it listens on *port*; what it says is shown where it does not."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)  # it says nowhere when it listens
                else:
                    writer.close()
                    break
        if process.returncode is not None:
            pytest.fail(f"{command} ended: {(await process.communicate())[0].decode()}")
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


@asynccontextmanager
async def haproxy(folder: Path, back: int, send: str, accept: str = "", checks: str = "") -> AsyncIterator[int]:
    """haproxy before the port *back*, and its own port."""
    front, config = free_port(), folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(front=front, back=back, send=send, accept=accept, checks=checks))
    async with running(front, program("haproxy"), "-f", str(config), "-db"):
        yield front


@asynccontextmanager
async def nginx(folder: Path, back: int, accept: str = "") -> AsyncIterator[int]:
    """nginx before the port *back*, and its own port."""
    command, front, config = nginx_program(), free_port(), folder / "nginx.conf"
    config.write_text(NGINX.format(front=front, back=back, accept=accept, folder=folder, module=NGINX_STREAM))
    async with running(front, command, "-p", str(folder), "-c", str(config), "-e", str(folder / "errors")):
        yield front


async def told_at(port: int) -> tuple[str, tuple[str, int]]:
    """What a client there is told, and who it is."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        own = writer.get_extra_info("sockname")
        line = (await reader.readline()).decode().strip()
        writer.close()
        await writer.wait_closed()
        return line, own


@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id", "send-proxy-v2-ssl"])
async def test_clients_of_haproxy_are_themselves(send: str, tmp_path: Path) -> None:
    """Both versions, and its fields, whose sum it computes."""
    async with telling() as (teller, back), haproxy(tmp_path, back, send) as front:
        line, own = await told_at(front)

        assert str(own) == line
        header = await asyncio.wait_for(teller.headers.get(), PATIENCE)
        while header.source != own:  # the look whether it listens
            header = await asyncio.wait_for(teller.headers.get(), PATIENCE)
        assert ("127.0.0.1", front) == header.destination
        assert ("crc32c" in send) is (header.tlv(HAProxyTLVType.CRC32C) is not None)
        assert ("v2-ssl" in send) is (header.tlv(HAProxyTLVType.SSL) is not None)


async def test_health_checks_of_haproxy_are_its_own(tmp_path: Path) -> None:
    """Version 2 has a command for them: LOCAL."""
    async with telling() as (teller, back), haproxy(tmp_path, back, "send-proxy-v2 check-send-proxy check inter 50ms", checks=CHECKS):
        async with asyncio.timeout(PATIENCE):
            while (header := await teller.headers.get()).command is not HAProxyCommand.LOCAL:
                pass
        assert header.source is None


async def test_clients_of_nginx_are_themselves(tmp_path: Path) -> None:
    """Version 1 is what nginx sends."""
    async with telling() as (_, back), nginx(tmp_path, back) as front:
        line, own = await told_at(front)

        assert str(own) == line


class Listener(ChannelHandler[Any]):
    """Keeps the first line."""

    def __init__(self) -> None:
        self.line: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """It fits into one read."""
        if not self.line.done():
            self.line.set_result(bytes(msg))


async def told_for(port: int, header: HAProxyMessage, *, checksum: bool = False) -> str:
    """What a client of ours that comes for another is told."""
    listener = Listener()

    def fill(channel: Any) -> None:
        channel.pipeline().add_last(ProxyProtocolSender(header, checksum=checksum), listener)

    channel = await Bootstrap().handler(fill).connect("127.0.0.1", port)
    try:
        return (await asyncio.wait_for(listener.line, PATIENCE)).decode().strip()
    finally:
        await channel.close()


@pytest.mark.parametrize("version", HAProxyProtocolVersion)
@pytest.mark.parametrize("proxy", ["haproxy", "nginx"])
async def test_what_we_say_is_understood(proxy: str, version: HAProxyProtocolVersion, tmp_path: Path) -> None:
    """They read our header, and say in their own who we came for."""
    source = ("203.0.113.7", 56324)
    header = HAProxyMessage(version, HAProxyCommand.PROXY, HAProxyProxiedProtocol.TCP4, source, ("127.0.0.1", 443))
    async with telling() as (_, back):
        if proxy == "haproxy":
            async with haproxy(tmp_path, back, "send-proxy-v2", "accept-proxy") as front:
                told = await told_for(front, header, checksum=version is HAProxyProtocolVersion.V2)
        else:
            async with nginx(tmp_path, back, "proxy_protocol") as front:
                told = await told_for(front, header)
    assert str(source) == told


class Site(ChannelHandler[Any]):
    """Answers each request with who asks."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """At its end."""
        if getattr(msg, "uri", None) is not None:
            body = str(ctx.channel.remote_address()).encode()
            ctx.write_and_flush(FullHttpResponse(200, body, {"x-header": str(ctx.channel.attr(PROXY_HEADER).get())}))


async def test_curl_speaks_for_itself() -> None:
    """With --haproxy-protocol, in front of its request; and without it is refused, for it is trusted."""
    curl = program("curl")
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(HttpServerCodec(), Site()))
    server = await bootstrap.proxy_protocol(["127.0.0.1"]).bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.local_address()[1]}/"
    try:
        for options, statuses in (["--haproxy-protocol"], (0,)), ([], (52, 56)):  # of an end without an answer, and of a reset
            process = await asyncio.create_subprocess_exec(
                *(curl, "-sS", "-i", "--max-time", "10", "-w", "%{local_port}", *options, url),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            said, error = await process.communicate()
            assert process.returncode in statuses, error
            assert bool(options) is (b"v1 PROXY TCP4" in said)
            if options:
                assert b"('127.0.0.1', " + said.rpartition(b")")[2] + b")" in said
    finally:
        await bootstrap.shutdown_gracefully()
    assert 1 == server.peer_faults()["proxy-protocol"]
