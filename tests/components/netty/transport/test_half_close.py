"""An own side that ends while the peer may still send, and a peer that ends while we may still write."""

import asyncio
import select
from typing import Any

import pytest

from pyboot.components.netty import (
    INPUT_SHUTDOWN,
    OUTPUT_SHUTDOWN,
    Bootstrap,
    ByteBuffer,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    ServerBootstrap,
)
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.transport import watching


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for dead peers every hundredth of a second."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)


def half_closing() -> ServerBootstrap:
    """A server whose connections outlive the peer's end."""
    return ServerBootstrap().child_option(ChannelOption.ALLOW_HALF_CLOSURE, True)


async def accepted(listen: Any, connect: Any, recorder: Any, bootstrap: Any = None) -> Any:
    """A server's channel and its client's streams."""
    server = await listen(recorder, bootstrap)
    streams = await connect(server)
    await recorder.seen("channel_active")
    return recorder.channels[0], *streams


async def test_what_was_flushed_is_delivered_before_our_end(listen: Any, connect: Any, recorder: Any) -> None:
    """And what the peer sends afterwards is read."""
    channel, reader, writer = await accepted(listen, connect, recorder)
    page = b"0123456789" * 200_000
    channel.write_and_flush(page)

    ending = channel.shutdown_output()
    assert page == await reader.read()
    await ending
    writer.write(b"still here")
    await recorder.until(lambda: recorder.received == b"still here")

    assert [OUTPUT_SHUTDOWN] == recorder.user_events
    assert channel.is_active


async def test_the_peers_end_closes_a_channel_whose_own_side_has_ended(listen: Any, connect: Any, recorder: Any) -> None:
    """Half-closure allowed or not."""
    channel, reader, writer = await accepted(listen, connect, recorder, half_closing())
    await channel.shutdown_output()
    assert b"" == await reader.read()

    writer.close()
    await recorder.seen("channel_inactive")

    assert [OUTPUT_SHUTDOWN, INPUT_SHUTDOWN] == recorder.user_events
    assert [] == recorder.errors


async def test_our_end_closes_a_channel_whose_peer_has_ended(listen: Any, connect: Any, recorder: Any) -> None:
    """After the last answer: an echo of half-closers."""
    channel, reader, writer = await accepted(listen, connect, recorder, half_closing())
    writer.write(b"question")
    writer.write_eof()
    await recorder.until(lambda: recorder.user_events == [INPUT_SHUTDOWN])
    assert channel.is_active

    page = b"answer" * 200_000
    channel.write_and_flush(page)
    channel.shutdown_output()
    assert page == await reader.read()
    await recorder.seen("channel_inactive")

    assert [INPUT_SHUTDOWN, OUTPUT_SHUTDOWN] == recorder.user_events


async def test_what_is_written_after_our_end_fails_and_is_released(listen: Any, connect: Any, recorder: Any) -> None:
    """So does what was not flushed before."""
    channel, _, _ = await accepted(listen, connect, recorder)
    unflushed = channel.new_promise()
    channel.write(b"unflushed", unflushed)
    await channel.shutdown_output()
    late = ByteBuffer(bytearray(b"late"))

    with pytest.raises(ClosedChannelError, match="was shut down"):
        await channel.write_and_flush(late)

    assert isinstance(unflushed.error, ClosedChannelError)
    assert 0 == late.ref_count


