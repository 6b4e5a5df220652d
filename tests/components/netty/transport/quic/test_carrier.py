"""QuicCarrier: turns, and what they cost."""

import asyncio
from typing import Any


async def test_what_is_written_in_one_turn_of_the_loop_shares_packets(quic: Any) -> None:
    """A hundred small writes on streams of their own leave in a few datagrams, not in a hundred."""
    channel = await quic.connect(await quic.serve(max_streams=100))
    await quic.ask(channel, b"x")
    carrier = channel._carrier
    sent: list[bytes] = []
    send = carrier.endpoint.send
    carrier.endpoint.send = lambda data, address: (sent.append(data), send(data, address))
    streams = [channel.create_stream() for _ in range(50)]
    for stream in streams:
        stream.write_and_flush(b"0123456789")
    assert [] == sent
    await asyncio.sleep(0)

    assert 1 <= len(sent) <= 5


async def test_one_timer_is_set_however_much_is_sent(quic: Any) -> None:
    """It rings too early rather than being moved with each packet, and none is left behind the end."""
    channel = await quic.connect(await quic.serve())
    carrier = channel._carrier
    for _ in range(3):
        await quic.ask(channel, bytes(10_000))
    assert carrier._timer is not None
    await channel.close()

    assert carrier._timer is None
