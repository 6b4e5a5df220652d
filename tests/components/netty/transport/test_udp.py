"""Datagrams over real sockets: whole, with their addresses; a bad one ends nothing."""

import asyncio
import errno
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
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
    CompositeByteBuffer,
    DatagramChannel,
    DatagramPacket,
    WriteBufferWaterMark,
)
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.errors import (
    BindError,
    ChannelError,
    ClosedChannelError,
    NotYetConnectedError,
    OutboundOverflowError,
    RecipientError,
    UnsupportedMessageError,
)
from pyboot.components.netty.transport import resolving, udp
from pyboot.components.netty.transport.local import LocalAddress


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

    async def start(*options: tuple[Any, object], host: str = "127.0.0.1") -> tuple[DatagramChannel, Mailbag]:
        mailbag = Mailbag()
        bootstraps.append(Bootstrap().handler(mailbag))
        for option, value in options:
            bootstraps[-1].option(option, value)
        return await bootstraps[-1].bind(host, 0), mailbag

    yield start
    for bootstrap in bootstraps:
        await bootstrap.close()


async def next_of[T](queue: asyncio.Queue[T]) -> T:
    """What comes next, in time."""
    async with asyncio.timeout(3):
        return await queue.get()


@pytest.mark.parametrize("address", ["/run/a.sock", "\0abstract", LocalAddress("here"), (["127.0.0.1", "::1"], 0)])
async def test_an_address_that_udp_does_not_have_is_refused(bound: Any, address: Any) -> None:
    """Whether it is the own one or the peer's; with a text that says what is allowed, and at once."""
    with pytest.raises(ChannelError, match=r"datagrams go over UDP alone: .*allowed is a tuple of one host, or None, and a port"):
        await asyncio.wait_for(Bootstrap().handler(Mailbag()).bind(address), 10)

    channel, _ = await bound()
    with pytest.raises(ChannelError, match="datagrams go over UDP alone"):
        await asyncio.wait_for(channel.pipeline().connect(address), 10)


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


# Everything that can be wrong with one datagram: what is written, and what its write fails with.
BAD = [
    (DatagramPacket(b"x" * 70_000, ("127.0.0.1", 9)), OSError, "Message too long"),
    (DatagramPacket(b"x", ("127.0.0.1", 99_999)), RecipientError, "port 99999, allowed is 1 to 65535"),
    (DatagramPacket(b"x", ("127.0.0.1", -1)), RecipientError, "port -1"),
    (DatagramPacket(b"x", ("127.0.0.1", 0)), RecipientError, "port 0"),
    (DatagramPacket(b"x", ("127.0.0.1", "9")), RecipientError, "port '9'"),
    (DatagramPacket(b"x", ("127.0.0.1",)), RecipientError, "allowed is a tuple of host and port"),
    (DatagramPacket(b"x", ()), RecipientError, "allowed is a tuple of host and port"),
    (DatagramPacket(b"x", "127.0.0.1:9"), RecipientError, "allowed is a tuple of host and port"),
    (DatagramPacket(b"x", ("127.0.0.1", 9, 0, 0, 0)), RecipientError, "allowed is a tuple of host and port"),
    (DatagramPacket(b"x", ("127.0.0.1", 9, 0, 0)), RecipientError, "no flow and no scope"),
    (DatagramPacket(b"x", ("127.0.0.1", 9, "eth0")), RecipientError, "flow and scope are numbers"),
    (DatagramPacket(b"x", (None, 9)), RecipientError, "host None, allowed is a text"),
    (DatagramPacket(b"x", ("", 9)), RecipientError, "host '', allowed is a text"),
    (DatagramPacket(b"x", ("::1", 9)), RecipientError, "the socket is one of IPv4"),
    (DatagramPacket(b"x", ("255.255.255.255", 9)), OSError, "Permission denied"),  # without SO_BROADCAST
    (DatagramPacket(b"x", ("nowhere.invalid", 9)), OSError, ""),
    (DatagramPacket(b"x", ("a..b", 9)), OSError, "cannot be a name"),
    (DatagramPacket(b"x", ("a\0b", 9)), OSError, ""),
    (DatagramPacket("text", ("127.0.0.1", 9)), UnsupportedMessageError, "cannot write str"),  # type: ignore[arg-type]  # what is wrong
    (DatagramPacket(None, ("127.0.0.1", 9)), UnsupportedMessageError, "cannot write NoneType"),  # type: ignore[arg-type]  # as above
    (b"x", NotYetConnectedError, "write a DatagramPacket with a recipient"),
]


