"""The whole application, on a free port of its own."""

from app import App

from pyboot.testing import connect, running


async def test_a_client_gets_its_answer() -> None:
    """Settings of the test win over all others."""
    async with running(App, properties={"netty.servers.lookup.idle.reader": "5s"}) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")

        assert await reader.readline() == b"London\n"
