"""The same framed echo with asyncio streams on uvloop: `readexactly`, `write`, `drain`. `streams_server.py MODE`."""

import asyncio
import contextlib
import sys

import uvloop
from serving import serving


async def framed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo frames until the peer closes."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readexactly(4)
            writer.write(head + await reader.readexactly(int.from_bytes(head, "big")))
            await writer.drain()
    writer.close()


async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo bytes until the peer closes."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(mode: str) -> None:
    """Listen on a free port of the loopback until the process ends."""
    server = await asyncio.start_server({"framed": framed, "raw": raw}[mode], "127.0.0.1", 0, backlog=1024)
    serving(server.sockets[0].getsockname()[1], f"uvloop {uvloop.__version__}, Python {sys.version.split()[0]}")
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
