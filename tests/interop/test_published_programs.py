"""Programs written for the published package 1.3.4 run as they are: its work groups, allocator and logger, in processes of their own."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # importing pyboot-commons prints, and its work groups sleep

# A frame that the published module itself carries, and one of HJ 212-2017.
LONG_FRAME = (
    b"##0492QN=20230421175500246;ST=22;CN=2011;PW=123456;MN=2023041803100001;Flag=5;CP=&&DataTime=20230421175400;LA-Rtd=50.7,LA-Flag=N;"
    b"a01007-Rtd=0.8,a01007-Flag=N;a01008-Rtd=150.0,a01008-Flag=N;a01001-Rtd=26.0,a01001-Flag=N;a01002-Rtd=76.3,a01002-Flag=N;"
    b"a01006-Rtd=100.4,a01006-Flag=N;LeqT-Rtd=52.5,LeqT-Flag=N;L5-Rtd=56.8,L5-Flag=N;L10-Rtd=54.1,L10-Flag=N;L50-Rtd=48.4,L50-Flag=N;"
    b"L90-Rtd=46.5,L90-Flag=N;L95-Rtd=46.2,L95-Flag=N;Lmin-Rtd=44.5,Lmin-Flag=N;Lmax-Rtd=87.9,Lmax-Flag=N;SD-Rtd=3.5,SD-Flag=N&&35C0\r\n"
)
SHORT_FRAME = (
    b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n"  # its annex
)

ECHO = """
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
from pyboot.components.netty.server import EchoServer
EchoServer(("127.0.0.1", 0)).start()
"""

MONITORS = """
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
from pyboot.components.netty.server import HJ212Server, HJ212Frame, HJ212FrameDecoder
from pyboot.components.netty.codec import StringDecoder
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelHandleError, SocketChannel

class Reporting(ChannelHandler[HJ212Frame]):
    async def channel_read(self, ctx: ChannelHandlerContext, data: HJ212Frame):
        await ctx.channel.write(f"{data.mn} {data.size} {data.crc} {len(data.data)}\\n".encode())

    async def exception_caught(self, ctx: ChannelHandlerContext, exception: BaseException):
        if isinstance(exception, ChannelHandleError):
            await ctx.channel.write(b"refused\\n")

class Monitors(HJ212Server):
    def initHandler(self, sc: SocketChannel):
        _pipeline = sc.pipeline()
        _pipeline.add_last(StringDecoder())
        _pipeline.add_last(HJ212FrameDecoder())
        _pipeline.add_last(Reporting())

Monitors(("127.0.0.1", 0)).start()
"""

SERVER = """
import asyncio
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelOption, ChannelEvent
from pyboot.components.netty.channel import SocketChannel, ServerSocketChannel, SocketChannelInitializer
from pyboot.components.netty.bootstrap import ServerBootstrap, ignore_gc_warning
from pyboot.components.netty.handler import IdleStateHandler, LoggingHandler, WriteTimeoutHandler, ListRemoteAddressFilter
from pyboot.components.netty.codec import *
from pyboot.commons.coroutine.task import CoroutineWorkGroup
from pyboot.commons.utils.bytes import ByteBuffer, PooledByteBufferAllocator
from pyboot.commons.utils.log import Logger

_logger = Logger('server')
ignore_gc_warning()

class EchoHandler(ChannelHandler):
    async def channel_active(self, ctx: ChannelHandlerContext):
        await ctx.fire_channel_active()

    async def channel_read(self, ctx: ChannelHandlerContext, data):
        await ctx.channel.write(data)

    async def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, *args):
        _logger.DEBUG(f'event={event}')
        await ctx.fire_channel_event(event, *args)

    async def exception_caught(self, ctx: ChannelHandlerContext, exception: BaseException):
        _logger.ERROR(f'{exception}')
        await ctx.channel.close()

class Bytes(MessageToMessageEncoder[str, bytes]):
    async def encode(self, ctx: ChannelHandlerContext, data: str, out: list[bytes]):
        out.append(data.encode())

class Initializer(SocketChannelInitializer):
    def initChannel(self, sc: SocketChannel):
        _pipeline = sc.pipeline()
        _pipeline.add_last(ListRemoteAddressFilter(black_ips=['10.0.0.1']))
        _pipeline.add_last(IdleStateHandler(0, 120, 0))
        _pipeline.add_last(LoggingHandler(Logger.LEVEL.INFO))
        _pipeline.add_last(WriteTimeoutHandler(5, False))
        CODECS
        _pipeline.add_last(EchoHandler())

def bound(b, channel):
    print(f'listening on {channel.local_address()}', flush=True)

