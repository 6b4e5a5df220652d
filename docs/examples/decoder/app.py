"""A server that speaks the protocol of records.py, under a short name that settings may use."""

from pydantic import Field
from records import Record, RecordDecoder, RecordEncoder

from pyboot.boot import Bean, Configuration, PyBootApplication, run
from pyboot.netty import BUILT_IN, ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, Codec, CodecRegistry, NettyServer


@PyBootApplication
class App: ...


class RecordCodec(Codec):
    """``records``: a kind, a length, and that many bytes."""

    name = "records"

    max_length: int = Field(default=1024, ge=0, le=65535, description="The longest payload, in bytes. Default 1024.")

    def handlers(self) -> tuple[ChannelHandler, ...]:
        """The two handlers of one connection."""
        return RecordDecoder(self.max_length), RecordEncoder()


@Configuration
class Codecs:
    @Bean
    def codec_registry(self) -> CodecRegistry:
        """The built-in codecs, and this one."""
        return CodecRegistry([*BUILT_IN, RecordCodec])


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
