"""Calls an HTTP service: a page, a post, and a stream both ways. Its peer is docs/examples/http_hello: ``python client.py http://127.0.0.1:8080``."""

import asyncio
import sys
from collections.abc import AsyncIterator

from pyboot.netty import HttpClient, HttpClientError, HttpTimeouts, loop_factory


async def lines() -> AsyncIterator[bytes]:
    """Content that goes out as it is made, and no faster than the peer takes it."""
    for number in range(3):
        yield b"line %d\n" % number


async def main(url: str) -> None:
    """Ask, and print what is answered."""
    async with HttpClient(base_url=url, timeouts=HttpTimeouts(total=30)) as client:
        page = await client.get("/")
        print(page.status, await page.text())

        posted = await client.post("/", json={"name": "ada"})
        print((await posted.raise_for_status().json())["name"])

        async with client.stream("POST", "/", content=lines(), headers={"content-type": "text/plain"}) as response:
            async for chunk in response:  # while nobody takes, the peer is not read from
                print(chunk.decode(), end="")

        print((await client.get("/missing")).status, client.statistics())
        try:
            await client.get("http://127.0.0.1:1/")
        except HttpClientError as error:
            print(error)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]), loop_factory=loop_factory())
