"""HTTP/3 of several workers: the example of docs, real processes, real sockets, and a roll."""

import asyncio
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aioquic.h3.connection import ErrorCode

from pyboot.components.netty import Bootstrap, ChannelOption, FullHttpRequest
from pyboot.components.netty.codec.http3 import Http3ClientConnectionHandler, new_request_stream
from pyboot.components.netty.transport.quic import QuicChannel, QuicChannelOption, QuicClientConfig, QuicClosedError
from tests.components.netty.codec.http3.conftest import Response
from tests.supervisor.running import PATIENCE_SECONDS, ROOT, Running

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "docs/examples/http3"
OPTIONS = (
    "--workers=2",
    "--netty.port=0",
    "--pyboot.workers.settle=100ms",
    "--pyboot.workers.quiet-period=100ms",
)


@pytest.fixture
def authority() -> trustme.CA:
    """Who has signed the certificate of the site."""
    return trustme.CA()


@pytest.fixture
def site(authority: trustme.CA, tmp_path: Path) -> Iterator[Running]:
    """The example, in two processes."""
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    shutil.copy(EXAMPLE / "application.yaml", tmp_path)
    # Who answers is told too: the processes cannot be told apart by what they say.
    program = "import os\n" + (EXAMPLE / "app.py").read_text().replace("Hello over {message.version}!", "{message.version} {os.getpid()}")
    with Running(tmp_path, *OPTIONS, program=program) as running:
        running.ready(2)
        yield running


class Client:
    """One client, with as many connections as it asks for."""

    def __init__(self, authority: trustme.CA, port: int) -> None:
        self.port = port
        config = QuicClientConfig(alpn=["h3"], ca=authority.cert_pem.bytes(), server_name="localhost")
        self.bootstrap = Bootstrap().channel(QuicChannel).option(QuicChannelOption.CONFIG, config)
        self.bootstrap.option(ChannelOption.CONNECT_TIMEOUT, 20.0)
        self.bootstrap.handler(lambda channel: channel.pipeline().add_last(Http3ClientConnectionHandler()))

    async def connect(self) -> Any:
        """One more."""
        return await self.bootstrap.connect("127.0.0.1", self.port)

    async def ask(self, channel: Any) -> int:
        """Get the page; the process that has answered."""
        response = Response()
        new_request_stream(channel, response).write_and_flush(FullHttpRequest("GET", "/", b"", {"host": "localhost"}))
        whole = await response.whole
        found = re.fullmatch(r"HTTP/3 (\d+)\n", whole[1].content.decode())
        assert found, whole
        return int(found[1])


async def test_connections_are_routed_to_their_worker_and_new_ones_are_answered_in_a_roll(site: Running, authority: trustme.CA) -> None:
    """All requests of a connection go to one process; both get some; no new one fails in a roll, and an old one is told to go."""
    client = Client(authority, site.port)
    workers: set[int] = set()
    for _ in range(40):  # dealt by chance: all to one of two is once in 10 ** 11
        channel = await client.connect()
        answered = {await client.ask(channel) for _ in range(3)}
        assert 1 == len(answered)
        workers |= answered
        await channel.close()
    assert set(site.workers()) == workers

    kept = await client.connect()
    await client.ask(kept)
    site.signal(signal.SIGHUP)
    during, limit = set(), time.monotonic() + 2 * PATIENCE_SECONDS
    while not any("rolled to generation 2" in line for line in site.lines):
        assert time.monotonic() < limit, "\n".join(site.lines)
        channel = await client.connect()
        during.add(await client.ask(channel))
        await channel.close()
        await asyncio.sleep(0.05)  # the load is not what this is about
    assert during & workers
    await asyncio.wait_for(kept.close_future, PATIENCE_SECONDS)  # told by the old worker: its idle timeout is longer than this
    channel = await client.connect()
    last = await client.ask(channel)
    await client.bootstrap.close()

    assert last not in workers
    assert isinstance(kept.close_cause, QuicClosedError)
    assert ErrorCode.H3_NO_ERROR == kept.close_cause.code
