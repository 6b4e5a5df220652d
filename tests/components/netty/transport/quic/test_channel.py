"""QuicChannel: connections over real sockets, on both loops; what streams promise is asked in `test_stream.py`."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.errors import ClosedChannelError, NettyError
from pyboot.components.netty.transport.quic import (
    QuicClosedError,
    QuicCodes,
    QuicConnectionClosed,
    QuicDatagramError,
    QuicHandshakeCompleted,
    QuicPathMigrated,
    QuicSessionTicket,
    QuicStreamResetError,
)


class DatagramEcho(ChannelHandler[Any]):
    """Sends datagrams back."""

    sharable = True

    def channel_read(self, ctx: Any, msg: Any) -> None:
        ctx.write_and_flush(msg)


async def test_a_connection_is_active_when_the_handshake_is_over(quic: Any, new_recorder: Any) -> None:
    """Both sides hear what was agreed on, behind `channel_active`, and know both addresses."""
    ours, theirs = new_recorder(), new_recorder()
    server = await quic.serve(child=theirs)
    channel = await quic.connect(server, ours)
    await theirs.until(lambda: theirs.user_events)

    assert channel.is_active
    assert "test" == channel.alpn
    assert channel.remote_address() == server.local_address()
    assert theirs.channels[0].remote_address() == channel.local_address()
    assert theirs.channels[0].parent is server
    for recorder in (ours, theirs):
        assert ["handler_added", "channel_registered", "channel_active"] == recorder.events[:3]
        assert [QuicHandshakeCompleted("test", False, False)] == recorder.user_events


async def test_streams_are_answered_each_for_itself(quic: Any) -> None:
    """Three times as many at once as the server allows: those past its limit wait, and none is lost."""
    channel = await quic.connect(await quic.serve(max_streams=20))

    answers = await asyncio.gather(*(quic.ask(channel, b"word %d" % number) for number in range(60)))

    assert [b"word %d" % number for number in range(60)] == answers


async def test_much_comes_whole(quic: Any) -> None:
    """More than any window there and back."""
    channel = await quic.connect(await quic.serve(stream_window=64 * 1024, connection_window=128 * 1024), stream_window=64 * 1024)
    data = bytes(range(256)) * 4096

    assert data == await quic.ask(channel, data)


async def test_datagrams_go_beside_the_streams(quic: Any, recorder: Any) -> None:
    """Each message is one, up to the length that a packet holds."""
    server = await quic.serve(child=DatagramEcho(), max_datagram_frame_bytes=65535)
    channel = await quic.connect(server, recorder, max_datagram_frame_bytes=65535)
    longest = bytes(channel.max_datagram_bytes)
    for datagram in (b"one", longest):
        await channel.write_and_flush(datagram)
        await recorder.until(lambda expected=recorder.received + datagram: recorder.received == expected)

    with pytest.raises(QuicDatagramError, match="1171 bytes, limit 1170"):
        await channel.write_and_flush(longest + b"x")
    assert 2 == recorder.events.count("channel_read")


async def test_a_burst_of_datagrams_is_counted_and_sent(quic: Any, recorder: Any) -> None:
    """Written faster than packets leave: all are sent, in their order where nothing is lost."""
    server = await quic.serve(child=recorder, max_datagram_frame_bytes=65535)
    channel = await quic.connect(server)
    for number in range(200):
        await channel.write(b"%03d" % number)
    await channel.flush()

    await recorder.until(lambda: recorder.received == b"".join(b"%03d" % number for number in range(200)))
    assert 0 == channel.outbound.pending


async def test_a_peer_that_takes_no_datagrams_gets_none(quic: Any) -> None:
    """The write says why."""
    channel = await quic.connect(await quic.serve())

    with pytest.raises(QuicDatagramError, match="takes no datagrams"):
        await channel.write_and_flush(b"x")


async def test_the_end_is_told_with_code_and_reason(quic: Any, new_recorder: Any) -> None:
    """To both sides, and as the error of the side that did not want it."""
    theirs, ours = new_recorder(), new_recorder()
    server = await quic.serve(child=theirs)
    channel = await quic.connect(server, ours)
    await theirs.seen("channel_active")
    await channel.close_with(7, "enough")
    await theirs.seen("channel_inactive")

    assert QuicConnectionClosed(7, "enough", True, False) == theirs.user_events[-1]
    assert QuicConnectionClosed(7, "enough", True, True) == ours.user_events[-1]
    assert ["the QUIC connection was closed with application error 0x7: enough"] == [str(error) for error in theirs.errors]
    assert [] == ours.errors


async def test_an_orderly_end_is_no_error(quic: Any, recorder: Any) -> None:
    """Code 0 closes as a peer of TCP does that ends."""
    server = await quic.serve(child=recorder)
    channel = await quic.connect(server)
    await recorder.seen("channel_active")
    await channel.close()
    await recorder.seen("channel_inactive")

    assert [] == recorder.errors


async def test_closing_delivers_what_was_flushed(quic: Any, collected: Callable[[], Any]) -> None:
    """On every stream: the connection ends when the peer has acknowledged all of it."""
    theirs = [collected() for _ in range(3)]
    waiting = iter(theirs)
    server = await quic.serve(lambda stream: stream.pipeline().add_last(next(waiting)))
    channel = await quic.connect(server)
    for _ in theirs:
        channel.create_stream(unidirectional=True).write_and_flush(bytes(300_000))
    await channel.close()

    assert [300_000] * 3 == [len(await asyncio.wait_for(each.ended, 20)) for each in theirs]


async def test_streams_end_with_their_connection(quic: Any, collected: Callable[[], Any]) -> None:
    """An abort breaks them off: each is told, and is closed."""
    ours, theirs = collected(), collected()
    server = await quic.serve(lambda stream: stream.pipeline().add_last(theirs))
    channel = await quic.connect(server)
    stream = channel.create_stream(ours)
    await stream.write_and_flush(b"half of it")
    await asyncio.wait_for(theirs.came.wait(), 20)
    channel.abort()
    await asyncio.wait_for(asyncio.gather(ours.closed, theirs.closed), 20)

    assert not stream.is_open
    with pytest.raises(ClosedChannelError):
        channel.create_stream()
    with pytest.raises(ClosedChannelError):
        await stream.write_and_flush(b"x")


async def test_a_client_goes_on_from_another_address(quic: Any, recorder: Any) -> None:
    """The server is told of the new path; streams do not notice."""
    channel = await quic.connect(await quic.serve(child=recorder))
    await recorder.seen("channel_active")
    old = channel.local_address()
    await channel.migrate()
    assert b"after" == await quic.ask(channel, b"after")
    await recorder.until(lambda: any(isinstance(event, QuicPathMigrated) for event in recorder.user_events))

    new = channel.local_address()
    assert old != new
    assert QuicPathMigrated(old, new) == recorder.user_events[-1]
    assert new == recorder.channels[0].remote_address()


async def test_a_server_does_not_migrate(quic: Any, recorder: Any) -> None:
    """RFC 9000 9: only clients do."""
    await quic.connect(await quic.serve(child=recorder))
    await recorder.seen("channel_active")

    with pytest.raises(NettyError, match="its clients migrate"):
        await recorder.channels[0].migrate()


async def test_keys_are_updated_under_way(quic: Any) -> None:
    """Several times, with streams in between."""
    channel = await quic.connect(await quic.serve())
    for number in range(3):
        channel.update_keys()
        assert b"%d" % number == await quic.ask(channel, b"%d" % number)


async def test_a_silent_peer_is_given_up(quic: Any, recorder: Any) -> None:
    """After the shorter of both idle timeouts."""
    await quic.connect(await quic.serve(idle_timeout=0.2), recorder)
    await recorder.seen("channel_inactive")

    assert ["the QUIC connection was closed with transport error 0x1: Idle timeout"] == [str(error) for error in recorder.errors]


async def test_nobody_listens(quic: Any) -> None:
    """The network says so, and the client hears it at once; its handshake's deadline is over with it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unbound:
        unbound.bind(("127.0.0.1", 0))
        address = unbound.getsockname()

    with pytest.raises(ConnectionRefusedError):
        await quic.connect(address)