ServerBootstrap().group(CoroutineWorkGroup(1, 'BossGroup')).channel(ServerSocketChannel).childHandler(Initializer())\\
    .option(ChannelOption.SO_BACKLOG, 1024).option(ChannelOption.ALLOCATOR, PooledByteBufferAllocator.DEFAULT)\\
    .childOption(ChannelOption.TCP_NODELAY, True).childOption(ChannelOption.SO_SNDBUF, 32 * 1024).address(('127.0.0.1', 0))\\
    .when_connect_sucess(bound).shutdown_callback(print, 'released').grace()
print('ended', flush=True)
"""

# What is in the pipeline, what is sent, what comes back.
VARIANTS = {
    "echo": ("", b"any bytes", b"any bytes"),
    "line": ("_pipeline.add_last(LineBasedFrameDecoder(stripDelimiter=False))", b"one\r\ntwo\nthr", b"one\r\ntwo\n"),
    "line of text": (
        "_pipeline.add_last(LineBasedFrameDecoder()); _pipeline.add_last(StringDecoder(charset='utf-8', strip=True));"
        "_pipeline.add_last(StringEncoder(charset='utf-8', end='\\n'))",
        "  中国 \r\n".encode(),
        "中国\n".encode(),
    ),
    "delimiter": (
        "_pipeline.add_last(ByteDelimiterBasedFrameDecoder([b'\\n', b'\\r\\n'], stripDelimiter=False))",
        b"one\r\ntwo\nthr",
        b"one\r\ntwo\n",
    ),
    "length field": (
        "_pipeline.add_last(LengthFieldBasedFrameDecoder(length_field_length=4, length_adjustment=0, length_field_offset=4,"
        "initial_bytes_to_strip=8)); _pipeline.add_last(StringDecoder(charset='utf-8', strip=True));"
        "_pipeline.add_last(SimpleBytesLengthFieldBasedFrameEncoder()); _pipeline.add_last(Bytes())",
        b"\x01\0\x02\x02\0\0\0\x04word",
        b"\x01\0\x02\x02\0\0\0\x04word",
    ),
    "fixed length": ("_pipeline.add_last(FixedLengthFrameDecoder(fix_length=4))", b"wordwor", b"word"),
    "json": (
        "_pipeline.add_last(LineBasedFrameDecoder()); _pipeline.add_last(JsonDecoder());_pipeline.add_last(JsonEncoder())",
        b'{"a": [1, null]}\n',
        b'{"a":[1,null]}',
    ),
}
CLIENT = """
import asyncio, sys
from pyboot.components.netty.bootstrap import Bootstrap
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelOption, SocketChannel, NetWorkError
from pyboot.components.netty.handler import IdleStateHandler, LoggingHandler, WriteTimeoutHandler
from pyboot.components.netty.codec import LineBasedFrameDecoder, StringDecoder, StringEncoder
from pyboot.commons.coroutine.task import CoroutineWorkGroup
from pyboot.commons.utils.bytes import PooledByteBufferAllocator
from pyboot.commons.utils.log import Logger

def print(*words, flush=True):  # a line in one piece: the callbacks of two threads print, and so does the log
    sys.stdout.write(" ".join(words) + "\\n")
    sys.stdout.flush()

class StdinTask:
    async def run(self, ctx: ChannelHandlerContext):
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await ctx.channel.write(line)

class EchoClientHandler(ChannelHandler[str]):
    def __init__(self, name: str, task: StdinTask):
        self._name, self._task, self._seen = name, task, 0

    async def channel_active(self, ctx: ChannelHandlerContext):
        self._running = asyncio.get_running_loop().create_task(self._task.run(ctx))
        await ctx.fire_channel_active()

    async def channel_read(self, ctx: ChannelHandlerContext, data: str):
        print(f'{self._name} reads {data}', flush=True)
        if data == 'last':
            await ctx.channel.close()

handler = EchoClientHandler('Liuyong', StdinTask())

def initChannel(sc: SocketChannel):
    _pipeline = sc.pipeline()
    _pipeline.add_last(IdleStateHandler(0, 120, 0))
    _pipeline.add_last(LoggingHandler(Logger.LEVEL.DEBUG))
    _pipeline.add_last(WriteTimeoutHandler(5, False))
    _pipeline.add_last(LineBasedFrameDecoder(stripDelimiter=False))
    _pipeline.add_last(StringDecoder(charset='utf-8', strip=True))
    _pipeline.add_last(StringEncoder(charset='utf-8', end=''))
    _pipeline.add_last(handler)

async def connected(b: Bootstrap, r, w):
    print('connected', flush=True)

bs = Bootstrap().group(CoroutineWorkGroup(1, 'WorkGroup')).channel(SocketChannel).handler(initChannel)\\
    .option(ChannelOption.SO_BACKLOG, 1024).option(ChannelOption.SO_TIMEOUT, 6)\\
    .option(ChannelOption.ALLOCATOR, PooledByteBufferAllocator.DEFAULT).address(('127.0.0.1', int(sys.argv[1])))\\
    .when_connect_sucess(connected).shutdown_callback(print, 'released')

