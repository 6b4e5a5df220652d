"""The least a server on an event loop can do: a bare protocol that writes back what it gets. `raw_server.py LOOP MODE`."""

import asyncio
import sys

from serving import serving


class Echo(asyncio.Protocol):
    """Writes back what came."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP hands over no other kind
        self.transport = transport
        self.write = transport.write

    def data_received(self, data: bytes) -> None:
        self.write(data)


class Farewell(Echo):
    """Writes back the first bytes and closes."""

    def data_received(self, data: bytes) -> None:
        self.write(data)
        self.transport.close()


async def serve(loop_name: str, mode: str) -> None:
    """Listen on a free port of the loopback until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server({"raw": Echo, "close": Farewell}[mode], "127.0.0.1", 0, backlog=1024)
    serving(server.sockets[0].getsockname()[1], f"{loop_name} loop, Python {sys.version.split()[0]}")
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "uvloop":
        import uvloop

        uvloop.run(serve(*sys.argv[1:]))
    else:
        asyncio.run(serve(*sys.argv[1:]))