async def test_no_protocol_in_common_is_no_connection(quic: Any) -> None:
    """RFC 9001 8.1; the client is told by the server."""
    server = await quic.serve()
    with pytest.raises(QuicClosedError, match="0x178"):
        await quic.connect(server, alpn=["another"])


async def test_a_certificate_of_strangers_is_refused(quic: Any) -> None:
    """Nobody that the client trusts has signed it; unless it does not care."""
    server = await quic.serve()
    with pytest.raises(QuicClosedError, match="transport error"):
        await quic.connect(server, ca=None)
    assert (await quic.connect(server, ca=None, verify=False)).is_active


async def test_a_name_that_the_certificate_lacks_is_refused(quic: Any) -> None:
    """The certificate is of localhost."""
    server = await quic.serve()
    with pytest.raises(QuicClosedError, match="transport error"):
        await quic.connect(server, server_name="elsewhere.example")


async def test_streams_of_who_has_no_handler_for_them_are_refused(quic: Any, recorder: Any) -> None:
    """The peer is told with the stream."""
    server = await quic.serve(child=recorder)
    await quic.connect(server)
    await recorder.seen("channel_active")

    with pytest.raises(QuicStreamResetError):
        await quic.ask(recorder.channels[0], b"is anybody there?")


@pytest.mark.parametrize(("own", "code", "is_application"), [(None, 0xC, False), (0x107, 0x107, True)])
async def test_who_only_resets_streams_is_told_to_go(quic: Any, recorder: Any, own: int | None, code: int, is_application: bool) -> None:
    """Past `max_resets`, with the number of the protocol above; one that has none leaves it to QUIC, whose numbers mean the same to all."""

    class Chosen(ChannelHandler[Any]):
        sharable = True

        def channel_active(self, ctx: Any) -> None:
            ctx.channel.codes = QuicCodes(excessive_load=own)

    channel = await quic.connect(await quic.serve(child=Chosen(), max_resets=10), recorder)
    for _ in range(11):
        stream = channel.create_stream()
        stream.write_and_flush(b"x")
        await asyncio.sleep(0)
        stream.reset(0)
    await recorder.seen("channel_inactive")

    told = [event for event in recorder.user_events if isinstance(event, QuicConnectionClosed)]
    assert [(code, is_application)] == [(event.code, event.is_application) for event in told]


