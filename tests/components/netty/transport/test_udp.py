"""Datagrams over real sockets: whole, with their addresses; a bad one ends nothing."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from pyboot.components.netty import (
    Bootstrap,
    ByteBuffer,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    ChannelPromise,
    DatagramChannel,
    DatagramPacket,
    WriteBufferWaterMark,
)
from pyboot.components.netty.errors import BindError, ChannelError, ClosedChannelError, NotYetConnectedError, UnsupportedMessageError


class Mailbag(ChannelHandler[Any]):
    """Keeps datagrams and errors, and lets tests wait for them."""

    def __init__(self) -> None:
        self.packets: asyncio.Queue[DatagramPacket] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()
        self.events: list[str] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("active")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("inactive")

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.events.append(f"writable={ctx.channel.is_writable}")

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        self.packets.put_nowait(msg)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.put_nowait(error)


@pytest_asyncio.fixture
async def bound() -> AsyncIterator[Any]:
    """`channel, mailbag = await bound()`: a datagram channel on a free port; it is closed with the test."""
    bootstraps: list[Bootstrap] = []

    async def start(*options: tuple[Any, object]) -> tuple[DatagramChannel, Mailbag]:
        mailbag = Mailbag()
        bootstraps.append(Bootstrap().handler(mailbag))
        for option, value in options:
            bootstraps[-1].option(option, value)
        return await bootstraps[-1].bind("127.0.0.1", 0), mailbag

    yield start
    for bootstrap in bootstraps:
        await bootstrap.close()


async def next_of[T](queue: asyncio.Queue[T]) -> T:
    """What comes next, in time."""
    async with asyncio.timeout(3):
        return await queue.get()


async def test_a_datagram_arrives_whole_with_both_addresses(bound: Any) -> None:
    """And is answered to its sender."""
    one, ones = await bound()
    other, others = await bound()
    one.write_and_flush(DatagramPacket(b"question", other.local_address()))
    question = await next_of(others.packets)
    other.write_and_flush(DatagramPacket(b"answer", question.sender))
    answer = await next_of(ones.packets)

    assert (b"question", one.local_address(), other.local_address()) == (bytes(question.content), question.sender, question.recipient)
    assert b"answer" == bytes(answer.content)


@pytest.mark.parametrize("size", [0, 1, 1_400, 60_000])
async def test_datagrams_of_every_size_keep_their_borders(bound: Any, size: int) -> None:
    """Those of a flush are not joined; an empty one is one too."""
    one, _ = await bound()
    other, others = await bound()
    buffer = ByteBuffer(bytearray(b"x" * size))
    one.write(DatagramPacket(buffer, other.local_address()))
    one.write(DatagramPacket(b"second", other.local_address()))
    one.flush()

    assert b"x" * size == bytes((await next_of(others.packets)).content)
    assert b"second" == bytes((await next_of(others.packets)).content)
    assert 0 == buffer.ref_count


async def test_a_connected_channel_needs_no_recipient_and_hears_only_its_peer(bound: Any) -> None:
    """Bytes are enough."""
    one, ones = await bound()
    other, others = await bound()
    stranger, _ = await bound()
    await one.pipeline().connect(other.local_address())
    one.write_and_flush(b"hello")
    assert b"hello" == bytes((await next_of(others.packets)).content)
    stranger.write_and_flush(DatagramPacket(b"from a stranger", one.local_address()))
    other.write_and_flush(DatagramPacket(b"from the peer", one.local_address()))

    assert b"from the peer" == bytes((await next_of(ones.packets)).content)
    assert other.local_address() == one.remote_address()


async def test_what_has_no_recipient_is_refused(bound: Any) -> None:
    """The text says what to do."""
    one, _ = await bound()

    with pytest.raises(NotYetConnectedError, match="write a DatagramPacket with a recipient, or connect it"):
        await one.write_and_flush(b"whom for?")


async def test_what_is_no_datagram_is_refused(bound: Any) -> None:
    """As on a stream."""
    one, _ = await bound()

    with pytest.raises(UnsupportedMessageError, match="cannot write str"):
        await one.write_and_flush(DatagramPacket("text", one.local_address()))  # type: ignore[arg-type]  # what is wrong with it


async def test_one_datagram_that_cannot_be_sent_fails_alone(bound: Any) -> None:
    """Those around it arrive."""
    one, _ = await bound()
    other, others = await bound()
    promises = [one.new_promise() for _ in range(3)]
    for payload, promise in zip((b"first", b"x" * 70_000, b"last"), promises, strict=True):
        one.write(DatagramPacket(payload, other.local_address()), promise)
    one.flush()

    assert b"first" == bytes((await next_of(others.packets)).content)
    assert b"last" == bytes((await next_of(others.packets)).content)
    assert [True, False, True] == [promise.is_success for promise in promises]
    assert errno.EMSGSIZE == promises[1].error.errno  # type: ignore[union-attr]  # it is an OSError
    assert one.is_active


async def test_a_failure_that_nobody_has_a_promise_for_is_told(bound: Any) -> None:
    """And ends nothing."""
    one, ones = await bound()
    one.write_and_flush(DatagramPacket(b"x" * 70_000, one.local_address()))

    assert "Message too long" in str(await next_of(ones.errors))
    assert one.is_active


@pytest.mark.parametrize("promised", [False, True])
async def test_who_is_told_of_a_failure_may_abort(bound: Any, promised: bool) -> None:
    """With datagrams behind the bad one."""
    channel, _ = await bound()
    raised: list[Exception] = []

    class Aborts(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            raised.append(error)
            ctx.channel.abort()

    channel.pipeline().add_first(Aborts())
    promise = channel.new_promise().add_listener(lambda _: channel.abort()) if promised else None
    channel.write(DatagramPacket(b"x" * 65_535, channel.local_address()), promise)
    last = channel.new_promise()
    channel.write(DatagramPacket(b"y", channel.local_address()), last)
    channel.flush()

    assert channel.close_future.is_done
    assert isinstance(last.error, ClosedChannelError)
    assert all(isinstance(error, OSError | ClosedChannelError) for error in raised)


async def test_what_was_written_before_the_bind_does_not_leave_in_the_place_of_another() -> None:
    """It fails, and what is written later arrives."""
    got: asyncio.Queue[bytes] = asyncio.Queue()
    early: list[ChannelPromise] = []

    class Hurries(ChannelHandler[Any]):
        def channel_registered(self, ctx: ChannelHandlerContext) -> None:
            early.append(ctx.new_promise())
            ctx.write_and_flush(DatagramPacket(b"early", ("127.0.0.1", 9)), early[0])

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.write_and_flush(DatagramPacket(b"in time", ctx.channel.local_address()))

        def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
            got.put_nowait(bytes(msg.content))

    channel = await Bootstrap().handler(Hurries()).bind("127.0.0.1", 0)
    assert isinstance(early[0].error, NotYetConnectedError)
    assert b"in time" == await next_of(got)
    await channel.close()


async def test_a_channel_is_bound_once(bound: Any) -> None:
    """And not at all when it is closed."""
    channel, _ = await bound()
    address = channel.local_address()
    with pytest.raises(ChannelError, match="is bound already"):
        await channel.pipeline().bind(("127.0.0.1", 0))
    assert address == channel.local_address()

    await channel.close()
    for operation in (channel.pipeline().bind, channel.pipeline().connect):
        with pytest.raises(ClosedChannelError):
            await operation(("127.0.0.1", 1))


async def test_a_port_that_nobody_listens_on_is_told_and_ends_nothing(bound: Any) -> None:
    """DatagramConnectNotExistsTest: the network's answer reaches a connected channel."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = nobody.getsockname()
    one, ones = await bound()
    await one.pipeline().connect(where)
    one.write_and_flush(b"anybody?")

    assert isinstance(await next_of(ones.errors), ConnectionRefusedError)
    assert one.is_active


