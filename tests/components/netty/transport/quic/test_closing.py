"""QuicClosing: what a peer hears that has not heard of the end, and for how long."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.transport.quic import QuicClosedError
from pyboot.components.netty.transport.quic.closing import QuicClosing
from pyboot.testing import DatagramFaultProxy, DatagramFaults

LAST = [(b"the end", ("127.0.0.1", 1))]
FAR = DatagramFaults(delay=0.1)  # so that three probe timeouts are more than a turn of a busy machine
GONE = DatagramFaults(loss=1.0)


class Lost:
    """Waits until the last datagram that *endpoint* sends has come to *direction* of a proxy, which loses it."""

    def __init__(self, endpoint: Any, direction: Any) -> None:
        self.sent: list[bytes] = []
        self.carried: set[bytes] = set()
        self._came = asyncio.Event()
        send, carry = endpoint.send, direction.carry
        endpoint.send = lambda data, address: (self.sent.append(data), send(data, address))
        direction.carry = lambda data: (self.carried.add(data), self._came.set(), carry(data))

    async def until(self) -> None:
        """Wait."""
        async with asyncio.timeout(20):
            while not self.sent or self.sent[-1] not in self.carried:
                self._came.clear()
                await self._came.wait()


class Sent:
    """An endpoint that keeps what it is to send."""

    def __init__(self) -> None:
        self.datagrams: list[Any] = []

    def send(self, data: bytes, address: Any) -> None:
        """Keep it."""
        self.datagrams.append((data, address))


def closing(sent: Any, datagrams: Any = LAST, seconds: float = 60.0, over: Any = lambda: None) -> QuicClosing:
    """The end of a connection."""
    return QuicClosing(asyncio.get_running_loop(), seconds, sent, datagrams, over)


async def test_fewer_and_fewer_packets_are_answered() -> None:
    """The first, second, fourth, eighth, with what was said already: nobody is answered as often as he sends (RFC 9000 10.2.1)."""
    sent, answered = Sent(), []
    ended = closing(sent)
    for number in range(1, 40):
        ended.received(50)
        if sent.datagrams:
            answered.append(number)
            assert LAST == sent.datagrams
            sent.datagrams.clear()
    ended.end()

    assert [1, 2, 4, 8, 16, 32] == answered


async def test_no_more_is_answered_than_three_times_what_has_come() -> None:
    """The address may be forged (RFC 9000 8.1); what has come meanwhile counts."""
    sent = Sent()
    ended = closing(sent, [(bytes(1200), None)])
    ended.received(300)
    assert [] == sent.datagrams
    ended.received(100)
    assert 1 == len(sent.datagrams)
    ended.end()


async def test_draining_says_nothing() -> None:
    """The peer has ended it, and hears no more."""
    sent = Sent()
    ended = closing(sent, [])
    ended.received(50)
    ended.end()

    assert [] == sent.datagrams


async def test_it_is_over_once() -> None:
    """By its time, which is bounded, or by who needs the socket; nothing is answered behind that."""
    sent, overs = Sent(), []
    by_time = asyncio.Event()
    closing(sent, seconds=0.01, over=by_time.set)
    await asyncio.wait_for(by_time.wait(), 20)
    ended = closing(sent, over=lambda: overs.append(1))
    ended.end()
    ended.end()
    ended.received(50)

    assert [1] == overs
    assert [] == sent.datagrams


async def test_a_peer_is_not_obeyed_in_how_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """However far away it makes itself."""
    asked: list[float] = []
    call_later = asyncio.get_running_loop().call_later
    monkeypatch.setattr(
        asyncio.get_running_loop(), "call_later", lambda seconds, *rest: (asked.append(seconds), call_later(seconds, *rest))[1]
    )
    closing(Sent(), seconds=1000.0).end()

    assert [3.0] == asked


async def test_a_client_that_has_not_heard_of_the_end_hears_of_it_when_it_sends(quic: Any, recorder: Any) -> None:
    """The server's CONNECTION_CLOSE is lost; its idle timeout would be half a minute."""
    server = await quic.serve(child=recorder)
    async with DatagramFaultProxy(*server.local_address(), to_server=FAR, to_client=FAR, seed=3) as proxy:
        channel = await quic.connect(proxy.address)
        await quic.ask(channel, b"hello")
        proxy.to_client = GONE
        lost = Lost(server._endpoints[0], proxy._clients[channel.local_address()].to_client)
        recorder.channels[0].end_with(0x55, "enough")  # at once: what is not acknowledged yet would wait for the network
        assert {} == server._routes
        await lost.until()
        proxy.to_client = FAR
        assert channel.is_active, repr(channel.close_cause)
        channel.create_stream().write_and_flush(b"are you there?")
        await asyncio.wait_for(channel.close_future, 20)
        await quic.eventually(lambda: not server._ended)

    assert isinstance(channel.close_cause, QuicClosedError)
    assert (0x55, "enough") == (channel.close_cause.code, channel.close_cause.reason)
    assert {} == server._closing


