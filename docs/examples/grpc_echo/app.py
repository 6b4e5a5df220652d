"""A service in the shape of gRPC: each message that comes goes back, and the trailers say how it went.

grpcio:  channel.stream_stream("/demo.Echo/Chat")(iter([b"one", b"two"]))
"""

import asyncio

from pyboot.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    Http2DataFrame,
    Http2FrameCodec,
    Http2Headers,
    Http2HeadersFrame,
    Http2MultiplexHandler,
    Http2StreamChannel,
    Http2StreamFrame,
    ServerBootstrap,
    SocketChannel,
)


class EchoCall(ChannelHandler[Http2StreamFrame]):
    """One call: a message of gRPC is a flag, four bytes of length, and its bytes, cut into DATA frames anywhere."""

    def __init__(self) -> None:
        self._began = b""

    def channel_read(self, ctx: ChannelHandlerContext, frame: Http2StreamFrame) -> None:
        if isinstance(frame, Http2HeadersFrame):
            ctx.write(Http2HeadersFrame(Http2Headers({"content-type": "application/grpc"}, status=200)))
            ends = frame.end_stream
        elif isinstance(frame, Http2DataFrame):
            assert isinstance(frame.content, bytes)
            self._began += frame.content
            while len(self._began) >= 5 and len(self._began) >= (end := 5 + int.from_bytes(self._began[1:5], "big")):
                ctx.write(Http2DataFrame(self._began[:end]))
                self._began = self._began[end:]
            ends = frame.end_stream
        else:
            return
        if ends:
            ctx.write(Http2HeadersFrame(Http2Headers({"grpc-status": "0"}), end_stream=True))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.auto_read = ctx.channel.is_writable  # a caller that does not read its answers is not read


def call_begins(stream: Http2StreamChannel) -> None:
    stream.pipeline().add_last(EchoCall())


def connected(connection: SocketChannel) -> None:
    connection.pipeline().add_last(Http2FrameCodec(is_server=True), Http2MultiplexHandler(call_begins))


async def main() -> None:
    server = await ServerBootstrap().child_handler(connected).bind("127.0.0.1", 50051)
    print(f"calls are answered at {server.local_address()}")
    await server.close_future


if __name__ == "__main__":
    asyncio.run(main())
