"""Why a connection of QUIC has ended: one reason for each side, told and counted where this side has decided it."""

import asyncio
import logging
from typing import Any

import pytest
from aioquic.quic.packet import QuicErrorCode

from pyboot.components.netty import ChannelOption
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.transport.quic import QuicClosedError


async def both(quic: Any, new_recorder: Any, **config: Any) -> tuple[Any, Any, Any, Any]:
    """Server, its recorder, the client's channel and its recorder, connected."""
    theirs, ours = new_recorder(), new_recorder()
    server = await quic.serve(child=theirs, **config)
    channel = await quic.connect(server, ours)
    await theirs.seen("channel_active")
    return server, theirs, channel, ours


async def ended(*recorders: Any) -> list[str]:
    """The reasons of the first connection of each, once all are over."""
    for recorder in recorders:
        await recorder.seen("channel_inactive")
    return [str(close_reason_of(recorder.channels[0])) for recorder in recorders]


@pytest.mark.parametrize(("code", "seen"), [(0, "peer-closed"), (0x100, "peer-error"), (7, "peer-error")])
async def test_who_closes_is_told_from_who_is_closed(quic: Any, new_recorder: Any, code: int, seen: str) -> None:
    """An error that the peer names is counted, an orderly end is not."""
    server, theirs, channel, ours = await both(quic, new_recorder)
    await channel.close_with(code, "enough")

    assert [seen, "closed"] == await ended(theirs, ours)
    assert ({"peer-error": 1} if seen == "peer-error" else {}) == server.peer_faults()


async def test_a_silent_peer_is_counted(quic: Any, new_recorder: Any, caplog: pytest.LogCaptureFixture) -> None:
    """By the name of the setting, at INFO, as of any connection that is idle."""
    with caplog.at_level(logging.INFO, "pyboot.components.netty"):
        server, theirs, _, ours = await both(quic, new_recorder, idle_timeout=0.2)
        reasons = await ended(theirs, ours)

    assert ["idle-timeout", "idle-timeout"] == reasons
    assert {"idle-timeout": 1} == server.peer_faults()
    assert {"INFO"} == {record.levelname for record in caplog.records if "idle-timeout: " in record.message}


async def test_a_peer_that_breaks_the_protocol_is_counted(quic: Any, new_recorder: Any) -> None:
    """The machine of one side finds it, and the other side is told the code."""
    server, theirs, _, ours = await both(quic, new_recorder)
    carrier = theirs.channels[0]._carrier
    # As the machine does on finding it in a packet: made here, since ours sends nothing that is wrong.
    carrier.machine.close(error_code=QuicErrorCode.PROTOCOL_VIOLATION, frame_type=0x1E, reason_phrase="no such frame")
    carrier.turn()

    assert ["protocol-error", "peer-error"] == await ended(theirs, ours)
    assert {"protocol-error": 1} == server.peer_faults()


async def test_a_peer_that_only_resets_is_counted(quic: Any, new_recorder: Any) -> None:
    """`max_resets` is the limit, and its line says so."""
    server, theirs, channel, ours = await both(quic, new_recorder, max_resets=3)
    for _ in range(4):
        stream = channel.create_stream()
        stream.write_and_flush(b"x")
        await asyncio.sleep(0)
        stream.reset(0)

    assert ["max-resets", "peer-error"] == await ended(theirs, ours)
    assert 1 == server.peer_faults()["max-resets"]


async def test_a_handshake_without_trust_is_one_of_tls(quic: Any, new_recorder: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The client's caller hears of it; the log has it at DEBUG alone."""
    server = await quic.serve()
    client = new_recorder()
    with caplog.at_level(logging.INFO, "pyboot.components.netty"), pytest.raises(QuicClosedError):
        await quic.connect(server, client, ca=None)

    assert "tls-error" == close_reason_of(client.channels[0])
    assert 1 == log_of(client.channels[0]).counts["tls-error"]
    assert [] == [record.message for record in caplog.records if "tls-error" in record.message]


async def test_a_close_that_is_not_let_through_is_counted(quic: Any, new_recorder: Any) -> None:
    """What was flushed is not taken: the peer has no room for it. The stream is cut off, and with it the connection goes."""
    theirs, ours = new_recorder(), new_recorder()

    def paused(stream: Any) -> None:
        stream.config.auto_read = False

    server = await quic.serve(paused, theirs, stream_window=16384)
    channel = await quic.connect(server, ours, options={ChannelOption.CLOSE_TIMEOUT: 0.05})
    stream = channel.create_stream()
    stream.write_and_flush(bytes(200_000))
    await channel.close()

    assert "close-timeout" == close_reason_of(stream)
    assert 1 <= log_of(channel).counts["close-timeout"]


async def test_streams_end_for_the_reason_of_their_connection(quic: Any, new_recorder: Any) -> None:
    """And one that is broken off for its own."""
    _, theirs, channel, _ = await both(quic, new_recorder)
    broken, lost = channel.create_stream(), channel.create_stream()
    await broken.write_and_flush(b"x")
    await lost.write_and_flush(b"x")
    await quic.eventually(lambda: len(theirs.channels[0]._carrier.streams) == 2)
    for stream in list(theirs.channels[0]._carrier.streams.values()):
        if stream.stream_id == broken.stream_id:
            stream.reset(5)
    await broken.close_future
    theirs.channels[0].close_with(9, "enough")
    theirs.channels[0].abort()
    await lost.close_future

    assert ["peer-reset", "peer-error"] == [str(close_reason_of(each)) for each in (broken, lost)]
