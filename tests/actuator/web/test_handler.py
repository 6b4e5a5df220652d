"""ManagementHandler: requests of a connection are answered in their order, whole or piece by piece."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import pytest

from pyboot.actuator import Endpoint, InvocationContext, ReadOperation, WebEndpointResponse
from pyboot.actuator.web import server
from tests.actuator.management_client import managed

ENDED: list[str] = []


class Held:
    """A stream that holds something from the beginning."""

    def __aiter__(self) -> AsyncIterator[str]:
        """Iterate over one word."""
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[str]:
        yield "held"

    async def aclose(self) -> None:
        """Let go."""
        ENDED.append("held")


@Endpoint("slow")
class Slow:
    """Takes its time."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    @ReadOperation
    async def wait(self) -> None:
        """Wait until the client goes."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ENDED.append("wait")
            self.ended.set()

    @ReadOperation("stream", produces=["text/plain"])
    def stream(self) -> WebEndpointResponse:
        """Tell three words."""

        async def pieces() -> AsyncIterator[str]:
            for word in ("one ", "two ", "three"):
                yield word

        return WebEndpointResponse(pieces())

    @ReadOperation("endless", produces=["text/plain"])
    def endless(self) -> WebEndpointResponse:
        """Never end by itself."""

        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    self.begun.set()
                    yield b"x" * 1024
                    await asyncio.sleep(0)
            finally:
                ENDED.append("endless")
                self.ended.set()

        return WebEndpointResponse(pieces())

    @ReadOperation("held", produces=["text/plain"])
    def held(self, context: InvocationContext) -> WebEndpointResponse:
        """Hold something until the stream is closed; with ``x-late``, behind a head that cannot be sent."""
        return WebEndpointResponse(Held(), headers={"x-bad": "a\r\nb"} if "x-late" in context.headers else {})

    @ReadOperation("failing", produces=["text/plain"])
    def failing(self) -> WebEndpointResponse:
        """Fail in the middle."""

        async def pieces() -> AsyncIterator[str]:
            yield "begun"
            raise RuntimeError("no more")

        return WebEndpointResponse(pieces())


async def test_pieces_are_sent_as_they_come_and_the_connection_stays() -> None:
    """In chunks; HEAD gets none."""
    async with managed(Slow) as (client, _):
        assert "one two three" == (await client.get("/slow/stream")).text
        assert "" == (await client.head("/slow/stream")).text
        assert 200 == (await client.get("/health")).status_code


@pytest.mark.parametrize(("method", "headers"), [("GET", {}), ("HEAD", {}), ("GET", {"x-late": "1"}), ("HEAD", {"x-late": "1"})])
async def test_a_stream_is_closed_however_much_was_sent_of_it(method: str, headers: dict[str, str]) -> None:
    """Once: all of it, nothing, or not even the head, which is one that cannot be sent here."""
    ENDED.clear()
    async with managed(Slow) as (client, _):
        with suppress(httpx2.RemoteProtocolError):
            await client.request(method, "/slow/held", headers=headers)
    assert ["held"] == ENDED


async def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    """The connection is cut."""
    async with managed(Slow) as (client, _):
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/slow/failing")


@pytest.mark.parametrize(("path", "what"), [("/slow", "wait"), ("/slow/endless", "endless")])
async def test_a_client_that_goes_ends_what_it_has_asked(path: str, what: str) -> None:
    """Operation and stream are cancelled and closed."""
    ENDED.clear()
    async with managed(Slow) as (client, context):
        host, port = client.base_url.host, client.base_url.port
        slow = context.get(Slow)
        _, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /actuator{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await slow.begun.wait()
        cut(writer)
        async with asyncio.timeout(20):
            await slow.ended.wait()
    assert [what] == ENDED


async def test_an_operation_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cancelled after a while, which is short here."""
    monkeypatch.setattr(server, "_CLOSE_SECONDS", 0.01)
    ENDED.clear()
    async with managed(Slow) as (client, context):
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(b"GET /actuator/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await context.get(Slow).begun.wait()
    assert ["wait"] == ENDED
    writer.close()


def cut(writer: asyncio.StreamWriter) -> None:
    """Go with a reset, as one who does not want the answer any more; an orderly end of input leaves time for it."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_requests_in_one_read_are_answered_in_their_order() -> None:
    """And nothing of them is kept by anybody."""
    async with managed(Slow) as (client, _):
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        one = b"GET /actuator/nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        writer.write(one + one + last)
        answers = await reader.read()
        writer.close()

    assert [b"404", b"404", b"200"] == [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert 3 == answers.count(b"cache-control: no-store")


@Endpoint("long")
class Long:
    """Has more to say than a connection holds."""

    @ReadOperation
    def words(self) -> list[str]:
        """Tell 12 MB."""
        return ["x" * 1_000_000] * 12


async def test_a_long_answer_waits_for_its_client() -> None:
    """One that is longer than what a connection may hold arrives whole, with its length; HEAD has the length alone."""
    async with managed(Long) as (client, _):
        told = await client.get("/long")
        head = await client.head("/long")

    assert ["x" * 1_000_000] * 12 == told.json()
    assert str(len(told.content)) == told.headers["content-length"] == head.headers["content-length"]
    assert b"" == head.content
