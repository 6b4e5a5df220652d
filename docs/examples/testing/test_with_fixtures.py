"""The whole application, and slices of it, by the fixtures of the pytest plugin."""

import asyncio
import logging

import pytest
from app import App, Directory, LookupHandler

from pyboot.netty import EmbeddedChannel

pytestmark = pytest.mark.pyboot(app=App)


class Everywhere(Directory):
    """Stands for the real directory."""

    async def find(self, name: str) -> str:
        logging.getLogger("directory").warning("%s was looked for", name)
        return "everywhere"


async def test_a_client_gets_its_answer(server_streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """The application serves on a free port; a client is connected."""
    reader, writer = server_streams
    writer.write(b"ada\n")

    assert await reader.readline() == b"London\n"


@pytest.mark.pyboot(beans={Directory: Everywhere()}, properties={"netty.servers.lookup.backlog": 1})
async def test_another_bean_stands_in(local_port: int) -> None:
    """It is put in place before anything is made; the mark of the module still says which application."""
    reader, writer = await asyncio.open_connection("127.0.0.1", local_port)
    writer.write(b"bob\n")

    assert await reader.readline() == b"everywhere\n"
    writer.close()
    await writer.wait_closed()


@pytest.mark.pyboot(handlers=[LookupHandler], beans={Directory: Everywhere()})
def test_one_handler_with_the_beans_it_needs(handler_channel: EmbeddedChannel, caplog: pytest.LogCaptureFixture) -> None:
    """In memory: messages in, messages out; what is logged is captured by pytest's own fixture."""
    handler_channel.write_inbound("ada")

    assert handler_channel.read_outbound() == "everywhere\n"
    assert caplog.messages == ["ada was looked for"]


def test_the_whole_pipeline_of_the_server(handler_channel: EmbeddedChannel) -> None:
    """In memory: bytes in, bytes out, through the codecs of the server; the clock is turned by hand."""
    handler_channel.write_inbound(b"a", b"da\n")
    handler_channel.advance_time(0.01)

    assert handler_channel.outbound_bytes() == b"London\n"
