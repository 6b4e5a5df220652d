"""The table of mistakes: what a newcomer writes into a pipeline, and what the report says and tells to do."""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from pyboot.netty import (
    ByteBuffer,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    ChunkedIterable,
    DatagramPacket,
    FileRegion,
    FullHttpRequest,
    FullHttpResponse,
    HttpClientCodec,
    HttpContent,
    HttpRequest,
    MessageToByteEncoder,
    MessageToMessageDecoder,
    MessageToMessageEncoder,
    SimpleChannelInboundHandler,
    TextWebSocketFrame,
    WebSocketFrame,
)
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.pipeline.check import check_pipeline
from pyboot.netty.pipeline.kinds import BUFFER, DATAGRAM, Kind
from pyboot.netty.pipeline.problem import Problem
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean, pipeline_steps


@dataclass
class Frame:
    """A message."""

    kind: int


class Order(BaseModel):
    """A document."""

    amount: int


class TakesText(ChannelHandler[str]):
    """Takes text."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class TakesBuffer(ChannelHandler[ByteBuffer]):
    """Takes buffers."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None: ...


class TakesDocument(ChannelHandler[dict[str, int]]):
    """Takes documents."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: dict[str, int]) -> None: ...


class TakesOrder(ChannelHandler[Order]):
    """Takes documents of one class."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Order) -> None: ...


