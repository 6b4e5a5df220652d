"""Works: each is one load on one kind of server."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Work:
    """One load on one kind of server.

    Attributes:
        name: How it is chosen on the command line.
        title: What happens in it, in a phrase.
        load: Mode of the load generator: `prefix4`, `varint`, `line`, `json`, `stream`, `connect` or `hold`.
        serves: Modes of a server that can do it, the wanted one first; a peer takes the first that it has.
        connections: Connections open at a time.
        depth: Frames in flight on each connection.
        size: Bytes of a frame with its prefix, or of a chunk.
        against: The peer that the others are compared with, where nothing else is asked for.
    """

    name: str
    title: str
    load: str
    serves: tuple[str, ...]
    connections: int
    depth: int
    size: int
    against: str = "netty"

    @property
    def is_idle(self) -> bool:
        """Tell whether the work measures memory instead of speed."""
        return self.load == "hold"

    @property
    def is_bulk(self) -> bool:
        """Tell whether bits say more about the work than messages."""
        return self.size >= 1024

    def but(self, **changes: str | int) -> Self:
        """Return the same work with other figures; its name says which."""
        figures = ",".join(f"{key}={value}" for key, value in changes.items())
        return replace(self, name=f"{self.name}[{figures}]", **changes)  # type: ignore[arg-type]  # replace checks the names


FRAMED = ("framed",)
MIB = 1 << 20


def _decoders(size: int, depth: int, suffix: str) -> list[Work]:
    """Return an echo of frames of *size* bytes, once for each decoder but that of length fields."""
    loads = {f"fixed{suffix}": "prefix4", "line": "line", "delimiter": "line", "varint": "varint", "json": "json"}
    return [
        Work(f"{mode.removesuffix(suffix)}{suffix}", f"echo, {suffix} frames: {mode.removesuffix(suffix)}", load, (mode,), 16, depth, size)
        for mode, load in loads.items()
    ]


WORKS = {
    work.name: work
    for work in (
        Work("framed16", "framed echo, 4 + 12 bytes", "prefix4", FRAMED, 16, 64, 16),
        Work("async16", "framed echo, 4 + 12 bytes, `async def` handler", "prefix4", ("framed-async", *FRAMED), 16, 64, 16),
        Work("framed1k", "framed echo, 1 KiB frames", "prefix4", FRAMED, 16, 16, 1024),
        # One in flight: with two, slices of Netty's cumulation always wait in its outbound buffer, so 4.1.48 never compacts it
        # and runs out of memory.
        Work("framed1m", "framed echo, 1 MiB frames", "prefix4", FRAMED, 8, 1, MIB + 4),
        Work("raw", "raw echo, 1 KiB chunks, pipelined", "stream", ("raw",), 16, 16, 1024, "uvloop"),
        Work("request", "request and response, one in flight", "stream", ("raw",), 64, 1, 64, "uvloop"),
        Work("raw1m", "raw echo, 1 MiB chunks", "stream", ("raw",), 4, 1, MIB, "uvloop"),
        Work("accept", "accept, first byte, close", "connect", ("close",), 64, 1, 1, "uvloop"),
        Work("idle", "idle connections held", "hold", ("raw",), 10_000, 1, 1, "uvloop"),
        Work("pass20", "framed echo through 20 handlers that override nothing", "prefix4", ("framed-pass20", *FRAMED), 16, 64, 16),
        *_decoders(16, 64, "16"),
        *_decoders(1024, 16, "1k"),
        Work("real20", "framed echo through 20 handlers that pass each frame on", "prefix4", ("framed-real20", *FRAMED), 16, 64, 16),
    )
}
