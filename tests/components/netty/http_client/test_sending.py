"""One request until its answer: how often it is sent, and where what comes with a redirect goes."""

from asyncio import StreamReader, StreamWriter
from typing import Any

import pytest

from pyboot.components.netty import HttpConnectionLostError, HttpLimits

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.mark.parametrize(("retries", "answered"), [(0, False), (1, True), (2, True)])
async def test_the_number_of_retries_is_bounded(retries: int, answered: bool, peer: Any, new_client: Any) -> None:
    """None is allowed, too."""

    async def twice(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(OK)
        await server.head(reader)

    server = await peer(twice)
    client = new_client(limits=HttpLimits(max_retries=retries))
    await client.get(server.url)
    if answered:
        assert b"ok" == await (await client.get(server.url)).read()
    else:
        with pytest.raises(HttpConnectionLostError):
            await client.get(server.url)


async def test_no_retry_after_a_byte_of_the_response(peer: Any, new_client: Any) -> None:
    """The peer had begun to answer."""

    async def half(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(OK)
        await server.head(reader)
        writer.write(b"HTTP/1.1 2")

    server = await peer(half)
    client = new_client()
    await client.get(server.url)
    with pytest.raises(HttpConnectionLostError) as caught:
        await client.get(server.url)
    assert (True, 1) == (caught.value.was_heard, server.connections)


async def test_long_content_of_a_redirect_is_not_read(peer: Any, new_client: Any) -> None:
    """It costs a connection, and no time."""

    async def onward(reader: StreamReader, writer: StreamWriter) -> None:
        if b" /a " in await server.head(reader):
            writer.write(b"HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 1000000000\r\n\r\n" + bytes(200_000))
            await reader.read()
        writer.write(OK)

    server = await peer(onward)
    assert b"ok" == await (await new_client().get(server.url + "/a")).read()
    assert 2 == server.connections


async def test_content_of_a_redirect_that_does_not_come_is_not_waited_for(
    peer: Any, new_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wants it."""
    monkeypatch.setattr("pyboot.components.netty.http_client.response._DRAIN_SECONDS", 0.01)

    async def onward(reader: StreamReader, writer: StreamWriter) -> None:
        if b" /a " in await server.head(reader):
            writer.write(b"HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 10\r\n\r\nx")
            await reader.read()
        writer.write(OK)

    server = await peer(onward)
    assert b"ok" == await (await new_client().get(server.url + "/a")).read()
    assert 2 == server.connections
