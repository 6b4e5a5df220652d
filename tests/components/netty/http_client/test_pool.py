"""The pool of the client: two limits at once, who waits, what rests and for how long."""

import asyncio
from asyncio import StreamReader, StreamWriter
from typing import Any

import pytest

from pyboot.components.netty import HttpLimits, HttpPoolStatistics

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def settle() -> None:
    """Let the loop tell what it knows."""
    for _ in range(30):
        await asyncio.sleep(0.001)


async def test_the_last_one_used_is_used_first(peer: Any, new_client: Any) -> None:
    """So the others grow old, and are closed."""
    gate = asyncio.Event()

    async def number(reader: StreamReader, writer: StreamWriter) -> None:
        mine = b"%d" % server.connections
        while True:
            head = await server.head(reader)
            if b"/wait" in head:
                await gate.wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n" + mine)

    server = await peer(number)
    client = new_client()
    waiting = asyncio.create_task(client.get(server.url + "/wait"))
    await server.until(lambda: server.heads)
    assert b"2" == await (await client.get(server.url)).read()
    gate.set()
    await waiting
    assert HttpPoolStatistics(lent=0, idle=2, waiting=0) == client.statistics()
    for _ in range(3):
        assert b"1" == await (await client.get(server.url)).read()


async def test_what_rests_for_too_long_is_closed(peer: Any, new_client: Any) -> None:
    """Each by its own time."""
    server = await peer(OK)
    client = new_client(limits=HttpLimits(idle_seconds=0.02))
    await asyncio.gather(*(client.get(server.url) for _ in range(3)))
    assert client.statistics().idle > 0
    await server.until(lambda: not server.open)
    await settle()
    assert (0, 0, 0) == client.statistics()


async def test_nothing_rests_where_that_is_said(peer: Any, new_client: Any) -> None:
    """A connection for each request."""
    server = await peer(OK)
    client = new_client(limits=HttpLimits(idle_seconds=0))
    for _ in range(2):
        await client.get(server.url)
    assert 2 == server.connections


async def test_the_limit_of_all_closes_what_rests_elsewhere(peer: Any, new_client: Any) -> None:
    """The one that has rested longest gives its place."""
    peers = [await peer(OK) for _ in range(3)]
    client = new_client(limits=HttpLimits(max_connections=2))
    for server in [*peers, *peers]:
        assert b"ok" == await (await client.get(server.url)).read()
        assert sum(client.statistics()) <= 2
    await settle()
    assert 2 == sum(server.open for server in peers)


async def test_a_busy_host_keeps_no_other_waiting(peer: Any, new_client: Any) -> None:
    """Its connections come back to who waits longest, not to its own next request."""
    busy, other = await peer(OK), await peer(OK)
    client = new_client(limits=HttpLimits(max_connections=2))

    async def ask() -> None:
        while True:
            await client.get(busy.url)

    asking = [asyncio.create_task(ask()) for _ in range(6)]
    await busy.until(lambda: len(busy.heads) > 20)
    before = len(busy.heads)
    assert 200 == (await client.get(other.url)).status
    assert len(busy.heads) - before < 60
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.parametrize("seed", range(6))
async def test_limits_hold_for_what_the_peers_see(seed: int, peer: Any, new_client: Any) -> None:
    """Of a host and of all, whoever asks for what in which order; every request is answered."""
    import random

    chance = random.Random(seed)

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0)
            writer.write(OK if chance.random() < 0.8 else OK.replace(b"content", b"connection: close\r\ncontent"))

    peers = [await peer(answer) for _ in range(4)]
    client = new_client(limits=HttpLimits(max_connections=5, max_connections_per_host=2))

    async def ask() -> None:
        for _ in range(10):
            assert b"ok" == await (await client.get(chance.choice(peers).url)).read()
            lent, idle, _ = client.statistics()
            assert lent + idle <= 5, f"seed {seed}"

    await asyncio.gather(*(ask() for _ in range(12)))
    await settle()
    lent, idle, waiting = client.statistics()
    assert (0, 0) == (lent, waiting), f"seed {seed}"
    assert idle <= 5


async def test_who_waits_longest_is_next_and_one_who_leaves_is_none(peer: Any, new_client: Any) -> None:
    """A place that would go to one who was cancelled goes on."""
    gate = asyncio.Event()
    order: list[bytes] = []

    async def wait(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            head = await server.head(reader)
            order.append(head.split(b" ")[1])
            await gate.wait()
            writer.write(OK)

    server = await peer(wait)
    client = new_client(limits=HttpLimits(max_connections_per_host=1))
    tasks = []
    for number in range(4):
        tasks.append(asyncio.create_task(client.get(f"{server.url}/{number}")))
        await asyncio.sleep(0)
    await server.until(lambda: order)
    assert HttpPoolStatistics(lent=1, idle=0, waiting=3) == client.statistics()
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    gate.set()
    await asyncio.gather(tasks[0], *tasks[2:])
    assert [b"/0", b"/2", b"/3"] == order
