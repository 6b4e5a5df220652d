"""A server that speaks the protocol of records.py, under a short name that settings may use."""

from typing import Annotated

from pydantic import Field
from records import Record, RecordDecoder, RecordEncoder

from pyboot.boot import PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, Codec, NettyServer


@PyBootApplication
class App: ...


@Codec("records")
def records(
    max_length: Annotated[int, Field(ge=0, le=65535, description="The longest payload, in bytes.")] = 1024,
) -> tuple[RecordDecoder, RecordEncoder]:
    """Cuts bytes into records: a kind, a length, and that many bytes."""
    return RecordDecoder(max_length), RecordEncoder()


@NettyServer(port=9000)
class RecordServer:
    pipeline = ["records"]


@ChannelHandlerBean()
class Acknowledge(ChannelHandler[Record]):
    """Answers each record with an empty one of the same kind."""

    def channel_read(self, ctx: ChannelHandlerContext, record: Record) -> None:
        """Say that *record* came in."""
        ctx.write_and_flush(Record(record.kind, b""))


if __name__ == "__main__":
    run(App)
