"""The published pyboot-components-netty 1.3.4 with its own codecs, in an environment of its own. `published_server.py MODE`."""

import gc
import logging
import socket
import sys
import time

from serving import serving

logging.disable(logging.CRITICAL)

from pyboot.commons.coroutine.task import CoroutineWorkGroup  # noqa: E402  # importing it would log

from pyboot.components.netty.bootstrap import ServerBootstrap  # noqa: E402
from pyboot.components.netty.channel import ChannelHandler, SocketChannel  # noqa: E402
from pyboot.components.netty.codec import LengthFieldBasedFrameDecoder, SimpleBytesLengthFieldBasedFrameEncoder  # noqa: E402


class Echo(ChannelHandler):
    """Answers each message with itself, as the package's own echo server does."""

    async def channel_read(self, ctx, data):
        await ctx.channel.write(data)


def raw(channel: SocketChannel) -> None:
    """A pipeline of one handler."""
    channel.pipeline().add_last(Echo())


def framed(channel: SocketChannel) -> None:
    """The package's codec pair of a 4-byte length, and a handler."""
    pipeline = channel.pipeline()
    pipeline.add_last(LengthFieldBasedFrameDecoder(4, max_frame_length=16 << 20, initial_bytes_to_strip=4))
    pipeline.add_last(SimpleBytesLengthFieldBasedFrameEncoder(lambda length, data, out: out.write_int(length)))
    pipeline.add_last(Echo())


def bound(bootstrap: ServerBootstrap, listening: socket.socket) -> None:
    """The socket listens: tell the benchmark."""
    serving(listening.getsockname()[1], f"its own asyncio loop, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    # In its favour: it keeps no reference to the tasks of its connections, so a run of the collector closes some of them.
    gc.disable()
    initializer = {"raw": raw, "framed": framed}[sys.argv[1]]
    bootstrap = ServerBootstrap().group(CoroutineWorkGroup(1, "bench")).childHandler(initializer).address(("127.0.0.1", 0))
    bootstrap.when_connect_sucess(bound).grace()
    time.sleep(3600)