async def test_who_asks_and_wants_no_answer_is_told_to_go(quic: Any, recorder: Any, new_recorder: Any) -> None:
    """STOP_SENDING behind a question that is whole costs what a reset costs, and counts as one; both for one stream count once."""

    class Thinking(ChannelHandler[Any]):
        sharable = True

    theirs = new_recorder()
    channel = await quic.connect(await quic.serve(Thinking(), theirs, max_resets=10), recorder)
    for _ in range(5):
        stream = channel.create_stream()
        stream.write_and_flush(b"x")
        stream.stop(7)
        await asyncio.sleep(0)
        stream.reset(7)
    await quic.eventually(lambda: not channel._carrier.machine._streams)
    assert 5 == theirs.channels[0]._resets[1]
    for _ in range(6):
        stream = channel.create_stream()
        stream.write_and_flush(b"x")
        stream.shutdown_output()
        stream.stop(7)
    await recorder.seen("channel_inactive")

    assert [0xC] == [event.code for event in recorder.user_events if isinstance(event, QuicConnectionClosed)]


async def test_early_data_is_off_unless_both_want_it(quic: Any, new_recorder: Any) -> None:
    """Then a second connection resumes the session of the first; a ticket is taken once, so what was heard cannot be played back."""
    none = new_recorder()
    server = await quic.serve(early_data=True)
    assert b"x" == await quic.ask(await quic.connect(server, none), b"x")
    assert not [event for event in none.user_events if isinstance(event, QuicSessionTicket)]

    first, second, third = new_recorder(), new_recorder(), new_recorder()
    await quic.connect(server, first, early_data=True)
    await first.until(lambda: any(isinstance(event, QuicSessionTicket) for event in first.user_events))
    ticket = next(event.ticket for event in first.user_events if isinstance(event, QuicSessionTicket))
    await quic.connect(server, second, early_data=True, session_ticket=ticket)
    await quic.connect(server, third, early_data=True, session_ticket=ticket)

    assert [QuicHandshakeCompleted("test", True, True)] == second.user_events[:1]
    assert [QuicHandshakeCompleted("test", False, False)] == third.user_events[:1]


async def test_a_connection_cannot_half_close(quic: Any) -> None:
    """Its streams can."""
    channel = await quic.connect(await quic.serve())

    with pytest.raises(NettyError, match="its streams have"):
        await channel.shutdown_output()


async def test_a_client_without_a_config_is_told_what_to_set(quic: Any) -> None:
    """QUIC cannot be spoken without a protocol above it."""
    from pyboot.components.netty import Bootstrap
    from pyboot.components.netty.transport.quic import QuicChannel

    with pytest.raises(NettyError, match=r"QuicChannelOption\.CONFIG"):
        await Bootstrap().channel(QuicChannel).handler(lambda _: None).connect("127.0.0.1", 1)


async def test_streams_of_a_connection_that_is_aborted_are_no_mistake_of_anybody(quic: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Their handlers hear of it; where none listens, the log has no error of it."""
    channel = await quic.connect(await quic.serve())
    streams = [channel.create_stream() for _ in range(3)]
    for stream in streams:
        await stream.write_and_flush(b"x")
    channel.abort()

    assert [False] * 3 == [stream.is_open for stream in streams]
    assert [] == [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
