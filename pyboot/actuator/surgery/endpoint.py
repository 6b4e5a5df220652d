"""The endpoints ``handlers``, which puts handlers into running pipelines, and ``capture``, which streams what passes there."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any, Final, Literal, cast, final

from pyboot.actuator.access import Access
from pyboot.actuator.annotations import DeleteOperation, Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse
from pyboot.components.netty.handler.pcap import FILE_HEADER, PcapWriteHandler

from .capture import Capture, CapturingHandler, Sink
from .insertions import Insertion, Insertions
from .kinds import Kind, Place, kind_of, nothing

MOST_PIECES: Final = 100_000
_BEAT: Final = 1.0


@final
@Endpoint("handlers")
class HandlersEndpoint:
    """Puts logging, counting and throttling handlers into running pipelines, for a while."""

    def __init__(self, insertions: Insertions) -> None:
        """Take those that stand."""
        self._insertions = insertions

    @ReadOperation
    def handlers(self) -> dict[str, Any]:
        """Answer with all that stand, and what those that count have found."""
        return {"handlers": [each.shown() for each in self._insertions]}

    @ReadOperation("{id}")
    def handler(self, id: str) -> dict[str, Any] | None:
        """Answer with one; None, 404, where it does not stand any more."""
        found = self._insertions.get(id)
        return None if found is None else found.shown()

    @WriteOperation
    async def insert(
        self,
        kind: Literal["logging", "counting", "throttling"],
        context: InvocationContext,
        channel: str | None = None,
        server: str | None = None,
        seconds: float = 60.0,
        before: str | None = None,
        after: str | None = None,
        level: str | None = None,
        format: Literal["simple", "hex_dump"] | None = None,
        read_limit: int | None = None,
        write_limit: int | None = None,
    ) -> dict[str, Any]:
        """Put one in, and answer with it.

        Args:
            kind: what it does.
            context: who asks.
            channel: the id of the connection.
            server: the name of a server instead: all its connections, and those that come.
            seconds: until it is taken out again; 60 by default, 3,600 at most.
            before: the name of the handler that it stands before; by default where messages are bytes, for logging where they are read.
            after: the name of the handler that it stands after.
            level: of logging; INFO by default.
            format: of bytes in the log; simple by default.
            read_limit: bytes a second that a throttled connection reads.
            write_limit: bytes a second that it writes.

        Raises:
            InvalidEndpointRequestError: one of them means nothing, or is an option of another kind.
        """
        made = kind_of(kind, level, format, read_limit, write_limit)
        return (await self._insertions.insert(made, Place(before, after), channel, server, seconds, _who(context))).shown()

    @DeleteOperation("{id}")
    async def remove(self, id: str, context: InvocationContext) -> dict[str, Any] | None:
        """Take one out before its time, and answer with what it has found."""
        found = self._insertions.get(id)
        if found is None:
            return None
        await found.end(f"by {_who(context)}")
        return found.shown()


@final
@Endpoint("capture", access=Access.NONE)
class CaptureEndpoint:
    """Streams what passes in one connection, or in those of a server. That is secret as often as not: its access is none by itself."""

    def __init__(self, insertions: Insertions) -> None:
        """Take those that stand."""
        self._insertions = insertions

    @WriteOperation(produces=["application/x-ndjson", "application/vnd.tcpdump.pcap"])
    async def capture(
        self,
        context: InvocationContext,
        channel: str | None = None,
        server: str | None = None,
        seconds: float = 10.0,
        limit: int = 200,
        format: Literal["text", "pcap"] = "text",
        before: str | None = None,
        after: str | None = None,
    ) -> WebEndpointResponse:
        """Stream it for *seconds*, or *limit* pieces: a line of JSON each, decoded messages as text; or a capture file for Wireshark.

        Raises:
            InvalidEndpointRequestError: what is asked for means nothing, as for handlers, or the limit is out of range.
        """
        if not 1 <= limit <= MOST_PIECES:
            raise InvalidEndpointRequestError(f"limit {limit}, allowed are 1 to {MOST_PIECES}")
        place, who = Place(before, after), _who(context)
        if format == "text":
            pieces = Capture[dict[str, Any]](limit)
            kind = Kind("capturing", lambda name: CapturingHandler(pieces, name), False, nothing)
            made = await self._insertions.insert(kind, place, channel, server, seconds, who)
            made.undo.callback(pieces.close)
            return WebEndpointResponse(_Stream(made, _lines(pieces)), media_type="application/x-ndjson")
        blocks = Capture[bytes](limit)
        sink = cast(Any, Sink(blocks))  # it has what is used of a file
        kind = Kind("capturing", lambda _: PcapWriteHandler(sink, write_file_header=False), True, nothing)
        made = await self._insertions.insert(kind, place, channel, server, seconds, who)
        made.undo.callback(blocks.close)
        return WebEndpointResponse(_Stream(made, _file(blocks)), media_type="application/vnd.tcpdump.pcap")


@final
class _Stream[T: str | bytes]:
    """What was captured for a reader. Closed, it ends the capture; a generator of which nothing was taken yet would not hear of it."""

    def __init__(self, made: Insertion, pieces: AsyncGenerator[T]) -> None:
        self._made = made
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[T]:
        return self._pieces

    async def aclose(self) -> None:
        try:
            await self._pieces.aclose()
        finally:
            await self._made.end("its reader has what it asked for, or is gone")


async def _lines(pieces: Capture[dict[str, Any]]) -> AsyncGenerator[str]:
    dropped = 0
    async for piece in pieces.read(_BEAT):
        if piece is None:
            yield "\n"  # an empty line is nothing, and a reader that is gone is found out by it
            continue
        if pieces.dropped > dropped:
            yield json.dumps({"event": "dropped", "count": pieces.dropped - dropped}) + "\n"
            dropped = pieces.dropped
        yield json.dumps(piece, default=_text, ensure_ascii=False) + "\n"


async def _file(blocks: Capture[bytes]) -> AsyncGenerator[bytes]:
    yield FILE_HEADER
    async for block in blocks.read():
        yield block or b""


def _text(value: object) -> str:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)


def _who(context: InvocationContext) -> str:
    return f"somebody at {context.remote}" if context.principal is None else context.principal.name