class TakesFrame(ChannelHandler[Frame]):
    """Takes messages of the application."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Frame) -> None: ...


class TakesAnnotated(ChannelHandler):
    """Says it in the annotation alone."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class SimplyText(SimpleChannelInboundHandler[str]):
    """Chooses text."""

    def message_received(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class FrameDecoder(ByteToMessageDecoder[Frame]):
    """Bytes to messages."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> Frame | None:
        return None


class BytesToFrame(MessageToMessageDecoder[bytes, Frame]):
    """Wants bytes, and nothing that only looks like them."""

    def decode(self, ctx: ChannelHandlerContext, msg: bytes) -> Frame | None:
        return None


class TextToFrame(MessageToMessageDecoder[str, Frame]):
    """Text to messages."""

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> Frame | None:
        return None


class FrameEncoder(MessageToByteEncoder[Frame]):
    """Messages to bytes."""

    def encode(self, ctx: ChannelHandlerContext, msg: Frame) -> bytes:
        return b""


class FrameToText(MessageToMessageEncoder[Frame, str]):
    """Messages to text."""

    def encode(self, ctx: ChannelHandlerContext, msg: Frame) -> str:
        return ""


class WritesText(ChannelHandler[Any]):
    """Writes a formatted text."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(f"hello {msg}")


class WritesSum(ChannelHandler[Any]):
    """Writes what text is added to."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        answer = self.answer(msg) + "\n"
        await ctx.write_and_flush(answer)

    def answer(self, msg: Any) -> Any:
        return msg


class Greeter:
    """A service."""

    def greet(self, name: Any) -> str:
        return f"hello {name}"


class Greets(ChannelHandler[Any]):
    """Writes what its service says."""

    def __init__(self, greeter: Greeter) -> None:
        self.greeter = greeter

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await ctx.write_and_flush(self.greeter.greet(msg))


class DecodesBuffer(ChannelHandler):
    """Takes a buffer for bytes."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(msg.decode().encode())


class SplitsBuffer(ChannelHandler[bytes]):
    """Takes a buffer for text, or nearly so."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        msg.split()


class LooksFirst(ChannelHandler):
    """Asks only what can answer."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if isinstance(msg, bytes):
            msg.decode()


class WritesDict(ChannelHandler[Any]):
    """Writes a document."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.write_and_flush({"hello": 1})


class WritesFrame(ChannelHandler[Any]):
    """Writes a message of the application."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(Frame(1))


class WritesChunks(ChannelHandler[Any]):
    """Writes what is sent piece by piece."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(ChunkedIterable([b"a"]))


class Echoes(ChannelHandler[dict[str, int]]):
    """Writes what came."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: dict[str, int]) -> None:
        ctx.write_and_flush(msg)


class JavaNames(ChannelHandler[Any]):
    """Comes from Netty."""

    def channelRead(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...

    def channel_active(self, ctx: ChannelHandlerContext) -> None: ...


class SlippedName(ChannelHandler[Any]):
    """Has a letter too few."""

    def chanel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...

    def channel_active(self, ctx: ChannelHandlerContext) -> None: ...


class NettyFourName(SimpleChannelInboundHandler[ByteBuffer]):
    """Comes from Netty 4."""

    def channelRead0(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


class AsyncioName(ChannelHandler[Any]):
    """Comes from asyncio."""

    def data_received(self, data: bytes) -> None: ...

    def channel_active(self, ctx: ChannelHandlerContext) -> None: ...


class WithoutError(ChannelHandler[Any]):
    """Leaves the error out."""

    def exception_caught(self, ctx: ChannelHandlerContext) -> None: ...  # type: ignore[override]  # the mistake

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


class WithoutSelf(ChannelHandler[Any]):
    """Leaves self out."""

    def channel_read(ctx: ChannelHandlerContext, msg: Any) -> None: ...  # type: ignore[override, misc]  # noqa: N805  # the mistake


class TooMany(ChannelHandler[Any]):
    """Wants what nobody gives."""

    def channel_active(self, ctx: ChannelHandlerContext, address: Any) -> None: ...  # type: ignore[override]  # the mistake


class WriteWithoutPromise(ChannelHandler[Any]):
    """Leaves the promise out."""

    def write(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...  # type: ignore[override]  # the mistake

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


class DecodeOfOne(ByteToMessageDecoder[Frame]):
    """Leaves the context out."""

    def decode(self, buffer: ByteBuffer) -> Frame | None:  # type: ignore[override]  # the mistake
        return None


class NoDecode(ByteToMessageDecoder[Frame]):
    """Does not write what it is for."""


class NoEncode(MessageToByteEncoder[Frame]):
    """Does not write what it is for."""


class NoMessageReceived(SimpleChannelInboundHandler[ByteBuffer]):
    """Does not write what it is for."""


class KeepsContext(ChannelHandler[Any]):
    """One object for all, which keeps the last connection's context."""

    sharable = True

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx


class Counts(ChannelHandler[Any]):
    """One object for all, which counts the lines of all as if they were of one."""

    sharable = True

    def __init__(self) -> None:
        self.lines = 0

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.lines += 1


class Joins(ChannelHandler[Any]):
    """One object for all, which mixes the bytes of all connections."""

    sharable = True
    rest = b""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.rest += msg


class OpensFiles(ChannelHandler[Any]):
    """Waits for a disk."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log(msg)

    def log(self, msg: Any) -> None:
        with open("log.txt", "a") as file:
            file.write(str(msg))


class ReadsPaths(ChannelHandler[Any]):
    """Waits for a disk."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await ctx.write_and_flush(Path("page.html").read_bytes())  # noqa: ASYNC240  # the mistake


class Unawaited(ChannelHandler[Any]):
    """Forgets to await."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.save(msg)  # type: ignore[unused-coroutine]  # the mistake

    async def save(self, msg: Any) -> None: ...


class Uncalled(ChannelHandler[Any]):
    """Forgets the parentheses."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(b"hello")
        ctx.flush  # noqa: B018  # the mistake


class ReturnsAnswer(ChannelHandler[Any]):
    """Answers as in a web framework."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return f"hello {msg}"


class Sleeps(ChannelHandler[Any]):
    """Stops the loop."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        time.sleep(1)


class KeepsAll(ChannelHandler[str]):
    """Forgets those behind it."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        self.last = msg


class PassesSome(ChannelHandler[str]):
    """Passes on what is not for it, by a method of its own."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        if msg:
            self.others(ctx, msg)

    def others(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.fire_channel_read(msg)


class Leaves(ChannelHandler[str]):
    """Passes on nothing, and is gone with the first message."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.pipeline.remove(self)


class DoesNothing(ChannelHandler[Any]):
    """Is not written yet."""


class WritesCapitals(ChannelHandler[str]):
    """Takes text on its way out."""

    def write(self, ctx: ChannelHandlerContext, msg: str, promise: Any) -> Any:
        return ctx.write(msg.upper(), promise)


class TakesRequest(ChannelHandler[HttpRequest | HttpContent]):
    """Takes requests in pieces."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: HttpRequest | HttpContent) -> None: ...


class TakesWhole(ChannelHandler[FullHttpRequest]):
    """Takes whole requests."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpRequest) -> None:
        ctx.write_and_flush(FullHttpResponse(200, msg.content))


class TakesAnswer(ChannelHandler[FullHttpResponse]):
    """Takes whole responses."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpResponse) -> None: ...


class WritesResponse(ChannelHandler[Any]):
    """Answers HTTP."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(FullHttpResponse(200, b"hello"))


class LooksForWhole(ChannelHandler[FullHttpRequest]):
    """Takes whole requests, and lets the others pass."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        if not isinstance(msg, FullHttpRequest):
            ctx.fire_channel_read(msg)


class TakesFrames(ChannelHandler[TextWebSocketFrame]):
    """Takes frames of WebSockets."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: TextWebSocketFrame) -> None: ...


class WritesFrames(ChannelHandler[Any]):
    """Writes them."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.write_and_flush(TextWebSocketFrame("hello"))


class SimplyFrames(SimpleChannelInboundHandler[WebSocketFrame]):
    """Chooses them."""

    def message_received(self, ctx: ChannelHandlerContext, msg: WebSocketFrame) -> None: ...


class WritesFile(ChannelHandler[ByteBuffer]):
    """Writes what the system sends by itself."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None:
        ctx.write_and_flush(FileRegion("app.py", 0, 1))


class AnswersPlainly(ChannelHandler[DatagramPacket]):
    """Answers a datagram as if there were a connection."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        ctx.write_and_flush(b"pong")


class AnswersSender(ChannelHandler[DatagramPacket]):
    """Answers a datagram."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        ctx.write_and_flush(DatagramPacket(b"pong", msg.sender))


class ConnectsFirst(ChannelHandler[DatagramPacket]):
    """Has one peer."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.connect(("127.0.0.1", 9))

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        ctx.write_and_flush(b"pong")


class Mistake(NamedTuple):
    """What stands in a pipeline, what is said, and what to do; what the network gives, and whose pipeline it is."""

    pipeline: list[object]
    says: str
    remedy: str
    network: Kind = BUFFER
    owner: str = "the server 'echo'"


HERE = "test_semantics_mistakes.py:"
MISTAKES: Mapping[str, Mistake] = {
    "text from the network": Mistake(
        [TakesText], "TakesText (*) takes str, but the network in front of it gives ByteBuffer.", "Insert 'string' in front of TakesText"
    ),
    "text from lines": Mistake(
        ["line", TakesText],
        "TakesText (*) takes str, but 'line' (LineBasedFrameDecoder) in front of it gives ByteBuffer.",
        "Insert 'string' in front of TakesText, or let TakesText take what comes: ChannelHandler[ByteBuffer].",
    ),
    "text from lengths": Mistake(["length-field", TakesAnnotated], "TakesAnnotated (*) takes str, but 'length-field'", "Insert 'string'"),
    "simple text from lines": Mistake(
        ["line", SimplyText], "SimplyText (*) takes str, but 'line'", "Insert 'string' in front of SimplyText."
    ),
    "string before line": Mistake(
        ["string", "line", TakesText],
        "'line' (LineBasedFrameDecoder) takes bytes or a buffer, but 'string' (StringDecoder) in front of it gives str.",
        "Put 'line' in front of 'string'.",
    ),
    "string before length-field": Mistake(
        ["string", "length-field", TakesText], "'length-field' (LengthField", "Put 'length-field' in front"
    ),
    "json before line": Mistake(
        ["json", "line", TakesDocument],
        "'line' (LineBasedFrameDecoder) takes bytes or a buffer, but 'json'",
        "Put 'line' in front of 'json'.",
    ),
    "json before base64": Mistake(
        ["line", "json", "base64", TakesBuffer],
        "'base64' (Base64Decoder) takes bytes or a buffer, but 'json'",
        "Put 'base64' in front of 'json'.",
    ),
    "json then text": Mistake(
        ["line", "json", TakesText],
        "TakesText (*) takes str, but 'json' (JsonDecoder) in front of it gives dict | list.",
        "ChannelHandler[dict | list]",
    ),
    "json then string": Mistake(
        ["line", "json", "string", TakesText],
        "'string' (StringDecoder) takes bytes or a buffer, but 'json'",
        "Put 'string' in front of 'json'.",
    ),
    "text where a document is wanted": Mistake(
        ["line", "string", TakesDocument],
        "TakesDocument (*) takes dict, but 'string' (StringDecoder)",
        "Insert 'json' in front of TakesDocument",
    ),
    "lines where a document is wanted": Mistake(["line", TakesDocument], "TakesDocument (*) takes dict, but 'line'", "Insert 'json'"),
    "a document without its class": Mistake(["line", "json", TakesOrder], "TakesOrder (*) takes Order, but 'json'", "Order"),
    "lines where a model is wanted": Mistake(["line", TakesOrder], "TakesOrder (*) takes Order, but 'line'", "{'json': {'type': "),
    "frames where text is wanted": Mistake(
        [FrameDecoder, TakesText], "TakesText (*) takes str, but FrameDecoder (*) in front of it gives Frame.", "ChannelHandler[Frame]"
    ),
    "text where frames are wanted": Mistake(
        ["line", "string", TakesFrame], "TakesFrame (*) takes Frame, but 'string'", "MessageToMessageDecoder[str, Frame]"
    ),
    "a decoder of bytes behind lines": Mistake(
        ["line", BytesToFrame, TakesFrame],
        "BytesToFrame (*) takes bytes, but 'line' (LineBasedFrameDecoder) in front of it gives ByteBuffer.",
        "Insert 'bytes' in front of BytesToFrame.",
    ),
    "a decoder of text behind lines": Mistake(
        ["line", TextToFrame, TakesFrame], "TextToFrame (*) takes str, but 'line'", "Insert 'string' in front of TextToFrame."
    ),
    "buffers behind text": Mistake(
        ["line", "string", TakesBuffer],
        "TakesBuffer (*) takes ByteBuffer, but 'string' (StringDecoder)",
        "Leave 'string' out, or let TakesBuffer take what comes: ChannelHandler[str].",
    ),
    "a decoder of bytes behind text": Mistake(
        ["line", "string", FrameDecoder, TakesFrame],
        "FrameDecoder (*) takes bytes or a buffer, but 'string'",
        "Leave 'string' out, or put it behind FrameDecoder.",
    ),
    "text without an encoder": Mistake(
        ["line", WritesText],
        "WritesText (*) writes str (*), which nobody in front of it turns into bytes.",
        "Insert 'string' in front of WritesText.",
    ),
    "a sum of text without an encoder": Mistake(
        [WritesSum], "WritesSum (*) writes str (*), which nobody", "Insert 'string' in front of WritesSum."
    ),
    "text of a service without an encoder": Mistake(
        ["line", Greets], "Greets (*) writes str (*), which nobody", "Insert 'string' in front of Greets."
    ),
    "a buffer that is asked for text": Mistake(
        ["line", DecodesBuffer],
        "DecodesBuffer (*) asks its message for .decode (*), which ByteBuffer does not have.",
        "Insert 'bytes' in front of DecodesBuffer",
    ),
    "text that is asked for text": Mistake(
        ["line", "string", DecodesBuffer],
        "DecodesBuffer (*) asks its message for .decode (*), which str does not have.",
        "Ask for what it has",
    ),
    "a buffer that is asked for words": Mistake(
        [SplitsBuffer], "SplitsBuffer (*) asks its message for .split (*), which ByteBuffer", "Insert 'string' in front of SplitsBuffer"
    ),
    "a document without an encoder": Mistake(
        ["line", "string", WritesDict], "WritesDict (*) writes dict (*), which nobody", "Insert 'json' in front of WritesDict."
    ),
    "a message without an encoder": Mistake(
        ["line", WritesFrame], "WritesFrame (*) writes Frame (*), which nobody", "MessageToByteEncoder[Frame] or 'json'"
    ),
    "chunks without their handler": Mistake([WritesChunks], "WritesChunks (*) writes ChunkedIterable (*)", "Insert 'chunked-write'"),
    "an encoder behind the writer": Mistake(
        [WritesFrame, FrameEncoder],
        "WritesFrame (*) writes Frame (*)",
        "FrameEncoder stands behind it, where its writes do not come: put it in front of WritesFrame.",
    ),
    "half of the way out": Mistake(
        [FrameToText, WritesFrame], "WritesFrame (*) writes str (*), which nobody in front of it", "Insert 'string'"
    ),
    "a handler for text on the way out of frames": Mistake(
        ["string", WritesCapitals, WritesFrame],
        "WritesFrame (*) writes Frame (*), but WritesCapitals (*) in front of it takes str in its write.",
        "Write str",
    ),
    "a name in camelCase": Mistake(
        [JavaNames], "JavaNames.channelRead (*) is called by nobody.", "Rename it: the callback is called channel_read."
    ),
    "a name with a letter too few": Mistake(
        [SlippedName], "SlippedName.chanel_read (*) is called by nobody.", "the callback is called channel_read."
    ),
    "a name of Netty 4": Mistake(
        [NettyFourName], "NettyFourName.channelRead0 (*) is called by nobody.", "the callback is called message_received."
    ),
    "a name of asyncio": Mistake(
        [AsyncioName], "AsyncioName.data_received (*) is called by nobody.", "the callback is called channel_read."
    ),
    "exception_caught without the error": Mistake(
        [WithoutError],
        "WithoutError.exception_caught(self, ctx) (*) is called with (ctx, error), which it does not take.",
        "Write exception_caught(self, ctx, error).",
    ),
    "a callback without self": Mistake(
        [WithoutSelf], "WithoutSelf.channel_read(ctx, msg) (*) is called with (ctx, msg)", "Write channel_read(self, ctx, msg)."
    ),
    "a callback that wants more": Mistake(
        [TooMany], "TooMany.channel_active(self, ctx, address) (*) is called with (ctx)", "Write channel_active(self, ctx)."
    ),
    "write without the promise": Mistake(
        [WriteWithoutPromise],
        "WriteWithoutPromise.write(self, ctx, msg) (*) is called with (ctx, msg, promise)",
        "Write write(self, ctx, msg, promise).",
    ),
    "decode without the context": Mistake(
        [DecodeOfOne, TakesFrame], "DecodeOfOne.decode(self, buffer) (*) is called with", "Write decode(self, ctx, buffer)."
    ),
    "a decoder that does not decode": Mistake(
        [NoDecode, TakesFrame],
        "NoDecode (*) derives from ByteToMessageDecoder and does not write decode",
        "Write decode(self, ctx, buffer).",
    ),
    "an encoder that does not encode": Mistake(
        [NoEncode, TakesBuffer], "NoEncode (*) derives from MessageToByteEncoder and does not write encode", "Write encode(self, ctx, msg)."
    ),
    "a simple handler that handles nothing": Mistake(
        [NoMessageReceived],
        "NoMessageReceived (*) derives from SimpleChannelInboundHandler and does not write",
        "Write message_received(self, ctx, msg).",
    ),
    "a context kept by one for all": Mistake(
        [KeepsContext],
        "KeepsContext (*) is sharable, one object for all connections, and channel_active assigns self.ctx (*)",
        "Leave out sharable=True",
    ),
    "a count kept by one for all": Mistake(
        [Counts],
        "channel_read assigns self.lines (*): it is one for all of them together",
        "if it is meant for all, assign it under a lock",
    ),
    "bytes of all in one": Mistake(
        [Joins], "channel_read assigns self.rest (*): each connection would find what another one left there", "Leave out sharable=True"
    ),
    "a loop that sleeps": Mistake([Sleeps], "time.sleep in Sleeps.channel_read (*) stops the event loop", "Await asyncio.sleep"),
    "a loop that waits for a disk": Mistake(
        [OpensFiles], "open in OpensFiles.log (*) stops the event loop", "Await asyncio.to_thread(open, ...) in an 'async def', or give"
    ),
    "a loop that reads a file": Mistake(
        [ReadsPaths], "Path.read_bytes in ReadsPaths.channel_read (*) stops", "pipeline.add_last(executor, handler)"
    ),
    "a coroutine that nobody awaits": Mistake(
        [Unawaited], "Unawaited.channel_read (*) makes a coroutine of self.save and leaves it", "Write await self.save(...)"
    ),
    "an operation without parentheses": Mistake(
        [Uncalled], "Uncalled.channel_read (*) names ctx.flush and does not call it.", "Write ctx.flush()."
    ),
    "an answer that is returned": Mistake(
        [ReturnsAnswer], "ReturnsAnswer.channel_read (*) returns str, which nobody gets.", "Write ctx.write_and_flush(...) to answer"
    ),
    "a handler behind one that keeps all": Mistake(
        ["line", "string", KeepsAll, WritesText],
        "WritesText (*) never gets a message: KeepsAll (*) in front of it passes none on.",
        "Call ctx.fire_channel_read(msg) in KeepsAll.channel_read, or put WritesText in front of it.",
    ),
    "documents of a stream that nobody cuts": Mistake(
        ["json", TakesDocument],
        "'json' (JsonDecoder) wants whole messages, and nobody in front of it cuts the stream",
        "Insert 'line' or 'length-field' in front of 'json'.",
    ),
    "lines of lines": Mistake(
        ["line", "line", "string", TakesText], "'line' (LineBasedFrameDecoder) stands twice", "Leave one 'line' out."
    ),
    "codecs alone": Mistake(
        ["line", "string"],
        "The pipeline of the server 'echo' swallows everything: nobody in it takes a message or speaks first. It holds: 'line', 'string'.",
        "@ChannelHandlerBean",
    ),
    "a handler that does nothing": Mistake(["line", "string", DoesNothing], "swallows everything", "writes channel_read"),
    "text of HTTP": Mistake(
        [{"http": {"max-content": None}}, TakesText],
        "TakesText (*) takes str, but 'http' (HttpServerCodec) in front of it gives HttpRequest | HttpContent.",
        "let TakesText take what comes: ChannelHandler[HttpRequest | HttpContent].",
    ),
    "requests of a network": Mistake(
        [TakesRequest], "TakesRequest (*) takes HttpRequest | HttpContent, but the network", "Insert 'http' in front of TakesRequest"
    ),
    "whole requests in pieces": Mistake(
        ["http-server", TakesWhole],
        "TakesWhole (*) takes FullHttpRequest, but 'http-server' (HttpServerCodec) in front of it gives HttpRequest | HttpContent",
        "Insert 'http-aggregator' in front of TakesWhole.",
    ),
    "whole responses in pieces": Mistake(
        [HttpClientCodec, TakesAnswer],
        "TakesAnswer (*) takes FullHttpResponse, but HttpClientCodec in front of it gives HttpResponse | HttpContent",
        "Insert 'http-aggregator' in front of TakesAnswer.",
        owner="the client 'echo'",
    ),
    "responses of a network": Mistake(
        [TakesAnswer], "TakesAnswer (*) takes FullHttpResponse, but the network", "Insert 'http-client'", owner="the client 'echo'"
    ),
    "frames of WebSockets without their opening": Mistake(
        ["http", TakesFrames], "TakesFrames (*) takes TextWebSocketFrame, but 'http'", "Insert 'websocket' in front of TakesFrames"
    ),
    "a WebSocket without HTTP": Mistake(
        ["websocket", TakesFrames],
        "'websocket' (WebSocketServerProtocolHandler) takes HttpRequest | HttpContent, but the network",
        "Insert 'http' in front of 'websocket'.",
    ),
    "text as a response": Mistake(
        ["http", WritesText], "WritesText (*) writes str (*), which nobody in front of it turns into", "Write FullHttpResponse(200, ...)."
    ),
    "text as a frame": Mistake(
        ["http", "websocket", WritesText], "WritesText (*) writes str (*), which nobody in front", "Write TextWebSocketFrame(...)."
    ),
    "frames that nobody frames": Mistake(
        ["http", WritesFrames],
        "WritesFrames (*) writes TextWebSocketFrame (*)",
        "Insert 'websocket', behind 'http', in front of WritesFrames.",
    ),
    "a response of no server": Mistake(
        ["line", WritesResponse], "WritesResponse (*) writes FullHttpResponse (*)", "Insert 'http' in front of WritesResponse."
    ),
    "lines of requests": Mistake(
        ["http-server", "line", "string", TakesText],
        "'line' (LineBasedFrameDecoder) takes bytes or a buffer, but 'http-server'",
        "Put 'line' in front",
    ),
    "bytes to nobody": Mistake(
        [AnswersPlainly],
        "AnswersPlainly (*) writes bytes (*), which says nobody to send it to",
        "Write DatagramPacket(content, recipient)",
        network=DATAGRAM,
    ),
}

WORKING: Mapping[str, list[object]] = {
    "lines of text": ["line", "string", TakesText],
    "text of any stream": ["string", TakesText],
    "buffers": [TakesBuffer],
    "frames of buffers": ["length-field", TakesBuffer],
    "documents": ["json-lines", TakesDocument],
    "documents out of a stream": ["json-object", "json", TakesDocument],
    "frames of lines": ["length-field", "line", "string", TakesText],
    "compressed twice": ["gzip", "gzip", "line", "string", TakesText],
    "documents behind text": ["line", "string", "json", TakesDocument],
    "documents of a class": ["line", {"json": {"type": Order}}, TakesOrder],
    "documents of a class, by lines": [{"json-lines": {"type": Order}}, TakesOrder],
    "whatever MessagePack holds": ["length-field", "msgpack", TakesText],
    "messages of the application": [FrameDecoder, FrameEncoder, TakesFrame],
    "bytes of a decoder that wants them": ["line", "bytes", BytesToFrame, TakesFrame],
    "text of a decoder that wants it": ["line", "string", TextToFrame, TakesFrame],
    "base64 is bytes already": ["line", "base64", "bytes", BytesToFrame, TakesFrame],
    "answers of text": ["line", "string", WritesText],
    "answers of text and its end": ["line", "line-encoder", "string", WritesSum],
    "who looks first": ["line", LooksFirst],
    "bytes that are asked for text": ["line", "bytes", DecodesBuffer],
    "answers of a service": ["line", "string", Greets],
    "answers that lines encode": ["line", "line-encoder", WritesText],
    "who passes some on": ["line", "string", PassesSome, WritesText],
    "who leaves after the first": ["line", "string", Leaves, WritesText],
    "answers of documents": ["json-lines", Echoes],
    "answers of messages": [FrameDecoder, FrameEncoder, WritesFrame],
    "answers in two steps": ["line", "string", FrameToText, WritesFrame],
    "capitals on the way out": ["line", "string", WritesCapitals, WritesText],
    "compressed lines": ["gzip", "line", "string", TakesText],
    "everything around it": [
        "logging",
        "flush-consolidation",
        "idle",
        {"read-timeout": {"after": "1m"}},
        "line",
        "string",
        "logging",
        TakesText,
    ],
    "a handler that is asked for nothing": ["line", "json", WritesDict],
    "requests in pieces": ["http-server", TakesRequest],
    "whole requests": ["http", TakesWhole],
    "requests that are joined": ["http-server", "http-compression", "access-log", "http-aggregator", TakesWhole],
    "who lets pieces pass": ["http-server", "websocket", LooksForWhole, TakesFrames],
    "frames of WebSockets": ["http", "websocket", TakesFrames, WritesFrames],
    "who chooses frames": ["http", "websocket", SimplyFrames],
    "a site": ["http", {"static-files": {"root": "."}}],
    "a site that others may use": ["http-server", {"cors": {"origins": ["*"]}}, {"static-files": {"root": "."}}],
    "files": [WritesFile],
}


def check(*pipeline: object, network: Kind = BUFFER, owner: str = "the server 'echo'") -> list[Problem]:
    """The problems of a server with *pipeline*, whose own classes are handler beans."""
    own = [entry for entry in pipeline if isinstance(entry, type) and entry.__module__ == __name__]
    beans = [HandlerBean(ChannelHandlerBean, entry, lambda store: None) for entry in own]  # type: ignore[arg-type, return-value]  # nothing is made
    return check_pipeline(owner, pipeline_steps(owner, list(pipeline), beans, CodecRegistry()), network)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_both_sides_and_what_to_do(mistake: Mistake) -> None:
    """A class of the application with its file and line; nothing else follows from it."""
    problems = check(*mistake.pipeline, network=mistake.network, owner=mistake.owner)

    (told,) = problems if len(problems) == 1 else [problems]  # all of them in the report of a failure
    assert isinstance(told, Problem), told
    for part in mistake.says.split("(*)"):
        assert part.strip() in told.text
    assert mistake.says.count("(*)") <= told.text.count(HERE)
    assert mistake.remedy in told.remedy


PAGE = Path(__file__).resolve().parents[2] / "docs/reference/errors.md"


def row(name: str, problem: Problem) -> str:
    """A line of the reference: the places of this file are those of an application there."""
    text, remedy = (re.sub(r"[\w/.]*test_semantics_mistakes(\.py:\d+|)", r"app\1", part) for part in (problem.text, problem.remedy))
    shown = [re.sub(r"\.py:\d+", ".py:12", part).replace("|", "\\|") for part in (text, remedy)]
    return f"| {name} | {shown[0]} | {shown[1]} |"


def test_the_reference_lists_each_as_it_is_told() -> None:
    """Written by hand, a message is soon another one."""
    page = PAGE.read_text()
    rows = [row(name, check(*mistake.pipeline, network=mistake.network, owner=mistake.owner)[0]) for name, mistake in MISTAKES.items()]

    assert [] == [line for line in rows if line not in page]


def test_there_are_enough_of_them() -> None:
    """The reference lists them; each has a message of its own."""
    assert len(MISTAKES) >= 60
    assert len({mistake.says for mistake in MISTAKES.values()}) == len(MISTAKES)


@pytest.mark.parametrize("pipeline", WORKING.values(), ids=WORKING)
def test_a_pipeline_that_works_has_no_problem(pipeline: list[object]) -> None:
    """What cannot be known is not guessed, either."""
    assert [] == check(*pipeline)


def test_all_mistakes_of_a_pipeline_are_told_at_once() -> None:
    """A start is not tried once for each."""
    problems = check("line", TakesText, JavaNames, WithoutError, WritesText)

    assert ["channelRead", "exception_caught", "takes str", "writes str"] == [
        word for word in ("channelRead", "exception_caught", "takes str", "writes str") if any(word in problem.text for problem in problems)
    ]
    assert 4 == len(problems)


@pytest.mark.parametrize("handler", [AnswersSender, ConnectsFirst])
def test_a_datagram_that_has_a_recipient_or_a_peer_is_none(handler: type[Any]) -> None:
    """Either says where it goes."""
    assert [] == check(handler, network=DATAGRAM)


async def test_what_is_said_is_what_happens() -> None:
    """A decoder that is told to find nothing really finds nothing."""
    from pyboot.netty import EmbeddedChannel, LineBasedFrameDecoder

    channel = EmbeddedChannel(LineBasedFrameDecoder(), BytesToFrame())
    channel.receive(b"a\n")
    await asyncio.sleep(0)

    assert [ByteBuffer] == [type(message) for message in channel.inbound_messages()]
