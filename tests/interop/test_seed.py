"""The published documentation: every code block of it, run as written where it is a program.

Blocks that use names without importing them are given those names, as the block before them would have; what is left out of a
block or put in another's place is said by the test. The page beside this file is the one that is published with 1.3.3.
"""

import ast
import asyncio
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty import (
    Bootstrap,
    ByteBuffer,
    ChannelHandlerAdapter,
    ChannelHandlerContext,
    EchoHandler,
    EmbeddedChannel,
    NettyError,
    PooledByteBufferAllocator,
    ServerBootstrap,
)

SEED = (Path(__file__).parent / "seed.md").read_text()
BLOCKS = re.findall(r"^```(python|bash)\n(.*?)^```", SEED, re.MULTILINE | re.DOTALL)
STARTERS = Path(__file__).resolve().parents[2] / "starters/pyboot-netty"
FREE_PORT = ("'0.0.0.0', 8080", "'127.0.0.1', 0")  # the only words of a program that are changed: tests share the machine
INFO = "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s')\n"


def block(containing: str) -> str:
    """The code block with that in it."""
    (code,) = (code for _, code in BLOCKS if containing in code)
    return code


def echoed(port: int, sent: bytes) -> bytes:
    """What a server there gives back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, client.makefile("rb") as answers:
        client.sendall(sent)
        return answers.read(len(sent))


def test_no_block_is_forgotten() -> None:
    """Each is named by a test of this file, or of this list: a shell command that `test_distributions.py` runs with wheels."""
    source = Path(__file__).read_text()
    named = ["pip install pyboot-netty", *re.findall(r'block\("(.+?)"\)', source)]

    assert [] == [code for _, code in BLOCKS if not any(name in code for name in named)]
    assert [] == [code for kind, code in BLOCKS if kind == "python" if ast.parse(code) is None]


@pytest.mark.slow
def test_the_echo_server_in_one_line(serve: Callable[..., Any], tmp_path: Path) -> None:
    """4.2: as it stands, but on a free port."""
    server = serve(sys.executable, "-c", INFO + block("EchoServer().address").replace(*FREE_PORT), cwd=tmp_path)

    assert b"a line\r\n" == echoed(server.port, b"a line\r\n")


# 4.3, in which ByteBuffer, ChannelHandlerAdapter, Bootstrap and others are not imported, HOST, PORT, StdinTask and EchoClientHandler
# not written: this stands in front of it, that behind it.
BEFORE = """
import asyncio, sys
from pyboot.components.netty.bootstrap import Bootstrap
from pyboot.components.netty.channel import ByteBuffer, ChannelHandlerAdapter, ChannelOption, SocketChannel
from pyboot.commons.coroutine.task import CoroutineWorkGroup
from pyboot.commons.utils.bytes import PooledByteBufferAllocator
from pyboot.commons.utils.log import Logger
_logger = Logger('seed')
HOST, PORT = '127.0.0.1', int(sys.argv[1])

class StdinTask:
    async def run(self, ctx):
        line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        await ctx.channel.write(line.encode())

class EchoClientHandler(ChannelHandlerAdapter):
    def __init__(self, name, task):
        self.name, self.task = name, task

    async def channel_active(self, ctx):
        self.running = asyncio.get_running_loop().create_task(self.task.run(ctx))

    async def channel_read(self, ctx, msg):
        print(f'{self.name} reads {msg}', flush=True)
        await ctx.channel.close()