@pytest.mark.parametrize("promised", [True, False])
async def test_whatever_is_wrong_with_one_datagram_concerns_no_other(bound: Any, promised: bool) -> None:
    """Between any two bad ones a good one arrives; each bad one fails as what it is, to its writer or to the handlers."""
    one, ones = await bound()
    other, others = await bound()
    promises = []
    for number, (bad, _, _) in enumerate(BAD):
        promises.append(one.new_promise() if promised else None)
        one.write(bad, promises[-1])
        one.write(DatagramPacket(b"%d" % number, other.local_address()))
    one.flush()

    assert [b"%d" % number for number in range(len(BAD))] == [bytes((await next_of(others.packets)).content) for _ in BAD]
    failures: list[Any] = []
    for promise in promises:
        if promise is None:
            failures.append(await next_of(ones.errors))
        else:
            async with asyncio.timeout(20):
                with pytest.raises((OSError, RecipientError, UnsupportedMessageError, NotYetConnectedError)) as caught:
                    await promise
            failures.append(caught.value)
    for _, kind, text in BAD:
        assert [error for error in failures if isinstance(error, kind) and text in str(error)], (kind, text, failures)
    assert ones.errors.empty()
    assert one.is_active
    one.write_and_flush(DatagramPacket(b"still", other.local_address()))
    assert b"still" == bytes((await next_of(others.packets)).content)


@pytest.mark.parametrize("only", [False, True])
async def test_a_socket_of_both_families_sends_to_both(bound: Any, only: bool) -> None:
    """Unless it is told to be of one; addresses are those that the peers have."""
    one, _ = await bound((ChannelOption.IPV6_V6ONLY, only), host="::")
    four, fours = await bound()
    six, sixes = await bound(host="::1")
    port = one.local_address()[1]

    await one.write_and_flush(DatagramPacket(b"to six", ("::1", six.local_address()[1])))
    assert ("::1", port) == (await next_of(sixes.packets)).sender[:2]
    promise = one.new_promise()
    one.write_and_flush(DatagramPacket(b"to four", four.local_address()), promise)
    if only:
        with pytest.raises(RecipientError, match="the socket is one of IPv6 alone"):
            await promise
        return
    assert ("127.0.0.1", port) == (await next_of(fours.packets)).sender


async def test_a_socket_of_both_families_tells_addresses_of_ipv4_as_such(bound: Any) -> None:
    """So filters, answers and logs need not know of it."""
    both, mailbag = await bound(host="::")
    four, fours = await bound()
    four.write_and_flush(DatagramPacket(b"question", ("127.0.0.1", both.local_address()[1])))

    question = await next_of(mailbag.packets)
    assert four.local_address() == question.sender
    both.write_and_flush(DatagramPacket(b"answer", question.sender))
    assert b"answer" == bytes((await next_of(fours.packets)).content)


