"""The whole application over a real socket, on a free port."""

from pyboot.testing import connect, running

from app import App


async def test_a_client_is_greeted() -> None:
    """A line sent over TCP comes back as a greeting."""
    async with running(App) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")

        assert await reader.readline() == b"hello ada\n"
