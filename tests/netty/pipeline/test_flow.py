"""What handlers take and make, by what their classes say."""

from typing import Any

import pytest
from pydantic import BaseModel

from pyboot import netty
from pyboot.components.netty import (
    ByteBuffer,
    ByteToMessageCodec,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelInitializer,
    EchoHandler,
    HttpStaticFileHandler,
    JsonDecoder,
    MessageToMessageCodec,
    MessageToMessageDecoder,
    MessageToMessageEncoder,
    RequestResponseHandler,
    SimpleChannelInboundHandler,
    StringDecoder,
)
from pyboot.netty.pipeline.flow import OPEN, Way, answers_by_itself, changes_pipeline, inbound, outbound, takes_messages
from pyboot.netty.pipeline.kinds import ANY, BUFFER, BYTES_LIKE, Kind
from pyboot.netty.pipeline.source import SAME

TEXT = Kind((str,))


class Frame:
    """A message."""


class Order(BaseModel):
    """A document."""


class Codec(ByteToMessageCodec[Frame]):
    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> Frame | None:
        return None

    def encode(self, ctx: ChannelHandlerContext, msg: Frame) -> bytes:
        return b""


class Both(MessageToMessageCodec[str, Frame]):
    def decode(self, ctx: ChannelHandlerContext, msg: str) -> Frame:
        return Frame()

    def encode(self, ctx: ChannelHandlerContext, msg: Frame) -> str:
        return ""


class Choosing(MessageToMessageDecoder[str, Frame]):
    def accept_inbound_message(self, msg: object) -> bool:
        return True

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> Frame:
        return Frame()


class GenericDecoder[T](ByteToMessageDecoder[T]):
    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> T | None:
        return None


class Bound(GenericDecoder[Frame]): ...


class Plain(ChannelHandler[str]):
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class Annotated(ChannelHandler):
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class Lost(ChannelHandler):
    def channel_read(self, ctx: ChannelHandlerContext, msg: "NoSuchType") -> None: ...  # type: ignore[name-defined]  # noqa: F821  # that is the case


class Watching(ChannelHandler[str]):
    def channel_active(self, ctx: ChannelHandlerContext) -> None: ...


class Metering(ChannelHandler[str]):
    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> Any:
        return ctx.write(msg, promise)


class Encoding(ChannelHandler[Any]):
    def write(self, ctx: ChannelHandlerContext, msg: Frame, promise: Any) -> Any:
        return ctx.write(b"frame", promise)


class Simple(SimpleChannelInboundHandler[str]):
    async def message_received(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class Calls(RequestResponseHandler[str, Order]):
    def id_of(self, msg: str | Order) -> int:
        return 1


class OwnStrings(StringDecoder):
    """Derives from one of ours."""


class Upgrading(ChannelHandler[str]):
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.pipeline.add_last(Plain())


class Initializing(ChannelInitializer):
    def init_channel(self, channel: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "taken", "made"),
    [
        (Codec, BYTES_LIKE, Kind((Frame,))),
        (Both, TEXT, Kind((Frame,))),
        (Choosing, ANY, ANY),
        (GenericDecoder, BYTES_LIKE, ANY),
        (Bound, BYTES_LIKE, Kind((Frame,))),
        (Plain, TEXT, ANY),
        (Annotated, TEXT, ANY),
        (Lost, ANY, ANY),
        (Simple, TEXT, ANY),
        (Calls, Kind((Order,)), SAME),
        (OwnStrings, BYTES_LIKE, TEXT),
        (StringDecoder(), BYTES_LIKE, TEXT),
        (JsonDecoder(), BYTES_LIKE | TEXT, Kind((dict, list))),
        (JsonDecoder(Order), BYTES_LIKE | TEXT, Kind((Order,))),
        (JsonDecoder(list[Order]), BYTES_LIKE | TEXT, Kind((list,))),
        (Upgrading, ANY, ANY),
        (Initializing, ANY, ANY),
        (ChannelHandler, ANY, ANY),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_what_is_taken_and_made_on_the_way_in(handler: Any, taken: Kind, made: Kind) -> None:
    """By type arguments, annotations, and the table of our own."""
    way = inbound(handler)

    assert (taken, made) == (way.taken, way.made)


@pytest.mark.parametrize(
    ("handler", "taken", "made"),
    [
        (Codec, Kind((Frame,)), BUFFER),
        (Both, Kind((Frame,)), TEXT),
        (Plain, Kind(), Kind()),
        (Metering, ANY, SAME),
        (Encoding, Kind((Frame,)), Kind((bytes,))),
        (netty.StringEncoder(), TEXT, Kind((bytes,))),
        (netty.LineEncoder(), BYTES_LIKE | TEXT, Kind((bytes,))),
        (netty.LengthFieldPrepender(), BYTES_LIKE, Kind((bytes,))),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_what_is_taken_and_made_on_the_way_out(handler: Any, taken: Kind, made: Kind) -> None:
    """The same."""
    way = outbound(handler)

    assert (taken, made) == (way.taken, way.made)


def test_who_overrides_nothing_lets_everything_pass() -> None:
    """Whatever type it names."""
    assert OPEN == inbound(Watching) == outbound(Watching)
    assert BUFFER == inbound(Watching).passed(BUFFER)


@pytest.mark.parametrize(
    ("way", "kind", "expected"),
    [
        (Way(TEXT, Kind((Frame,))), TEXT, Kind((Frame,))),
        (Way(TEXT, Kind((Frame,))), BUFFER, BUFFER),
        (Way(TEXT, Kind((Frame,))), TEXT | BUFFER, BUFFER | Kind((Frame,))),
        (Way(TEXT, Kind((Frame,))), ANY, ANY),
        (Way(TEXT, SAME, chooses=False), TEXT, TEXT),
        (Way(TEXT, Kind((Frame,)), chooses=False), TEXT, Kind((Frame,))),
        (OPEN, TEXT, TEXT),
    ],
)
def test_what_comes_out_where_a_kind_comes_in(way: Way, kind: Kind, expected: Kind) -> None:
    """What is not chosen passes by."""
    assert expected == way.passed(kind)


def test_who_takes_messages() -> None:
    """Or speaks first, or changes the pipeline: of these no server is called silent."""
    assert [Plain, Simple, Calls, Watching, Upgrading] == [
        each for each in (Plain, Simple, Calls, Watching, Upgrading, OwnStrings) if takes_messages(each)
    ]


@pytest.mark.parametrize(("cls", "expected"), [(Upgrading, True), (Initializing, True), (Plain, False), (Codec, False)])
def test_who_changes_the_pipeline(cls: type[Any], expected: bool) -> None:
    """What stands in it is then not known before it runs."""
    assert expected == changes_pipeline(cls)


def test_an_encoder_by_predicate_decides_by_the_class() -> None:
    """JSON takes models and dataclasses, which have no base in common."""
    way = outbound(netty.JsonEncoder())

    assert [True, True, False] == [way.takes(Kind((each,))) for each in (Order, dict, Frame)]
    assert MessageToMessageEncoder in type(netty.JsonEncoder()).__mro__


def test_handlers_of_ours_that_answer_by_themselves_need_no_other() -> None:
    """A server of static files is complete without a line of the application's."""
    assert answers_by_itself(HttpStaticFileHandler)
    assert answers_by_itself(EchoHandler)
    assert not answers_by_itself(StringDecoder)
    assert not answers_by_itself(ChannelHandler)
