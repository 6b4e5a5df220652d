"""pyboot as its users write it: a pipeline of codecs and a handler on uvloop. `pyboot_server.py MODE`."""

import asyncio
import sys
from collections.abc import Callable

import uvloop
from serving import serving

from pyboot.components.netty import (
    ChannelHandler,
    DelimiterBasedFrameDecoder,
    FixedLengthFrameDecoder,
    JsonObjectDecoder,
    LengthFieldBasedFrameDecoder,
    LengthFieldPrepender,
    LineBasedFrameDecoder,
    ProtobufVarint32FrameDecoder,
    ProtobufVarint32LengthFieldPrepender,
    ServerBootstrap,
)
from pyboot.components.netty.core import core_info

MAX_FRAME = 16 << 20


class Echo(ChannelHandler):
    """The user's part: answer each message with itself, flush once per read."""

    def channel_read(self, ctx, msg):
        ctx.write(msg)

    def channel_read_complete(self, ctx):
        ctx.flush()


class CoroutineEcho(ChannelHandler):
    """The same, `async def`."""

    async def channel_read(self, ctx, msg):
        ctx.write(msg)

    def channel_read_complete(self, ctx):
        ctx.flush()


class Farewell(ChannelHandler):
    """Answers the first bytes and closes."""

    def channel_read(self, ctx, msg):
        ctx.write_and_flush(msg)
        ctx.close()


class Absent(ChannelHandler):
    """Overrides nothing."""


class PassOn(ChannelHandler):
    """Passes each message on itself."""

    def channel_read(self, ctx, msg):
        ctx.fire_channel_read(msg)


def frames():
    """The codec pair of a 4-byte length."""
    decoder = LengthFieldBasedFrameDecoder(
        max_frame_length=MAX_FRAME, length_field_offset=0, length_field_length=4, length_adjustment=0, initial_bytes_to_strip=4
    )
    return [decoder, LengthFieldPrepender(4)]


PIPELINES: dict[str, Callable[[], list[ChannelHandler]]] = {
    "raw": lambda: [Echo()],
    "close": lambda: [Farewell()],
    "framed": lambda: [*frames(), Echo()],
    "framed-async": lambda: [*frames(), CoroutineEcho()],
    "framed-pass20": lambda: [*frames(), *(Absent() for _ in range(20)), Echo()],
    "framed-real10": lambda: [*frames(), *(PassOn() for _ in range(10)), Echo()],
    "framed-real20": lambda: [*frames(), *(PassOn() for _ in range(20)), Echo()],
    "fixed16": lambda: [FixedLengthFrameDecoder(16), Echo()],
    "fixed1k": lambda: [FixedLengthFrameDecoder(1024), Echo()],
    "line": lambda: [LineBasedFrameDecoder(MAX_FRAME, strip_delimiter=False), Echo()],
    "delimiter": lambda: [DelimiterBasedFrameDecoder([b"\n"], MAX_FRAME, strip_delimiter=False), Echo()],
    "varint": lambda: [ProtobufVarint32FrameDecoder(MAX_FRAME), ProtobufVarint32LengthFieldPrepender(), Echo()],
    "json": lambda: [JsonObjectDecoder(MAX_FRAME), Echo()],
}


async def serve(mode: str) -> None:
    """Listen on a free port of the loopback until the process ends."""
    handlers = PIPELINES[mode]
    server = await ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(*handlers())).bind("127.0.0.1", 0)
    serving(server.local_address()[1], f"{core_info().form}, uvloop {uvloop.__version__}, Python {sys.version.split()[0]}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
