"""QUIC through networks that lose, double and reorder, and with aioquic's own client and server as peers: nothing is lost."""

import asyncio
from typing import Any

import pytest
from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration

from pyboot.testing.datagram_fault_proxy import DatagramFaultProxy
from pyboot.testing.faults import DatagramFaults
from tests.components.netty.transport.quic.conftest import Quic, pki, quic

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