async def test_an_error_that_nobody_handles_does_not_close_the_channel() -> None:
    """Unlike on a stream."""
    channel = await Bootstrap().handler(lambda channel: None).bind("127.0.0.1", 0)
    channel.write_and_flush(DatagramPacket(b"x" * 70_000, channel.local_address()))
    await asyncio.sleep(0)

    assert channel.is_active
    await channel.close()


async def test_without_auto_read_each_read_gives_one_datagram(bound: Any) -> None:
    """The others wait in the system's queue."""
    one, _ = await bound()
    other, others = await bound((ChannelOption.AUTO_READ, False))
    for number in range(3):
        one.write(DatagramPacket(b"%d" % number, other.local_address()))
    one.flush()
    await asyncio.sleep(0.01)
    assert others.packets.empty()

    for number in range(3):
        other.read()
        assert b"%d" % number == bytes((await next_of(others.packets)).content)
        assert others.packets.empty()


async def test_a_full_system_queue_holds_the_rest_back_until_there_is_room(bound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Water marks flip, order is kept, promises end with their datagrams."""
    one, ones = await bound((ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(50, 100)))
    other, others = await bound()
    busy = [BlockingIOError(), BlockingIOError()]

    class Busy(socket.socket):
        """Has no room at first."""

        def sendto(self, *arguments: Any) -> int:
            if busy:
                raise busy.pop()
            return super().sendto(*arguments)

    one._socket = Busy(fileno=one._socket.detach())
    promises = [one.new_promise() for _ in range(3)]
    for number, promise in enumerate(promises):
        one.write(DatagramPacket(b"%d" % number, other.local_address()), promise)
    one.flush()
    assert ["active", "writable=False"] == ones.events
    assert not any(promise.is_done for promise in promises)

    for number in range(3):
        assert b"%d" % number == bytes((await next_of(others.packets)).content)
    assert all(promise.is_success for promise in promises)
    assert ["active", "writable=False", "writable=True"] == ones.events


async def test_a_closed_channel_takes_nothing_more(bound: Any) -> None:
    """What is written is released."""
    one, ones = await bound()
    await asyncio.sleep(0)
    await one.close()
    late = ByteBuffer(bytearray(b"late"))

    with pytest.raises(ClosedChannelError):
        await one.write(DatagramPacket(late, one.local_address()))
    await asyncio.sleep(0)

    assert 0 == late.ref_count
    assert ["active", "inactive"] == ones.events


async def test_an_address_that_is_taken_is_refused(bound: Any) -> None:
    """As for servers."""
    one, _ = await bound()

    with pytest.raises(BindError, match="Address already in use"):
        await Bootstrap().handler(lambda channel: None).bind(*one.local_address())


async def test_options_are_set_and_read_back(bound: Any) -> None:
    """SO_BROADCAST is for datagrams."""
    one, _ = await bound((ChannelOption.SO_BROADCAST, True))

    assert one.get_option(ChannelOption.SO_BROADCAST) is True
    assert one.set_option(ChannelOption.SO_BROADCAST, False)
    assert one.get_option(ChannelOption.SO_BROADCAST) is False


async def test_members_of_a_multicast_group_get_what_is_sent_to_it(bound: Any) -> None:
    """Until they leave."""
    mailbag = Mailbag()
    bootstrap = Bootstrap().handler(mailbag).option(ChannelOption.SO_REUSEADDR, True)
    member = await bootstrap.bind("0.0.0.0", 0)
    one, _ = await bound((ChannelOption.socket_option("IPPROTO_IP", "IP_MULTICAST_LOOP", bool), True))
    one._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    group = ("239.1.2.3", member.local_address()[1])
    member.join_group("239.1.2.3", "127.0.0.1")
    one.write_and_flush(DatagramPacket(b"to all", group))
    assert b"to all" == bytes((await next_of(mailbag.packets)).content)

    member.leave_group("239.1.2.3", "127.0.0.1")
    one.write_and_flush(DatagramPacket(b"to the others", group))
    one.write_and_flush(DatagramPacket(b"to you", ("127.0.0.1", group[1])))
    assert b"to you" == bytes((await next_of(mailbag.packets)).content)
    await bootstrap.close()
