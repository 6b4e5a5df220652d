"""One server that sends 64 KiB writes over TLS, by pyboot or by the loop's own ``ssl=``; prints its processor seconds for each GiB.

``python tls_download.py pyboot|loop uvloop|asyncio certfile keyfile writes_per_turn``. Both sides have the same form: a coroutine that
writes so many times, then waits for room. The client is another process, of which nothing is counted.
"""

import asyncio
import resource
import ssl
import sys
from typing import Any

import uvloop

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap

CHUNK = bytes(64 * 1024)
TOTAL = 128 << 20

CLIENT = """
import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
left, buffer = int(sys.argv[2]), bytearray(1 << 18)
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])))) as secured:
    secured.sendall(b"G")
    while left > 0 and (count := secured.recv_into(buffer)):
        left -= count
"""


def processor_seconds() -> float:
    """What this process has used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Sends(ChannelHandler[Any]):
    """Sends everything when it is asked."""

    def __init__(self, writes: int) -> None:
        self.writes = writes

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        for _ in range(TOTAL // len(CHUNK) // self.writes):
            for _ in range(self.writes - 1):
                ctx.write(CHUNK)
            await ctx.write_and_flush(CHUNK)


async def serve_by_pyboot(certfile: str, keyfile: str, writes: int) -> int:
    bootstrap = ServerBootstrap(ssl=True, certfile=certfile, keyfile=keyfile)
    bootstrap.child_handler(lambda channel: channel.pipeline().add_last(Sends(writes)))
    port: int = (await bootstrap.bind("127.0.0.1", 0)).local_address()[1]
    return port


async def serve_by_loop(certfile: str, keyfile: str, writes: int) -> int:
    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        for _ in range(TOTAL // len(CHUNK) // writes):
            for _ in range(writes):
                writer.write(CHUNK)
            await writer.drain()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certfile, keyfile)
    server = await asyncio.start_server(send, "127.0.0.1", 0, ssl=context)
    port: int = server.sockets[0].getsockname()[1]
    return port


async def main(side: str, certfile: str, keyfile: str, writes: int) -> None:
    port = await (serve_by_pyboot if side == "pyboot" else serve_by_loop)(certfile, keyfile, writes)
    before = processor_seconds()
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", CLIENT, str(port), str(TOTAL))
    assert await client.wait() == 0
    print((processor_seconds() - before) / TOTAL * 2**30, flush=True)


if __name__ == "__main__":
    run = uvloop.run if sys.argv[2] == "uvloop" else asyncio.run
    run(main(sys.argv[1], sys.argv[3], sys.argv[4], int(sys.argv[5])))
