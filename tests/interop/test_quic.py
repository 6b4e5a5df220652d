"""QUIC through networks that lose, double and reorder, and with aioquic's own client and server as peers: nothing is lost."""

import asyncio
from typing import Any

import pytest
from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.codec.http3 import new_request_stream
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpContent, LastHttpContent
from pyboot.testing.datagram_fault_proxy import DatagramFaultProxy
from pyboot.testing.faults import DatagramFaults
from tests.components.netty.codec.http3.conftest import Response, Web
from tests.components.netty.transport.quic.conftest import Collected, Quic, pki, quic

__all__ = ["pki", "quic"]

FAULTS = DatagramFaults(loss=0.05, duplicate=0.05, reorder=0.05)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_lost_on_a_bad_way(quic: Quic, seed: int) -> None:
    """Each byte of thirty streams comes once and in order, both ways."""
    server = await quic.serve()
    async with DatagramFaultProxy(*server.local_address(), to_server=FAULTS, to_client=FAULTS, seed=seed) as proxy:
        channel = await quic.connect(proxy.address)
        words = [b"%d " % number * 2000 for number in range(30)]

        assert words == await asyncio.gather(*(quic.ask(channel, word) for word in words)), f"seed {seed}"
        await channel.close()


async def test_the_client_of_aioquic_is_served(quic: Quic, pki: Any) -> None:
    """Streams, a key update and a change of the connection id under way."""
    host, port = (await quic.serve()).local_address()
    configuration = QuicConfiguration(is_client=True, alpn_protocols=["test"], cadata=pki.ca, server_name="localhost")
    async with connect(host, port, configuration=configuration) as client:
        for number in range(5):
            reader, writer = await client.create_stream()
            writer.write(bytes([number]) * 100_000)
            writer.write_eof()
            assert bytes([number]) * 100_000 == await asyncio.wait_for(reader.read(), 20)
            client.request_key_update()
            client.change_connection_id()


async def test_the_server_of_aioquic_serves_us(quic: Quic, pki: Any, tmp_path: Any) -> None:
    """Much, and many streams; with Retry."""
    (tmp_path / "cert.pem").write_bytes(pki.certificate)
    (tmp_path / "key.pem").write_bytes(pki.key)
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["test"])
    configuration.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    tasks: set[asyncio.Task[None]] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        writer.write_eof()

    def started(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(echo(reader, writer)))

    server = await serve("127.0.0.1", 0, configuration=configuration, stream_handler=started, retry=True)
    assert server._transport is not None
    channel = await quic.connect(server._transport.get_extra_info("sockname"))
    words = [bytes([number]) * 20_000 for number in range(40)]

    assert words == await asyncio.gather(*(quic.ask(channel, word) for word in words))
    await channel.close()
    server.close()


class Whole(ChannelHandler[Any]):
    """Answers with the content of the request, once all of it is here."""

    def __init__(self) -> None:
        self.content = bytearray()

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Collect, and answer."""
        if isinstance(msg, HttpContent):
            self.content += msg.content
        if isinstance(msg, LastHttpContent):
            ctx.write_and_flush(FullHttpResponse(200, bytes(self.content)))


@pytest.mark.parametrize("faults", [DatagramFaults(loss=0.1), DatagramFaults(duplicate=0.3, reorder=0.3), FAULTS])
async def test_large_bodies_of_http_3_come_whole_on_a_bad_way(quic: Quic, faults: DatagramFaults) -> None:
    """Six requests at once, each of more than a window, there and back, and the connection goes on afterwards."""
    web = Web(quic)
    server = await web.serve(Whole, stream_window=64 * 1024)
    async with DatagramFaultProxy(*server.local_address(), to_server=faults, to_client=faults, seed=7) as proxy:
        channel = await web.connect(proxy.address, stream_window=64 * 1024)
        bodies = [b"%07d" % number * 20_000 for number in range(6)]
        requests = (FullHttpRequest("POST", f"/{number}", body, {"host": "localhost"}) for number, body in enumerate(bodies))
        async with asyncio.timeout(60):
            answers = await asyncio.gather(*(told(channel, request) for request in requests))
            assert b"again" == content_of(await told(channel, FullHttpRequest("POST", "/", b"again", {"host": "localhost"})))
        await end(channel, server)

    assert bodies == [content_of(answer) for answer in answers]


async def test_unidirectional_streams_come_whole_on_a_bad_way(quic: Quic) -> None:
    """Both sides send on streams of their own at once."""
    data = bytes(range(256)) * 400
    came: asyncio.Queue[bytes] = asyncio.Queue()

    class Keeps(Collected):
        def user_event_triggered(self, ctx: Any, event: object) -> None:
            super().user_event_triggered(ctx, event)
            if self.ended.done():
                came.put_nowait(self.ended.result())

    fill: Any = lambda stream: stream.pipeline().add_last(Keeps())  # noqa: E731  # of one line

    def send(channel: Any) -> None:
        for _ in range(5):
            stream = channel.create_stream(unidirectional=True)
            stream.write_and_flush(data)
            stream.shutdown_output()

    class Sends(ChannelHandler[Any]):
        def channel_active(self, ctx: Any) -> None:
            ctx.channel.loop.call_soon(send, ctx.channel)

    server = await quic.serve(stream=fill, child=lambda channel: channel.pipeline().add_last(Sends()))
    async with DatagramFaultProxy(*server.local_address(), to_server=FAULTS, to_client=FAULTS, seed=11) as proxy:
        channel = await quic.connect(proxy.address, stream=fill)
        send(channel)
        async with asyncio.timeout(60):
            assert [data] * 10 == [await came.get() for _ in range(10)]
        await end(channel, server)


async def end(channel: Any, server: Any) -> None:
    """End both sides: the word of the end may be lost too, and the other side would wait for its idle timeout."""
    await channel.close()
    for child in list(server._children):
        child.abort()


async def told(channel: Any, request: FullHttpRequest) -> list[Any]:
    """The answer to *request*; it may take a while."""
    response = Response()
    new_request_stream(channel, response).write_and_flush(request)
    return await response.whole


def content_of(answer: list[Any]) -> bytes:
    """The content of an answer."""
    return b"".join(part.content for part in answer if isinstance(part, HttpContent))
