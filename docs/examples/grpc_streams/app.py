"""A service of gRPC with messages of protobuf: one answer or many, for one question or many, with deadlines and cancels.

grpcio:  channel.unary_stream("/demo.Numbers/CountTo", Int64Value.SerializeToString, Int64Value.FromString)(Int64Value(value=3))
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from google.protobuf.wrappers_pb2 import Int64Value

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

type Numbers = AsyncIterator[Int64Value]

OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, UNIMPLEMENTED = 0, 3, 4, 12
LONGEST = 1024 * 1024
SECONDS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


async def double(numbers: Numbers) -> Numbers:
    """One question, one answer."""
    async for number in numbers:
        yield Int64Value(value=2 * number.value)


async def count_to(numbers: Numbers) -> Numbers:
    """One question, many answers."""
    async for last in numbers:
        if last.value < 0:
            raise ValueError(f"nobody counts to {last.value}")
        for number in range(last.value):
            yield Int64Value(value=number + 1)


async def add_up(numbers: Numbers) -> Numbers:
    """Many questions, one answer."""
    yield Int64Value(value=sum([number.value async for number in numbers]))


async def running_sum(numbers: Numbers) -> Numbers:
    """An answer to each question, as it comes."""
    total = 0
    async for number in numbers:
        total += number.value
        yield Int64Value(value=total)


METHODS: dict[str, Callable[[Numbers], Numbers]] = {
    "/demo.Numbers/Double": double,
    "/demo.Numbers/CountTo": count_to,
    "/demo.Numbers/AddUp": add_up,
    "/demo.Numbers/RunningSum": running_sum,
}


class Call(ChannelHandler[Http2StreamFrame]):
    """One call. Who asks faster than is answered waits: eight messages are kept, and no window is given back for more."""

    def __init__(self) -> None:
        self._began = b""
        self._asked: asyncio.Queue[bytes | None] = asyncio.Queue(8)
        self._answering: asyncio.Task[None] | None = None

    async def channel_read(self, ctx: ChannelHandlerContext, frame: Http2StreamFrame) -> None:
        if isinstance(frame, Http2HeadersFrame) and self._answering is None:
            self._answering = asyncio.create_task(self._answer(ctx, frame.headers))
        elif isinstance(frame, Http2DataFrame):
            assert isinstance(frame.content, bytes)
            for message in self._messages(frame.content):
                await self._asked.put(message)
        if isinstance(frame, Http2HeadersFrame | Http2DataFrame) and frame.end_stream:
            await self._asked.put(None)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        if self._answering is not None:
            self._answering.cancel()  # of a call that is over this does nothing; of one that the caller has given up it is the end

    def _messages(self, content: bytes) -> Iterator[bytes]:
        """Cut messages out: a flag, four bytes of length, and as many bytes, in DATA frames that end anywhere."""
        self._began += content
        while len(self._began) >= 5:
            if self._began[0] != 0 or (size := int.from_bytes(self._began[1:5])) > LONGEST:
                raise ValueError(f"a message that is compressed, or has more than {LONGEST} bytes")
            if len(self._began) < 5 + size:
                break
            yield self._began[5 : 5 + size]
            self._began = self._began[5 + size :]

    async def _numbers(self) -> Numbers:
        while (message := await self._asked.get()) is not None:
            yield Int64Value.FromString(message)

    async def _answer(self, ctx: ChannelHandlerContext, head: Http2Headers) -> None:
        ctx.write_and_flush(Http2HeadersFrame(Http2Headers({"content-type": "application/grpc"}, status=200)))
        method, timeout = METHODS.get(head.path or ""), head.headers.get("grpc-timeout")
        status, text = OK, ""
        try:
            async with asyncio.timeout(int(timeout[:-1]) * SECONDS[timeout[-1]] if timeout else None):
                if method is None:
                    status, text = UNIMPLEMENTED, f"there is no {head.path}"
                else:
                    async for number in method(self._numbers()):
                        data = number.SerializeToString()
                        await ctx.write_and_flush(Http2DataFrame(b"\0" + len(data).to_bytes(4) + data))  # until the caller takes it
        except TimeoutError:
            status, text = DEADLINE_EXCEEDED, "the deadline is over"
        except ValueError as error:
            status, text = INVALID_ARGUMENT, str(error)
        trailers = {"grpc-status": str(status)} | ({"grpc-message": text} if text else {})
        await ctx.write_and_flush(Http2HeadersFrame(Http2Headers(trailers), end_stream=True))
        ctx.close()  # whatever the caller may still want to say


def call_begins(stream: Http2StreamChannel) -> None:
    stream.pipeline().add_last(Call())


def connected(connection: SocketChannel) -> None:
    connection.pipeline().add_last(Http2FrameCodec(is_server=True), Http2MultiplexHandler(call_begins))


async def main() -> None:
    server = await ServerBootstrap().child_handler(connected).bind("127.0.0.1", 50051)
    print(f"calls are answered at {server.local_address()}")
    await server.close_future


if __name__ == "__main__":
    asyncio.run(main())
