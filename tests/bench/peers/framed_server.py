"""What a careful author writes by hand today: a framed echo as one `asyncio.Protocol` on uvloop. `framed_server.py MODE`.

One join and one write for each read of the socket, no class or function call for each frame but the slice and the user's own.
"""

import asyncio
import sys

import uvloop
from serving import serving


class FramedEcho(asyncio.Protocol):
    """Cuts frames by their 4-byte length, hands each to `frame_received`, writes the answers once per read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP hands over no other kind
        self.transport = transport
        self.parts: list[bytes] = []
        self.missing = 4
        self.held = 0
        self.answers: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self.parts.append(data)
        self.held += len(data)
        if self.held < self.missing:
            return
        if len(self.parts) > 1:
            data = b"".join(self.parts)
        start, end = 0, len(data)
        self.missing = 4
        while end - start >= 4:
            stop = start + 4 + int.from_bytes(data[start : start + 4], "big")
            if stop > end:
                self.missing = stop - start
                break
            self.frame_received(data[start + 4 : stop])
            start = stop
        rest = data[start:] if start else data
        self.parts = [rest] if rest else []
        self.held = end - start
        if self.answers:
            self.transport.write(b"".join(self.answers))
            self.answers.clear()

    def frame_received(self, frame: bytes) -> None:
        """The user's part: answer a frame with itself."""
        self.answers.append(len(frame).to_bytes(4, "big"))
        self.answers.append(frame)


async def serve(mode: str) -> None:
    """Listen on a free port of the loopback until the process ends."""
    assert mode == "framed", mode
    server = await asyncio.get_running_loop().create_server(FramedEcho, "127.0.0.1", 0, backlog=1024)
    serving(server.sockets[0].getsockname()[1], f"uvloop {uvloop.__version__}, Python {sys.version.split()[0]}")
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