async def with_future():
    try:
        bf = await bs.connect()
    except NetWorkError as e:
        print('no server', type(e).__name__)
        return
    r, w = bf.result()
    await bf.sync()

bs.grace() if sys.argv[2] == 'grace' else asyncio.run(with_future())
print('ended', flush=True)
"""


@pytest.fixture
def start(serve: Callable[..., Any], tmp_path: Path) -> Callable[[str], Any]:
    """Start a server of the text of its program."""
    return lambda program: serve(sys.executable, "-c", program, cwd=tmp_path)


def exchange(port: int, sent: bytes, size: int) -> bytes:
    """Send to the server there, and receive so many bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, client.makefile("rb") as answers:
        client.sendall(sent)
        return answers.read(size)


def run_client(port: int, mode: str) -> str:
    """The client, with lines on its standard input; what it printed without the log."""
    command = [sys.executable, "-c", CLIENT, str(port), mode]
    done = subprocess.run(command, input="first\n中国\nlast\n", capture_output=True, text=True, timeout=30)
    assert 0 == done.returncode, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if "[" not in line)


def test_its_echo_server_starts(start: Callable[[str], Any]) -> None:
    """Address in the constructor, `start` to run."""
    assert b"word" == exchange(start(ECHO).port, b"word", 4)


def test_its_monitor_server_takes_real_frames(start: Callable[[str], Any]) -> None:
    """Two in one read; a derived class writes `initHandler`; a wrong CRC is a `ChannelHandleError`, and the next frame is read."""
    server = start(MONITORS)
    expected = b"010000A8900016F000169DC0 101 1C80 1\n2023041803100001 492 35C0 31\nrefused\n010000A8900016F000169DC0 101 1C80 1\n"

    sent = SHORT_FRAME + LONG_FRAME + SHORT_FRAME.replace(b"1C80", b"1C81") + SHORT_FRAME

    assert expected == exchange(server.port, sent, len(expected))


@pytest.mark.parametrize("program", ["echo_server", "echoserver_main"])
def test_its_echo_script_takes_host_and_port(program: str, serve: Callable[..., Any], tmp_path: Path) -> None:
    """And a level to log what passes."""
    code = f"from pyboot.components.netty.server import {program}; {program}()"
    server = serve(sys.executable, "-c", code, "--host", "127.0.0.1", "--port=0", "--log_level", "INFO", cwd=tmp_path)

    assert b"word" == exchange(server.port, b"word", 4)
    server.process.terminate()
    assert "READ: 4B" in server.finish()


@pytest.mark.parametrize("program", ["hj212_server", "hj212server_main"])
def test_its_monitor_script_logs_frames(program: str, serve: Callable[..., Any], tmp_path: Path) -> None:
    """At DEBUG."""
    code = f"from pyboot.components.netty.server import {program}; {program}()"
    server = serve(sys.executable, "-c", code, "--host=127.0.0.1", "--port=0", "--log_level=debug", cwd=tmp_path)

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(SHORT_FRAME)
        client.shutdown(socket.SHUT_WR)
        client.recv(1)

    server.process.terminate()
    assert "HJ212Frame(mn='010000A8900016F000169DC0', size=101" in server.finish()


@pytest.mark.parametrize("variant", VARIANTS)
def test_its_servers_serve(variant: str, start: Callable[[str], Any]) -> None:
    """A bootstrap with its group, allocator and logger; handlers async throughout, `write` without a flush; then Ctrl-C."""
    codecs, sent, expected = VARIANTS[variant]
    server = start(SERVER.replace("CODECS", codecs))

    assert expected == exchange(server.port, sent, len(expected))
    server.process.terminate()
    output = server.finish()

    assert 0 == server.process.returncode, output
    assert "released" in output
    assert "ended" in output


@pytest.mark.parametrize("mode", ["grace", "future"])
def test_its_client_reads_lines_from_standard_input(mode: str, start: Callable[[str], Any]) -> None:
    """Blocking in `grace`, or with `result` and `sync` of what `connect` gives."""
    expected = ["Liuyong reads first", "Liuyong reads 中国", "Liuyong reads last", "released", "ended"]
    printed = run_client(start(ECHO).port, mode).splitlines()

    assert expected == [line for line in printed if line != "connected"]
    assert 1 == printed.count("connected")  # of another thread than the channel's: it may come after the first line was read


def test_its_client_meets_no_server() -> None:
    """`NetWorkError`, as there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        assert "no server ConnectionRefusedError\nended" == run_client(taken.getsockname()[1], "future").strip()