async def test_what_was_not_flushed_before_our_end_is_told_as_lost(
    listen: Any, connect: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nobody has a promise for it; the channel goes on reading."""
    channel, reader, _ = await accepted(listen, connect, recorder)
    channel.write(b"never")
    channel.write(b"flushed")
    await channel.shutdown_output()
    assert b"" == await reader.read()
    assert "2 written messages are lost" in caplog.text
    assert channel.is_active


async def test_a_listener_of_a_lost_write_may_close_what_is_being_ended(listen: Any, connect: Any, recorder: Any) -> None:
    """The end fails then, and is raised by nobody else."""
    channel, _, _ = await accepted(listen, connect, recorder)
    channel.write(b"never", channel.new_promise().add_listener(lambda _: channel.close()))
    ending = channel.shutdown_output()
    with pytest.raises(ClosedChannelError):
        await ending


async def test_ending_twice_is_harmless(listen: Any, connect: Any, recorder: Any) -> None:
    """Both are told."""
    channel, reader, _ = await accepted(listen, connect, recorder)

    await asyncio.gather(_end(channel), _end(channel))

    assert b"" == await reader.read()
    assert [OUTPUT_SHUTDOWN] == recorder.user_events


async def _end(channel: Any) -> None:
    await channel.shutdown_output()


async def test_a_closed_channel_has_no_side_to_end(listen: Any, connect: Any, recorder: Any) -> None:
    """It says so."""
    channel, _, _ = await accepted(listen, connect, recorder)
    await channel.close()

    with pytest.raises(ClosedChannelError):
        await channel.shutdown_output()


async def test_a_peer_that_resets_before_it_has_everything_fails_the_end(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """Whoever waits for it hears of it."""
    channel, _, writer = await accepted(listen, connect, recorder)
    writer.transport.pause_reading()
    channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    channel.write_and_flush(b"x" * 16_000_000)
    ending = channel.shutdown_output()
    reset(writer)

    with pytest.raises(ClosedChannelError):
        await ending


@pytest.mark.parametrize("paused", [False, True])
async def test_an_end_after_a_reset_that_nobody_has_met_yet_is_over(
    listen: Any, connect: Any, reset: Any, recorder: Any, paused: bool
) -> None:
    """asyncio raises there, uvloop does not; who waits is told on both, and the channel closes."""
    channel, _, writer = await accepted(listen, connect, recorder)
    channel.auto_read = not paused
    reset(writer)
    await asyncio.to_thread(until_reset, channel.get_extra_info("socket").fileno())

    async with asyncio.timeout(20):
        try:
            await channel.shutdown_output()
        except ClosedChannelError as error:
            assert isinstance(error.__cause__, OSError)  # noqa: PT017  # only one of the loops tells it here
        await recorder.seen("channel_inactive")


def until_reset(descriptor: int) -> None:
    """Wait in a thread, so that no loop looks, until the reset has come."""
    poll = select.poll()
    poll.register(descriptor, 0)
    assert poll.poll(5_000)


async def test_the_end_may_be_asked_for_from_another_thread(listen: Any, connect: Any, recorder: Any) -> None:
    """And waited for there."""
    channel, reader, _ = await accepted(listen, connect, recorder)

    await asyncio.to_thread(lambda: channel.shutdown_output().result(10))

    assert b"" == await reader.read()


async def test_a_client_that_ends_its_side_gets_the_whole_answer(listen: Any, recorder: Any) -> None:
    """The server answers a mebibyte after the end of the question."""

    class Answering(ChannelHandler[Any]):
        """Answers when it has heard everything."""

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            if event is INPUT_SHUTDOWN:
                ctx.write_and_flush(b"x" * 1_048_576)
                ctx.close()

    server = await listen(lambda channel: channel.pipeline().add_last(Answering()), half_closing())
    client = await Bootstrap().handler(recorder).connect(*server.local_address())
    client.write_and_flush(b"question")
    await client.shutdown_output()
    await recorder.seen("channel_inactive")

    assert b"x" * 1_048_576 == recorder.received
    assert [] == recorder.errors


class UntilTheEnd(ByteToMessageDecoder[bytes]):
    """A message is what comes until the peer ends."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> None:
        return None

    def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
        out.append(bytes(buffer.read_bytes(buffer.readable_bytes())))


class Answering(ChannelHandler[Any]):
    """Writes with each message and flushes when a read is complete, as servers do."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        ctx.write(b"got " + msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()


async def test_a_client_that_ends_its_question_gets_the_answer(listen: Any, connect: Any, recorder: Any) -> None:
    """Also where the message is only made by its end."""
    server = await listen(lambda channel: channel.pipeline().add_last(UntilTheEnd(), Answering(), recorder), half_closing())
    reader, writer = await connect(server)
    writer.write(b"question")
    writer.write_eof()

    assert b"got question" == await reader.readexactly(12)
    await recorder.until(lambda: recorder.user_events == [INPUT_SHUTDOWN])
    writer.close()


class Lines(ByteToMessageDecoder[bytes]):
    """Lines, with their ends."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> Any:
        end = buffer.index_of(b"\n", buffer.reader_index)
        return None if end < 0 else bytes(buffer.read_bytes(end + 1 - buffer.reader_index))


class AsyncLines(Lines):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> Any:
        return super().decode(ctx, buffer)


@pytest.mark.parametrize("old", [AsyncLines, Lines])
@pytest.mark.parametrize("new", [AsyncLines, Lines])
async def test_an_end_that_comes_while_a_decoder_is_replaced_comes_last(listen: Any, connect: Any, old: Any, new: Any) -> None:
    """The coroutine handler behind it waits for that end, replaces the decoder, and still gets every line before it."""
    decoder, arrived, over = old(), asyncio.Event(), asyncio.Event()
    log: list[Any] = []

    class Watch(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            ctx.fire_user_event_triggered(event)
            arrived.set()

    class Upgrade(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if len(log) == 10:
                if isinstance(decoder, AsyncLines):
                    await arrived.wait()  # behind a plain decoder the end itself waits before it
                ctx.pipeline.replace(decoder, new())
            await asyncio.sleep(0)
            log.append(int(bytes(msg)))

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            log.append(event)
            over.set()

    server = await listen(lambda channel: channel.pipeline().add_last(Watch(), decoder, Upgrade()), half_closing())
    _, writer = await connect(server)
    writer.write(b"".join(b"%d\n" % number for number in range(1500)))
    writer.write_eof()
    async with asyncio.timeout(20):
        await over.wait()

    assert [*range(1500), INPUT_SHUTDOWN] == log
