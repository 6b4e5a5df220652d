"""A static site: files of a folder, compressed where that helps, sent by the operating system, each request in a log."""

import asyncio
import logging
import sys
from pathlib import Path

from pyboot.components.netty import (
    HttpAccessLogHandler,
    HttpContentCompressor,
    HttpServerCodec,
    HttpStaticFileHandler,
    ServerBootstrap,
    SocketChannel,
)

SITE = Path(__file__).parent / "site"


def assemble(channel: SocketChannel) -> None:
    """What stands nearer the network comes first."""
    channel.pipeline().add_last(
        HttpServerCodec(),
        HttpAccessLogHandler(),
        HttpContentCompressor(),
        HttpStaticFileHandler(SITE, cache_control="max-age=60"),
    )


async def main() -> None:
    """Serve until interrupted."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(message)s")
    asyncio.run(main())
