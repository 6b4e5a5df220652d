"""The methods of 1.3.4 that have another name here."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import (
    ByteToByteBufferMessageDecoder,
    ChannelConfig,
    ChannelHandler,
    ChannelHandlerContext,
    EmbeddedChannel,
    SocketChannel,
)
from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.compat13.methods import give_methods, method_aliases


@method_aliases(sayWord="say_word")
class Saying:
    """A class with a method of two names."""

    def say_word(self) -> str:
        """A word."""
        return "word"


def test_its_names_do_what_ours_do() -> None:
    """Each beside the name it stands for."""
    buffer: Any = ByteBuffer(16).write_bytes(b"hello").skip_bytes(1)

    assert (b"ello", bytearray(b"ello"), b"ello") == (buffer.to_bytes(), buffer.to_bytearray(), buffer.get_readable_memoryview())
    assert 16 == len(buffer.get_memoryview())
    assert (3, 3, -1) == (buffer.find(b"lo"), buffer.find(b"l", 2), buffer.find(b"x"))
    assert 0 == buffer.flip().reader_index
    assert 0 == buffer.skip_bytes(1).rewind().reader_index
    buffer.skip_bytes(2).compact()
    assert b"llo" == buffer.get_bytes(0, 3)
    assert b"ll" == buffer.read_bytes_view(2)
    buffer.reset()
    assert (0, 0) == (buffer.reader_index, buffer.writer_index)
    assert 16 == type(buffer).buffer(16, True).capacity


def test_destroying_releases_every_reference_once() -> None:
    """The second time there are none."""
    buffer: Any = ByteBuffer(1).retain()

    assert [True, False] == [buffer.destroy(), buffer.destroy()]


def test_the_allocator_has_its_two_verbs() -> None:
    """`allocate` and `release`."""
    pool: Any = PooledByteBufferAllocator()
    buffer = pool.allocate(300)
    pool.release(buffer)

    assert (512, 0) == (pool.cached_bytes, buffer.ref_count)


def test_a_pipeline_adds_and_removes_under_both_names() -> None:
    """Removing what is not there changes nothing, as there."""

    class Standing(ChannelHandler[Any]):
        pass

    standing = Standing()
    pipeline: Any = EmbeddedChannel().pipeline()

    assert pipeline.add_handler(standing) is pipeline
    assert standing in pipeline
    assert pipeline.remove_handler(standing).remove_handler(standing) is pipeline
    assert standing not in pipeline


async def test_a_channel_can_be_awaited_as_the_future_it_was() -> None:
    """`sync` ends with the channel; `result` is there at once."""
    embedded: Any = EmbeddedChannel()
    assert embedded.result() is embedded

    embedded.close()
    await embedded.sync()

    assert not embedded.is_open


def test_a_channel_gives_and_takes_buffers() -> None:
    """Nothing is taken from nobody."""
    embedded: Any = EmbeddedChannel()
    buffer = embedded.allocate_bytebuffer(16)

    embedded.release_bytebuffer(None)
    embedded.release_bytebuffer(buffer)

    assert 0 == buffer.ref_count
    assert embedded.channel_id == embedded.id


async def test_the_channel_of_a_client_gives_itself_twice() -> None:
    """To read from and to write to."""
    loop = asyncio.get_running_loop()
    channel: Any = SocketChannel(loop, ChannelConfig(), state_of(loop))

    assert (channel, channel) == channel.result()


def test_type_checkers_do_not_see_them() -> None:
    """They are given at run time, to compiled classes too, so the source of the class says nothing of them."""
    assert ByteBuffer.to_bytes.__module__ == give_methods.__module__  # type: ignore[attr-defined]  # the point


@pytest.mark.parametrize("is_coroutine", [False, True])
def test_a_decoder_may_write_decode_byte_buffer(is_coroutine: bool) -> None:
    """``def`` or ``async def``: its base takes it for `decode`."""

    class Plain(ByteToByteBufferMessageDecoder):
        def decodeByteBuffer(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> ByteBuffer | None:  # the name of 1.3
            return self.allocate_bytebuffer(2).write_bytes(buffer.read_bytes(2)) if buffer.is_readable(2) else None

    class Awaiting(Plain):
        async def decodeByteBuffer(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> ByteBuffer | None:  # type: ignore[override]  # either
            return super().decodeByteBuffer(ctx, buffer)

    embedded = EmbeddedChannel(Awaiting() if is_coroutine else Plain())
    embedded.write_inbound(b"abcde")
    embedded.run_pending_tasks()

    assert [b"ab", b"cd"] == [bytes(embedded.read_inbound()), bytes(embedded.read_inbound())]


def test_a_method_has_both_names() -> None:
    """On the class that was decorated."""
    assert "word" == Saying().sayWord()  # type: ignore[attr-defined]  # the alias


def test_a_derived_class_may_write_either_name() -> None:
    """Callers of the other name get it too, and `super` finds the method of the base."""

    class Old(Saying):
        def sayWord(self) -> str:  # the name of 1.3
            return "old " + super().sayWord()  # type: ignore[misc, no-any-return]  # the alias

    class New(Old):
        def say_word(self) -> str:
            return "new " + super().say_word()

    assert ("old word", "new old word") == (Old().say_word(), New().sayWord())


def test_a_class_that_writes_both_keeps_both() -> None:
    """It knows what it does."""

    class Both(Saying):
        def say_word(self) -> str:
            return "one"

        def sayWord(self) -> str:  # the name of 1.3
            return "other"

    assert ("one", "other") == (Both().say_word(), Both().sayWord())