@pytest_asyncio.fixture
async def slow_resolver(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Names are answered, with the loopback address, when the event is set; what Python looks up on the loop itself is an error."""
    answer = asyncio.Event()

    async def resolved(self: Any, host: Any, port: Any, **_: Any) -> Any:
        await answer.wait()
        if host == "nobody.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP, "", ("127.0.0.1", port))]

    monkeypatch.setattr(resolving, "ask_system", resolved)
    return answer


async def test_a_name_that_takes_long_to_look_up_holds_up_nobody(bound: Any, slow_resolver: Any) -> None:
    """Its datagram leaves when it is known; a promise ends with it."""
    one, _ = await bound()
    other, others = await bound()
    port = other.local_address()[1]
    named, nobody = one.new_promise(), one.new_promise()
    one.write(DatagramPacket(b"named", ("slow.example", port)), named)
    one.write(DatagramPacket(b"lost", ("nobody.example", port)), nobody)
    one.write(DatagramPacket(b"numbers", ("127.0.0.1", port)))
    one.flush()
    assert b"numbers" == bytes((await next_of(others.packets)).content)
    assert not named.is_done

    slow_resolver.set()
    assert b"named" == bytes((await next_of(others.packets)).content)
    await named
    with pytest.raises(OSError, match="Name or service not known"):
        await nobody


async def test_a_close_waits_for_names_within_its_time(bound: Any, slow_resolver: Any) -> None:
    """What was flushed is delivered, late or not."""
    one, _ = await bound()
    other, others = await bound()
    one.write_and_flush(DatagramPacket(b"named", ("slow.example", other.local_address()[1])))
    closing = asyncio.ensure_future(one.close())
    await asyncio.sleep(0)
    assert not one.close_future.is_done

    slow_resolver.set()
    assert b"named" == bytes((await next_of(others.packets)).content)
    await closing


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_an_end_fails_what_waits_for_a_name(bound: Any, slow_resolver: Any, how: str) -> None:
    """At once, or when the time for closing is up."""
    one, _ = await bound((ChannelOption.CLOSE_TIMEOUT, 0.01))
    promise = one.new_promise()
    one.write_and_flush(DatagramPacket(b"named", ("slow.example", 9)), promise)
    await asyncio.sleep(0)
    getattr(one, how)()

    async with asyncio.timeout(20):
        with pytest.raises(ClosedChannelError):
            await promise
        await one.close_future
    assert {"abort": "aborted", "close": "close-timeout"}[how] == close_reason_of(one)
    assert (how == "close") == ("close-timeout" in log_of(one).counts)


async def test_what_waits_for_names_is_limited(bound: Any, slow_resolver: Any) -> None:
    """As what waits to be sent."""
    one, _ = await bound((ChannelOption.WRITE_BUFFER_LIMIT, 10_000))
    promises = [one.new_promise() for _ in range(3)]
    for promise in promises:
        one.write_and_flush(DatagramPacket(b"x" * 4_000, ("slow.example", 9)), promise)

    assert [False, False, True] == [promise.is_done for promise in promises]
    assert isinstance(promises[2].error, OutboundOverflowError)
    one.abort()


@pytest.mark.parametrize("operation", ["bind", "connect"])
async def test_names_of_ends_are_not_looked_up_on_the_loop(slow_resolver: Any, operation: str) -> None:
    """The loop turns meanwhile; a channel that is closed meanwhile is not opened."""
    opened: list[Any] = []
    bootstrap = Bootstrap().handler(opened.append)
    if operation == "bind":
        slow_resolver.set()
        channel = await bootstrap.bind("slow.example", 0)
        assert "127.0.0.1" == channel.local_address()[0]
        slow_resolver.clear()
        opening: Any = asyncio.ensure_future(bootstrap.bind("slow.example", 0))
        await asyncio.sleep(0)
    else:
        channel = await bootstrap.bind("127.0.0.1", 0)
        opening = channel.pipeline().connect(("slow.example", 9))
        with pytest.raises(ChannelError, match="is being bound or connected already"):
            await channel.pipeline().connect(("slow.example", 9))
    await asyncio.sleep(0)
    opened[-1].abort()

    with pytest.raises(ClosedChannelError):
        await opening
    await bootstrap.close()


async def test_composite_contents_are_sent_and_released(bound: Any) -> None:
    """Refused ones are released too: whoever writes gives away."""
    one, _ = await bound()
    other, others = await bound()
    good, late = CompositeByteBuffer([b"one ", b"whole"]), CompositeByteBuffer([b"late"])
    bad = [CompositeByteBuffer([b"bad"]) for _ in range(3)]
    one.write_and_flush(DatagramPacket(good, other.local_address()))
    assert b"one whole" == bytes((await next_of(others.packets)).content)
    for content, recipient in zip(bad, [None, ("127.0.0.1", 99_999), ("::1", 9)], strict=True):
        one.write_and_flush(DatagramPacket(content, recipient), one.new_promise())
    one.abort()
    one.write(DatagramPacket(late, other.local_address()), one.new_promise())

    assert [0, 0, 0, 0, 0] == [content.ref_count for content in (good, late, *bad)]


async def test_disconnecting_gives_up_the_peer_alone(bound: Any) -> None:
    """The channel stays, on its port, and takes datagrams from anybody again."""
    one, ones = await bound()
    other, _ = await bound()
    stranger, strangers = await bound()
    here = one.local_address()
    await one.pipeline().disconnect()  # from nobody: nothing happens
    await one.pipeline().connect(other.local_address())
    assert other.local_address() == one.remote_address()

    await one.pipeline().disconnect()
    assert one.is_active
    assert (here, None) == (one.local_address(), one.remote_address())
    stranger.write_and_flush(DatagramPacket(b"from a stranger", here))
    assert b"from a stranger" == bytes((await next_of(ones.packets)).content)
    with pytest.raises(NotYetConnectedError):
        await one.write_and_flush(b"whom for?")
    one.write_and_flush(DatagramPacket(b"to a stranger", stranger.local_address()))
    assert b"to a stranger" == bytes((await next_of(strangers.packets)).content)
    await one.pipeline().connect(stranger.local_address())
    one.write_and_flush(b"connected again")
    assert b"connected again" == bytes((await next_of(strangers.packets)).content)

    await one.close()
    with pytest.raises(ClosedChannelError):
        await one.pipeline().disconnect()


async def test_the_answer_to_an_earlier_datagram_costs_no_later_one(bound: Any) -> None:
    """The system tells it to whoever sends next."""
    one, ones = await bound((ChannelOption.AUTO_READ, False))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        where = peer.getsockname()
    await one.pipeline().connect(where)
    await one.write_and_flush(b"anybody?")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(where)
        peer.settimeout(5)
        promise = one.new_promise()
        one.write_and_flush(b"now", promise)
        assert b"now" == peer.recv(10)
    await promise
    assert isinstance(await next_of(ones.errors), ConnectionRefusedError)


async def test_an_error_of_reading_that_stays_leaves_the_loop_to_others(bound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a turn of nothing else there is a pause; then it goes on."""
    monkeypatch.setattr(udp, "_PAUSE_SECONDS", 0.01)
    one, ones = await bound()
    other, _ = await bound()
    bad = [OSError(errno.ENOMEM, "Cannot allocate memory") for _ in range(40)]

    class Failing(socket.socket):
        """Has no memory at first."""

        def recvfrom(self, *arguments: Any) -> Any:
            if bad:
                raise bad.pop()
            return super().recvfrom(*arguments)

    one._socket = Failing(fileno=one._socket.detach())
    other.write_and_flush(DatagramPacket(b"word", one.local_address()))
    await next_of(ones.errors)
    assert 24 == len(bad)
    assert not one.is_reading

    assert b"word" == bytes((await next_of(ones.packets)).content)
    assert 39 == ones.errors.qsize()


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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists who is a member of which group")
async def test_groups_of_ipv6_are_joined_and_left(bound: Any) -> None:
    """On the interface of that name or number, or on the one that the group names."""
    member, _ = await bound(host="::")

    def is_member() -> bool:
        return "ff020000000000000000000100020003" in Path("/proc/net/igmp6").read_text()

    for group, interface in (("ff02::1:2:3", "lo"), ("ff02::1:2:3", socket.if_nametoindex("lo")), ("ff02::1:2:3%lo", "")):
        member.join_group(group, interface)
        assert is_member()
        member.leave_group(group, interface)
        assert not is_member()


async def test_what_is_no_group_is_refused(bound: Any) -> None:
    """So is an interface that is not there, and a channel that is not bound."""
    one, _ = await bound()
    for group in ("127.0.0.1", "::1", "nonsense"):
        with pytest.raises(ValueError, match=r"no multicast address|does not appear to be"):
            one.join_group(group)
    with pytest.raises(OSError, match=r".+"):
        one.join_group("239.1.2.3", "no-such-interface")