"""
AFTER = """
start_with_bootstrap_with_sync()
print('ended', flush=True)
"""
ECHO = INFO + "from pyboot.components.netty.server import EchoServer\nEchoServer(('127.0.0.1', 0)).start()"


def run_client(port: int) -> str:
    """The client of 4.3 with a line on its standard input; what it printed."""
    command = [sys.executable, "-c", BEFORE + block("class MyDecoder") + AFTER, str(port)]
    done = subprocess.run(command, input="a line\n", capture_output=True, text=True, timeout=60)
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_client_talks_to_a_server(serve: Callable[..., Any], tmp_path: Path) -> None:
    """4.3, whole: eleven handlers and options, callbacks, `grace` until the channel is closed."""
    output = run_client(serve(sys.executable, "-c", ECHO, cwd=tmp_path).port)

    assert "Liuyong reads a line\n" in output
    assert output.endswith("ended\n")


def test_a_decoder_and_a_handler_of_ones_own() -> None:
    """4.3: `MyDecoder` cuts what comes, `BizHandler` sends it back without awaiting the write."""
    code = block("class MyDecoder").partition("# 客户端")[0]
    names: dict[str, Any] = {"ByteBuffer": ByteBuffer, "ChannelHandlerAdapter": ChannelHandlerAdapter}
    exec(code, names)
    channel = EmbeddedChannel(names["MyDecoder"](4), names["BizHandler"]())

    channel.write_inbound(b"wordwor")
    channel.write_inbound(b"k")

    assert [b"word", b"work"] == [bytes(channel.read_outbound()), bytes(channel.read_outbound())]


def test_every_callback_is_called_in_the_form_of_the_page() -> None:
    """5.2: the handler as it stands, where `channel_event` takes no event; it is told all but that."""
    names: dict[str, Any] = {"ChannelHandlerAdapter": ChannelHandlerAdapter}
    exec(block("class MyHandler"), names)
    written = [name for name in vars(names["MyHandler"]) if not name.startswith("_")]
    told: list[str] = []

    class Telling(names["MyHandler"]):  # type: ignore[misc]  # made by exec
        async def channel_event(self, ctx: ChannelHandlerContext, *event: Any) -> None:
            told.append("channel_event")

    for name in set(written) - {"channel_event"}:
        setattr(Telling, name, _noting(name, told))
    channel = EmbeddedChannel(Telling())
    channel.write_inbound(b"word")
    channel.write_outbound(b"word")
    channel.pipeline().fire_exception_caught(ValueError())
    channel.close()
    channel.run_pending_tasks()

    assert set(written) == set(told)


def _noting(name: str, told: list[str]) -> Callable[..., Any]:
    async def note(self: object, ctx: ChannelHandlerContext, *_: Any) -> None:
        told.append(name)

    return note


def test_a_pooled_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """6: as it stands; `pyboot_netty` is the import name of the starter."""
    monkeypatch.syspath_prepend(str(STARTERS))
    names: dict[str, Any] = {}

    exec(block("from pyboot_netty import"), names)

    assert names["PooledByteBufferAllocator"] is PooledByteBufferAllocator
    assert 0 == names["buf"].ref_count


def test_views_are_memoryviews() -> None:
    """6: `read_bytes` gives one, without a copy."""
    buffer = PooledByteBufferAllocator.DEFAULT.buffer(1024)
    buffer.write_bytes(b"hello")

    assert isinstance(buffer.read_bytes(5), memoryview)


@pytest.mark.slow
def test_a_server_on_a_work_group(serve: Callable[..., Any], tmp_path: Path) -> None:
    """7: as it stands but for a free port; `ServerBootstrap` has a handler, and `boss_group` is made like `boss`."""
    code = block("boss = CoroutineWorkGroup").replace(*FREE_PORT)
    before = (
        "from pyboot.components.netty import EchoHandler, ServerBootstrap as Plain\n"
        "from pyboot.commons.coroutine.task import CoroutineWorkGroup\n"
        "boss_group = CoroutineWorkGroup(1, 'Acceptor')\n"
        "ServerBootstrap = lambda: Plain().childHandler(lambda sc: sc.pipeline().add_last(EchoHandler()))\n"
    )
    server = serve(sys.executable, "-c", before + code, cwd=tmp_path)

    assert b"word" == echoed(server.port, b"word")


async def test_a_server_without_a_handler_says_what_is_missing() -> None:
    """7, as it stands: 1.3 warned at each connection and threw its bytes away; as in Netty, the mistake is told when it is made."""
    with pytest.raises(NettyError, match="ServerBootstrap has no child_handler: nothing would serve the connections"):
        await ServerBootstrap().address("127.0.0.1", 0).bind()


async def test_a_client_that_reconnects() -> None:
    """8: as it stands; what it makes connects as soon as there is a server, and goes on doing that."""
    names: dict[str, Any] = {"Bootstrap": Bootstrap}
    exec(block("Bootstrap.auto_reconnect"), names)
    bootstrap: Bootstrap = names["bootstrap"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    failed = asyncio.Event()
    bootstrap.handler(lambda channel: None).address(address).when_connect_fail(lambda *_: failed.set())
    connecting = asyncio.ensure_future(bootstrap.connect())
    await failed.wait()

    with socket.create_server(address):
        assert (await connecting).is_active
        await bootstrap.close()


async def test_a_server_with_tls(tmp_path: Path) -> None:
    """9: as it stands, with a certificate of the test, on a free port, and with a handler, which the page leaves out."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o600)
    code = block("ServerBootstrap(ssl=True").replace("'/path/", f"'{tmp_path}/").replace("'0.0.0.0', 9443", "'127.0.0.1', 0")
    bootstraps: list[ServerBootstrap] = []

    def serving(**arguments: Any) -> ServerBootstrap:
        bootstraps.append(ServerBootstrap(**arguments).child_handler(EchoHandler()))
        return bootstraps[0]

    server = await eval(code, {"ServerBootstrap": serving})
    context = ssl.create_default_context()
    authority.configure_trust(context)
    reader, writer = await asyncio.open_connection(*server.local_address(), ssl=context)
    writer.write(b"a secret line")

    assert b"a secret line" == await asyncio.wait_for(reader.readexactly(13), 10)
    writer.close()
    await writer.wait_closed()
    await bootstraps[0].shutdown_gracefully(0, 5)