async def test_a_server_that_has_not_heard_of_the_end_hears_of_it_when_it_sends(quic: Any, recorder: Any) -> None:
    """The same of a client, whose socket stays for so long."""
    server = await quic.serve(child=recorder)
    async with DatagramFaultProxy(*server.local_address(), to_server=FAR, to_client=FAR, seed=3) as proxy:
        channel = await quic.connect(proxy.address)
        await quic.ask(channel, b"hello")
        sock = channel._carrier.endpoint
        proxy.to_server = GONE
        lost = Lost(sock, proxy._clients[channel.local_address()].to_server)
        channel.end_with(0x55, "enough")
        await lost.until()
        proxy.to_server = FAR
        child = recorder.channels[0]
        assert child.is_active
        child.create_stream(unidirectional=True).write_and_flush(b"are you there?")
        await asyncio.wait_for(child.close_future, 20)
        await quic.eventually(lambda: sock.socket.fileno() < 0)

    assert (0x55, "enough") == (child.close_cause.code, child.close_cause.reason)


async def test_what_was_under_way_begins_no_connection_anew(quic: Any) -> None:
    """The first datagram of a client, doubled and late: its connection has ended by now, on either side."""

    class Late(ChannelHandler[Any]):
        sharable = True

    server = await quic.serve(child=Late())
    first: list[Any] = []
    unknown = server._unknown
    server._unknown = lambda endpoint, data, *rest: (first.append((endpoint, data, rest[0])), unknown(endpoint, data, *rest))
    channel = await quic.connect(server)
    await quic.ask(channel, b"hello")
    child = next(iter(server._children))
    await child.close()
    endpoint, data, address = first[0]
    server._received(endpoint, data, address)

    assert set() == server._children
    assert 1 == len(first)


async def test_a_server_that_is_closed_waits_for_none(quic: Any) -> None:
    """Its port is free again with its last connection."""
    server = await quic.serve()
    channel = await quic.connect(server)
    await quic.ask(channel, b"hello")
    child = next(iter(server._children))
    await child.close()
    assert server._ended
    await server.close()

    assert {} == server._ended
    assert server._endpoints[0].socket.fileno() < 0


async def test_the_oldest_are_forgotten_where_there_are_many(quic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends cost memory for as long as they last."""
    monkeypatch.setattr("pyboot.components.netty.transport.quic.server._MAX_CLOSING", 2)
    server = await quic.serve()
    for _ in range(4):
        channel = await quic.connect(server)
        await quic.ask(channel, b"hello")
        for child in list(server._children):
            await child.close()

        assert 0 < len(server._closing) <= 2
        assert set(server._closing) == set(server._ended.values())


def test_a_loop_that_is_closed_before_leaves_no_warning(pki: Any) -> None:
    """A program that ends behind its last connection waits for no period, and is told of no socket (warnings are errors here)."""
    import gc

    from .conftest import Quic

    async def program() -> Any:
        quic = Quic(pki)
        channel = await quic.connect(await quic.serve())
        await Quic.ask(channel, b"hello")
        endpoint = channel._carrier.endpoint  # type: ignore[union-attr]  # it was there
        await quic.close()
        return endpoint.socket.fileno()

    assert asyncio.run(program()) >= 0
    gc.collect()
