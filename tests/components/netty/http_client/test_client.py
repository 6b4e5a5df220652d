"""The client as programs use it, against our own server and against peers that misbehave, on both loops."""

import asyncio
import gzip
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    ClosedHttpClientError,
    HttpClient,
    HttpClientError,
    HttpConnectError,
    HttpConnectionLostError,
    HttpContentError,
    HttpContentTooLargeError,
    HttpLimits,
    HttpObjectAggregator,
    HttpPhase,
    HttpProtocolError,
    HttpRedirectError,
    HttpServerCodec,
    HttpStatusError,
    HttpTimeoutError,
    HttpTimeouts,
    HttpUrlError,
)
from pyboot.components.netty.wire import FullHttpRequest, FullHttpResponse

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Mirror(ChannelHandler[FullHttpRequest]):
    """Answers what it was asked, as JSON."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpRequest) -> None:
        said = {"method": msg.method, "uri": msg.uri, "content": msg.content.decode(), "headers": dict(msg.headers.items())}
        ctx.write_and_flush(FullHttpResponse(200, json.dumps(said), {"content-type": "application/json"}))


def mirror(channel: Any) -> None:
    """A server of ours."""
    channel.pipeline().add_last(HttpServerCodec(), HttpObjectAggregator(1 << 24), Mirror())


def url_of(server: Any) -> str:
    """Where a server of ours listens."""
    host, port = server.local_address()[:2]
    return f"http://{host}:{port}"


# Requests.


async def test_get_and_post(listen: Any, new_client: Any) -> None:
    """One connection serves them all."""
    client = new_client(base_url=url_of(await listen(mirror)), headers={"x-client": "1"})

    got = await client.get("/a?b=1", params={"c": "2 3"}, headers={"accept": "y"})
    posted = await client.post("/p", json={"a": [1, None]})

    said = await got.json()
    assert (200, "GET", "/a?b=1&c=2+3", "y", "1") == (
        got.status,
        said["method"],
        said["uri"],
        said["headers"]["accept"],
        said["headers"]["x-client"],
    )
    assert '{"a":[1,null]}' == (await posted.json())["content"]
    assert (0, 1, 0) == client.statistics()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "get", "post"])
async def test_every_method(method: str, listen: Any, new_client: Any) -> None:
    """With content."""
    client = new_client(base_url=url_of(await listen(mirror)))

    said = await (await getattr(client, method)("/", content="ü")).json()

    assert (method.upper(), "ü") == (said["method"], said["content"])


async def test_methods_in_lower_case(peer: Any, new_client: Any) -> None:
    """Those that HTTP has; another stays as it is."""
    server = await peer(OK)
    client = new_client()
    await client.request("get", server.url)
    await client.request("Frob", server.url)

    assert [b"GET", b"Frob"] == [head.split(b" ")[0] for head in server.heads]


async def test_head_has_no_content(peer: Any, new_client: Any) -> None:
    """Whatever its length says; the connection is used again."""
    server = await peer(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\ncontent-encoding: gzip\r\n\r\n")
    client = new_client()

    for _ in range(2):
        response = await client.head(server.url)
        assert (b"", "1000000000000") == (await response.read(), response.headers["content-length"])
    assert 1 == server.connections


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
async def test_content_of_any_size(size: int, listen: Any, new_client: Any) -> None:
    """Bytes, and pieces of them; the server sees the same."""
    client = new_client(base_url=url_of(await listen(mirror)))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 50_000):
            yield b"x" * min(50_000, size - start)
            yield b""

    whole = await (await client.post("/", content=b"x" * size)).json()
    streamed = await (await client.post("/", content=pieces())).json()

    assert "x" * size == whole["content"] == streamed["content"]
    assert 1 == client.statistics().idle


async def test_many_at_once_keep_to_the_limit_of_a_host(listen: Any, new_client: Any) -> None:
    """The others wait, in order."""
    client = new_client(base_url=url_of(await listen(mirror)), limits=HttpLimits(max_connections_per_host=3))

    answers = await asyncio.gather(*(client.get(f"/{number}") for number in range(50)))

    assert [f"/{number}" for number in range(50)] == [(await answer.json())["uri"] for answer in answers]
    assert (0, 3, 0) == client.statistics()


async def test_a_unix_socket(tmp_path: Path, listen: Any, new_client: Any) -> None:
    """The host of the URL is the one in Host."""
    path = str(tmp_path / "s")
    await listen(mirror, host=path)
    client = new_client(unix_socket=path)

    assert "app.test" == (await (await client.get("http://app.test/x")).json())["headers"]["host"]


async def test_what_is_wrong_is_told_before_anything_is_sent(new_client: Any) -> None:
    """URL, content, method and fields."""
    client = new_client()

    with pytest.raises(HttpUrlError):
        await client.get("/relative")
    with pytest.raises(HttpContentError):
        await client.post("http://127.0.0.1:1/", content=5)
    with pytest.raises(ValueError, match="holds control characters"):
        await client.get("http://127.0.0.1:1/", headers={"a": "b\r\nc: d"})


@pytest.mark.parametrize("arguments", [{"method": "GE T"}, {"method": "GET\r\nX: y"}, {"headers": {"content-length": "5"}}])
async def test_what_would_be_no_request_is_not_sent(arguments: Any, peer: Any, new_client: Any) -> None:
    """The peer gets no byte of it."""
    server = await peer(OK)
    client = new_client()

    with pytest.raises(HttpContentError, match="the request cannot be sent"):
        await client.request(**{"method": "POST", "url": server.url, "content": b"x"} | arguments)
    assert [] == server.heads
    assert b"ok" == await (await client.get(server.url)).read()


# Responses.


async def test_status(peer: Any, new_client: Any) -> None:
    """An error of HTTP is a response, until it is asked to be an error."""
    server = await peer(b"HTTP/1.1 404 Gone Fishing\r\ncontent-length: 0\r\n\r\n")
    response = await new_client().get(server.url)

    assert (404, "Gone Fishing", False) == (response.status, response.reason, response.is_success)
    with pytest.raises(HttpStatusError, match="the answer is 404 Gone Fishing"):
        response.raise_for_status()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n",
        b"HTT",
        b"",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_a_response_that_ends_early_is_an_error(answer: bytes, peer: Any, new_client: Any) -> None:
    """Never a short content."""

    async def leave(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(answer)

    server = await peer(leave)
    with pytest.raises(HttpConnectionLostError) as caught:
        await new_client().get(server.url)
    assert bool(answer) == caught.value.was_heard
    assert 1 == server.connections


async def test_content_until_the_connection_ends(peer: Any, new_client: Any) -> None:
    """Without a length the end is the end."""

    async def leave(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    server = await peer(leave)
    assert b"all of it" == await (await new_client().get(server.url)).read()


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + OK,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20,
    ],
)
async def test_what_is_no_response_is_an_error(answer: bytes, peer: Any, new_client: Any) -> None:
    """The connection is closed, and the next request has another."""
    server = await peer(answer)
    client = new_client()

    for _ in range(2):
        with pytest.raises(HttpProtocolError):
            await client.get(server.url)
    assert 2 == server.connections
    assert 0 == client.statistics().idle


async def test_informational_responses_come_before(peer: Any, new_client: Any) -> None:
    """They are not the answer."""
    server = await peer(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK)

    assert b"ok" == await (await new_client().get(server.url)).read()


async def test_compressed_content(peer: Any, new_client: Any) -> None:
    """It is asked for, and decompressed; or neither."""
    packed = gzip.compress(b"hello" * 100)
    server = await peer(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(packed), packed))

    assert b"hello" * 100 == await (await new_client().get(server.url)).read()
    assert b"accept-encoding: gzip, deflate" in server.heads[-1]
    assert packed == await (await new_client(decompress=False).get(server.url)).read()
    assert b"accept-encoding" not in server.heads[-1]


@pytest.mark.parametrize("limits", [HttpLimits(), HttpLimits(max_ratio=10_000)])
async def test_content_that_explodes_is_given_up(limits: HttpLimits, peer: Any, new_client: Any) -> None:
    """By its ratio, or by its size, whatever it weighs on the network."""
    packed = gzip.compress(bytes(70 * 1024 * 1024), 9)
    server = await peer(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(packed), packed))

    with pytest.raises(HttpProtocolError if limits == HttpLimits() else HttpContentTooLargeError):
        await new_client(limits=limits).get(server.url)


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\x00", b"no gzip", gzip.compress(b"x" * 1000)[:-4], gzip.compress(b"x") + b"rubbish"])
async def test_broken_compression_is_an_error(body: bytes, peer: Any, new_client: Any) -> None:
    """Also a stream that is cut off."""
    server = await peer(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))

    with pytest.raises(HttpProtocolError):
        await new_client().get(server.url)


async def test_content_past_the_limit_is_not_kept(peer: Any, new_client: Any) -> None:
    """By its length, or while it comes; streaming has no limit."""
    for answer in (b"content-length: 11\r\n\r\n01234567890", b"transfer-encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n"):
        server = await peer(b"HTTP/1.1 200 OK\r\n" + answer)
        client = new_client(limits=HttpLimits(max_content_bytes=10))
        with pytest.raises(HttpContentTooLargeError, match="allowed are 10"):
            await client.get(server.url)
        async with client.stream("GET", server.url) as response:
            assert b"01234567890" == b"".join([chunk async for chunk in response])


# Streams.


async def test_a_slow_reader_stops_the_peer(peer: Any, new_client: Any) -> None:
    """What is not read waits at the peer; all of it comes when it is read."""
    size = 64 * 1024 * 1024
    sent = 0

    async def flood(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal sent
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        while sent < size:
            writer.write(bytes(65536))
            await writer.drain()
            sent += 65536

    server = await peer(flood)
    got = 0
    async with new_client().stream("GET", server.url) as response:
        chunks = aiter(response)
        got += len(await anext(chunks))
        before = -1
        while before != sent:  # until the peer stands still
            before = sent
            for _ in range(50):
                await asyncio.sleep(0.001)
        assert sent < size // 2
        async for chunk in chunks:
            got += len(chunk)
    assert size == got


async def test_a_stream_that_is_left_costs_its_connection(peer: Any, new_client: Any) -> None:
    """And nobody else: the next request is answered on another."""
    server = await peer(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 100)
    client = new_client()

    async with client.stream("GET", server.url) as response:
        async for _ in response:
            break
    async with client.stream("GET", server.url):
        pass

    assert 2 == server.connections
    assert 0 == client.statistics().idle


async def test_a_stream_that_is_never_begun_sends_nothing(peer: Any, new_client: Any) -> None:
    """And warns of nothing."""
    server = await peer(OK)
    new_client().stream("GET", server.url)
    assert 0 == server.connections


async def test_a_stream_that_was_read_gives_its_connection_back(peer: Any, new_client: Any) -> None:
    """Also where its taker is still at it."""
    server = await peer(OK)
    client = new_client()

    async with client.stream("GET", server.url) as response:
        assert "ok" == await response.text()
        assert b"ok" == await response.read() == b"".join([chunk async for chunk in response])
        await client.get(server.url)
    assert 1 == server.connections


async def test_a_streamed_request_fails_with_its_iterator(peer: Any, new_client: Any) -> None:
    """The error is the program's own; the connection is over."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise KeyError("mine")

    async def read(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    server = await peer(read)
    client = new_client()
    with pytest.raises(KeyError, match="mine"):
        await client.post(server.url, content=broken())
    assert 0 == client.statistics().idle


async def test_an_answer_before_the_content_was_taken(peer: Any, new_client: Any) -> None:
    """It is given; what was not sent is not, and the connection is not used again."""

    async def refuse(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
        await reader.read()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0)

    server = await peer(refuse)
    client = new_client()
    response = await client.post(server.url, content=endless())

    assert (413, b"no") == (response.status, await response.read())
    assert 0 == client.statistics().idle


async def test_content_waits_for_the_word_of_the_peer(peer: Any, new_client: Any) -> None:
    """With Expect: 100-continue; a refusal saves the upload."""
    seen: list[bytes] = []

    async def ask(reader: StreamReader, writer: StreamWriter) -> None:
        head = await server.head(reader)
        if b"/no" in head:
            writer.write(b"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n")
            seen.append(await reader.read())
        else:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            seen.append(await reader.readexactly(5))
            writer.write(OK)
            await ask(reader, writer)

    server = await peer(ask)
    client = new_client()
    assert 200 == (await client.post(server.url, content=b"hello", headers={"expect": "100-continue"})).status
    assert 417 == (await client.post(server.url + "/no", content=b"hello", headers={"expect": "100-continue"})).status
    await client.close()
    await server.until(lambda: len(seen) == 2)
    assert [b"hello", b""] == seen


# Connections.


async def test_a_connection_that_the_peer_closed_meanwhile_is_not_used(peer: Any, new_client: Any) -> None:
    """Not even for a POST, which could not be sent again: the end was there to be seen."""

    async def once(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(OK)

    server = await peer(once)
    client = new_client()
    for _ in range(5):
        assert 200 == (await client.post(server.url)).status
    assert 5 == server.connections


async def test_a_request_that_lost_the_race_is_sent_again(peer: Any, new_client: Any) -> None:
    """On a connection that had rested, before a byte of the response, and only if it may be done twice."""

    async def twice(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(OK)
        await server.head(reader)  # the second request is read, and never answered

    server = await peer(twice)
    client = new_client()
    assert 200 == (await client.get(server.url)).status
    assert 200 == (await client.get(server.url)).status
    assert (2, 3) == (server.connections, len(server.heads))
    with pytest.raises(HttpConnectionLostError) as caught:
        await client.post(server.url)
    assert not caught.value.was_heard


async def test_a_fresh_connection_that_is_lost_is_not_tried_again(peer: Any, new_client: Any) -> None:
    """Nobody knows what the peer did."""

    async def leave(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)

    server = await peer(leave)
    with pytest.raises(HttpConnectionLostError):
        await new_client().get(server.url)
    assert 1 == server.connections


EVIL = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"


@pytest.mark.parametrize(
    ("extra", "is_late"),
    # An empty line is skipped where it comes in the read of a message (RFC 9112 2.2), and not later.
    [(b"x", False), (EVIL, False), (b"x", True), (EVIL, True), (b"\r\n", True), (b"HTTP/1.1 408 Request Timeout\r\n\r\n", True)],
)
async def test_bytes_that_nobody_asked_for_end_the_connection(extra: bytes, is_late: bool, peer: Any, new_client: Any) -> None:
    """Behind the response or later: they never become an answer."""

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(OK if is_late else OK + extra)
        if is_late:
            await told.wait()
            writer.write(extra)
            await writer.drain()
            sent.set()
        await reader.read()

    told, sent = asyncio.Event(), asyncio.Event()
    server = await peer(talk)
    client = new_client()
    assert b"ok" == await (await client.get(server.url)).read()
    told.set()
    if is_late:
        await sent.wait()
    assert b"ok" == await (await client.get(server.url)).read()
    assert 2 == server.connections


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"]
)
async def test_a_peer_that_does_not_keep_it(answer: bytes, peer: Any, new_client: Any) -> None:
    """Each request has its own connection; the ones before are closed."""
    server = await peer(answer)
    client = new_client()
    for _ in range(3):
        assert b"ok" == await (await client.get(server.url)).read()
    assert 3 == server.connections


async def test_a_cancelled_request_poisons_nothing(peer: Any, new_client: Any) -> None:
    """Its answer, which comes late, is never another's."""

    async def slow(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            head = await server.head(reader)
            if b"/slow" in head:
                asked.set()
                await asyncio.Event().wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n" + head.split(b" ")[1][1:3])

    asked = asyncio.Event()
    server = await peer(slow)
    client = new_client(limits=HttpLimits(max_connections_per_host=1))
    task = asyncio.create_task(client.get(server.url + "/slow"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert b"xy" == await (await client.get(server.url + "/xy")).read()
    assert 2 == server.connections


@pytest.mark.parametrize("seed", range(8))
async def test_any_schedule_of_cancels_leaves_the_pool_whole(seed: int, peer: Any, new_client: Any) -> None:
    """Requests that are cancelled anywhere: every other gets its own answer, and no place is lost."""
    import random

    chance = random.Random(seed)

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            head = await server.head(reader)
            number = head.split(b" ")[1]
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            body = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(number), number)
            cut = chance.randrange(len(body))
            writer.write(body[:cut])
            await asyncio.sleep(0)
            writer.write(body[cut:])

    server = await peer(answer)
    client = new_client(limits=HttpLimits(max_connections_per_host=3))

    async def one(number: int) -> None:
        task = asyncio.create_task(client.get(f"{server.url}/{number}"))
        if chance.random() < 0.5:
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            task.cancel()
        try:
            response = await task
        except asyncio.CancelledError:
            return
        assert f"/{number}".encode() == await response.read()

    await asyncio.gather(*(one(number) for number in range(60)))
    for number in range(3):
        await one(number)
    for _ in range(20):  # the end of a connection is told in a later turn
        await asyncio.sleep(0)
    lent, idle, waiting = client.statistics()
    assert (0, 0) == (lent, waiting), f"seed {seed}"
    assert idle <= 3


# Timeouts.


async def test_a_head_that_does_not_come(peer: Any, new_client: Any) -> None:
    """The phase is named, and the request."""

    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    server = await peer(silent)
    with pytest.raises(HttpTimeoutError, match=f"GET {server.url}/x: the head of the response did not come within 0.02 s") as caught:
        await new_client(timeouts=HttpTimeouts(response=0.02)).get(server.url + "/x")
    assert HttpPhase.RESPONSE == caught.value.phase


async def test_content_that_stops(peer: Any, new_client: Any) -> None:
    """And the whole, which content that drips does not outlive."""

    async def drip(reader: StreamReader, writer: StreamWriter) -> None:
        head = await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while b"/drip" in head:
            writer.write(b"x")
            await asyncio.sleep(0.005)
        await reader.read()

    server = await peer(drip)
    client = new_client(timeouts=HttpTimeouts(read=0.1))
    with pytest.raises(HttpTimeoutError) as caught:
        await client.get(server.url)
    assert HttpPhase.READ == caught.value.phase
    with pytest.raises(HttpTimeoutError) as caught:
        await client.get(server.url + "/drip", timeout=0.2)
    assert (HttpPhase.TOTAL, 0.2) == (caught.value.phase, caught.value.seconds)


async def test_a_connection_that_does_not_become_free(peer: Any, new_client: Any) -> None:
    """The one who has it is not concerned."""
    gate = asyncio.Event()

    async def wait(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        await gate.wait()
        writer.write(OK)
        await reader.read()

    server = await peer(wait)
    client = new_client(limits=HttpLimits(max_connections_per_host=1), timeouts=HttpTimeouts(acquire=0.02))
    first = asyncio.create_task(client.get(server.url))
    await server.until(lambda: server.heads)
    with pytest.raises(HttpTimeoutError) as caught:
        await client.get(server.url)
    assert HttpPhase.ACQUIRE == caught.value.phase
    gate.set()
    assert b"ok" == await (await first).read()


# Redirects.


async def test_redirects_are_followed(peer: Any, new_client: Any) -> None:
    """On the same connection; the way is told."""

    async def onward(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            head = await server.head(reader)
            if b" /c " in head:
                writer.write(OK)
            else:
                to = b"/b" if b" /a " in head else b"/c"
                writer.write(b"HTTP/1.1 302 Found\r\nlocation: %b\r\ncontent-length: 4\r\n\r\nmore" % to)

    server = await peer(onward)
    client = new_client()
    response = await client.post(server.url + "/a", content=b"x")

    assert (200, "GET", server.url + "/c") == (response.status, response.method, response.url)
    assert [("POST", "/a"), ("GET", "/b")] == [(each.method, each.url.removeprefix(server.url)) for each in response.history]
    assert 1 == server.connections
    assert 302 == (await client.get(server.url + "/a", follow_redirects=False)).status


async def test_redirects_in_a_circle_end(peer: Any, new_client: Any) -> None:
    """At the limit."""
    server = await peer(b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n")
    client = new_client(limits=HttpLimits(max_redirects=3))

    with pytest.raises(HttpRedirectError, match="is number 4, allowed are 3"):
        await client.get(server.url)
    assert 4 == len(server.heads)


async def test_credentials_do_not_cross_to_another_origin(peer: Any, new_client: Any) -> None:
    """The other peer sees none of them, also those of the client's own headers."""
    other = await peer(OK)
    server = await peer(b"HTTP/1.1 307 Temporary Redirect\r\nlocation: %b/\r\ncontent-length: 0\r\n\r\n" % other.url.encode())
    client = new_client(headers={"authorization": "secret", "cookie": "secret"})

    assert 200 == (await client.get(server.url.replace("//", "//user:secret@"), headers={"x-other": "kept"})).status
    assert b"secret" in server.heads[0]
    assert b"secret" not in other.heads[0]
    assert b"Basic" not in other.heads[0]
    assert b"x-other: kept" in other.heads[0]


# The end.


async def test_nobody_listens(new_client: Any) -> None:
    """The system's own words, and the request; the place is free again."""
    client = new_client(limits=HttpLimits(max_connections_per_host=1))
    for _ in range(2):
        with pytest.raises(HttpConnectError, match=r"GET http://127\.0\.0\.1:1/: no connection to http://127\.0\.0\.1:1") as caught:
            await client.get("http://127.0.0.1:1")
        assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert (0, 0, 0) == client.statistics()


async def test_a_client_lives_on_one_loop(peer: Any, new_client: Any) -> None:
    """On another one it says so, instead of waiting for what nobody will tell it."""
    server = await peer(OK)
    client = new_client()
    await client.get(server.url)

    with pytest.raises(RuntimeError, match="make a client for each loop"):
        await asyncio.to_thread(asyncio.run, client.get(server.url))
    assert b"ok" == await (await client.get(server.url)).read()


async def test_a_closed_client_refuses(peer: Any) -> None:
    """What is under way fails, what comes later too; nothing stays open."""

    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        await reader.read()

    server = await peer(silent)
    async with HttpClient() as client:
        task = asyncio.create_task(client.get(server.url))
        await server.until(lambda: server.heads)
    with pytest.raises(ClosedHttpClientError, match="under way"):
        await task
    with pytest.raises(HttpClientError, match="the client is closed"):
        await client.get(server.url)
    assert "<HttpClient 0 connections in use, 0 idle, 0 requests waiting>" == repr(client)
