"""StreamDirection: carries the bytes of one direction of one connection, with its faults. For any streams of asyncio; opens none.

Theory of operation. Two tasks have a line between them: one reads pieces and says when each is due, the other waits for that and
writes. So a delay costs time and no throughput, and the order stays. The line has room for so many bytes: then reading stops, and the
sender meets the back-pressure of a slow peer. Faults may be changed at any moment; what is on the line by then keeps its time.
"""

import asyncio
import random
import socket
from asyncio import StreamReader, StreamWriter
from enum import Enum
from typing import Any, Final

from .faults import StreamFaults

__all__ = ["Fate", "StreamDirection"]

_READ_BYTES: Final = 64 * 1024
_BYTES_UNDER_WAY: Final = 1024 * 1024
_PIECES_A_SECOND: Final = 20  # at a bandwidth: not all at once after a long wait


class Fate(Enum):
    """The end that a direction makes for the whole connection."""

    CUT = "cut"
    RESET = "reset"


_FATES: Final = {"cut_after": Fate.CUT, "reset_after": Fate.RESET}


class StreamDirection:
    """Passes bytes on from a reader to a writer.

    *fate* is set when the whole connection is to be ended, by `carry` or by a change of the faults.
    """

    def __init__(self, faults: StreamFaults, chance: random.Random, fate: asyncio.Future[Fate]) -> None:
        self._faults = faults
        self._random = chance
        self._fate = fate
        self._line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._bytes_under_way = 0
        self._room = asyncio.Event()
        self._open = asyncio.Event()  # not while it is partitioned
        self._due = 0.0
        self._passed = 0
        self._reading: asyncio.Task[bytes] | None = None
        self.faults = faults

    @property
    def faults(self) -> StreamFaults:
        """The faults from now on. A limit that has been passed already is due at once, whatever is still under way."""
        return self._faults

    @faults.setter
    def faults(self, faults: StreamFaults) -> None:
        self._faults = faults
        if faults.partitioned:
            self._open.clear()
        else:
            self._open.set()
        fault = self._fault_due()
        if fault in _FATES:
            self._end(_FATES[fault])
        elif self._reading is not None:
            self._reading.cancel()  # `_next` gives nothing then, and limits are looked at before the next read

    async def carry(self, source: StreamReader, sink: StreamWriter) -> None:
        """Pass on to the end of *source*; when this returns, *sink* has been told of it.

        Raises OSError where one of the two is reset. Where the connection meets its fate, this waits to be cancelled.
        """
        writing = asyncio.create_task(self._write(sink))
        try:
            fault = await self._read(source)
            await self._put(b"")
            await writing
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        if fault in _FATES:
            self._end(_FATES[fault])
            await asyncio.Event().wait()
        if sink.can_write_eof():
            sink.write_eof()
        if fault:
            await swallow(source)  # what comes behind its end is of no interest, and must not fill up

    def _end(self, fate: Fate) -> None:
        if not self._fate.done():
            self._fate.set_result(fate)

    def _fault_due(self) -> str:
        limit, fault = self._faults.next_limit()
        return fault if self._passed >= limit else ""

    async def _read(self, source: StreamReader) -> str:
        """Put pieces on the line until the end, or until a limit; give the name of the fault that is due then."""
        while (fault := self._fault_due()) in ("", "black_hole_after"):
            data = await self._next(source)
            if data is None:
                continue
            if not data:
                if fault:
                    await asyncio.Event().wait()  # it has swallowed the end: the other direction, or the proxy, ends the connection
                return ""
            if not fault:
                await self._pass_on(data)
            self._passed += len(data)
        return fault

    async def _next(self, source: StreamReader) -> bytes | None:
        """Give what *source* has next, nothing where a change of the faults comes first."""
        self._reading = asyncio.create_task(source.read(_READ_BYTES))
        try:
            return await self._reading
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            return None
        finally:
            self._reading = None

    async def _pass_on(self, data: bytes) -> None:
        """Put *data* on the line piece by piece, up to the limit; what lies behind that is lost, or is the fault's."""
        limit, _ = self._faults.next_limit()
        kept = data[: int(min(limit - self._passed, len(data)))]
        for piece in self._pieces(self._corrupted(kept)):
            await self._put(piece)

    async def _put(self, piece: bytes) -> None:
        while self._bytes_under_way >= _BYTES_UNDER_WAY:
            self._room.clear()
            await self._room.wait()
        self._bytes_under_way += len(piece)
        self._line.put_nowait((self._due_at(len(piece)), piece))

    def _corrupted(self, data: bytes) -> bytes:
        at = -1 if self._faults.corrupt_at is None else self._faults.corrupt_at - self._passed
        return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :] if 0 <= at < len(data) else data

    def _pieces(self, data: bytes) -> list[bytes]:
        faults = self._faults
        most = max(1, faults.bandwidth // _PIECES_A_SECOND) if faults.bandwidth else len(data)
        pieces, at = [], 0
        while at < len(data):
            size = min(most, self._random.randint(1, faults.slices) if faults.slices else most)
            pieces.append(data[at : at + size])
            at += size
        return pieces

    def _due_at(self, size: int) -> float:
        faults, now = self._faults, asyncio.get_running_loop().time()
        due = max(self._due, now + faults.delay + self._random.random() * faults.jitter)
        self._due = due + (size / faults.bandwidth if faults.bandwidth else 0.0)
        return self._due

    async def _write(self, sink: StreamWriter) -> None:
        loop: Any = asyncio.get_running_loop()
        sink.transport.set_write_buffer_limits(0)  # so that `drain` means the system has it, and a reset loses nothing before its byte
        sink.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or it would join pieces again
        while True:
            due, piece = await self._line.get()
            if (wait := due - loop.time()) > 0 or self._faults.slices:
                await asyncio.sleep(max(0.0, wait))
            await self._open.wait()
            if not piece:
                return
            sink.write(piece)
            await sink.drain()
            self._bytes_under_way -= len(piece)
            self._room.set()


async def swallow(source: StreamReader) -> None:
    """Read what still comes, and lose it."""
    while await source.read(_READ_BYTES):
        pass
