"""PcapFile: a capture file that a thread of its own writes, so that no loop waits for a disk.

::

    loops     write(packet) ──▶ [ packet | packet | flush | packet ]  bounded in bytes
                                                  │
    thread                                        ▼ open, header, write, flush, close

Law 1. `write` and `flush` never wait: what finds no room is left out and counted, as by tcpdump. Law 2. What was taken is written, in
order: `close`, the collector and the end of the program wait for it. Law 3. A file that cannot be opened or written is told of once, in
the log.
"""

from __future__ import annotations

import logging
import struct
import threading
import weakref
from collections import deque
from pathlib import Path
from typing import BinaryIO, Final, final

__all__ = ["FILE_HEADER", "PcapFile"]

_log = logging.getLogger(__name__)

FILE_HEADER: Final = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)  # 101: raw IP, the version says which

# How long the end of a program waits for a disk.
_CLOSE_SECONDS: Final = 10.0


@final
class PcapFile:
    """A capture file at *path* for any number of `PcapWriteHandler`, on any loops; opened with its first packet.

    Args:
        path: where to; what is there is replaced.
        max_pending_bytes: how much waits for the disk; what comes when that is full is left out (`dropped_packets`).
    """

    def __init__(self, path: str | Path, *, max_pending_bytes: int = 8 * 1024 * 1024) -> None:
        self._writer = _Writer(Path(path), max_pending_bytes)
        # The thread has the writer and not the file: so that one is closed when nobody has it any more.
        self._end = weakref.finalize(self, self._writer.close, _CLOSE_SECONDS)

    @property
    def dropped_packets(self) -> int:
        """The number of packets that found no room, or no file."""
        return self._writer.dropped

    def write(self, packet: bytes) -> int:
        """Have *packet* written, from any thread; gives its length, also where it is left out."""
        self._writer.add(packet)
        return len(packet)

    def flush(self) -> None:
        """Have what was written before handed to the system; does not wait for that."""
        self._writer.add(None)

    def close(self) -> None:
        """Wait until all that was taken is written, for up to ten seconds, and close the file; call it once no loop needs the time."""
        self._end()


@final
class _Writer:
    """The packets that wait, and the thread that writes them; None among them is a flush."""

    def __init__(self, path: Path, max_pending_bytes: int) -> None:
        self._path = path
        self._max_pending_bytes = max_pending_bytes
        self._changed = threading.Condition()
        self._waiting: deque[bytes | None] = deque()
        self._pending_bytes = self._pending_packets = 0
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def add(self, entry: bytes | None) -> None:
        size = 0 if entry is None else len(entry)
        with self._changed:
            if self._is_closed or (size and self._pending_bytes + size > self._max_pending_bytes):
                self.dropped += 1 if size else 0
                return
            if self._thread is None:
                if entry is None:
                    return  # nothing was written yet
                self._thread = threading.Thread(target=self._run, name=f"pcap {self._path.name}", daemon=True)
                self._thread.start()
            self._waiting.append(entry)
            self._pending_bytes += size
            self._pending_packets += 1 if size else 0
            self._changed.notify()

    def close(self, seconds: float) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)
        if self.dropped:
            _log.warning("%s: %d packets were left out, for the disk did not take them in time", self._path, self.dropped)

    def _run(self) -> None:
        try:
            with self._path.open("wb") as file:
                file.write(FILE_HEADER)
                while self._write_next(file):
                    pass
        except OSError as error:
            _log.error("%s cannot be written, nothing more is captured there: %s", self._path, error)
            with self._changed:
                self._is_closed = True
                self.dropped += self._pending_packets

    def _write_next(self, file: BinaryIO) -> bool:
        """Write all that waits, or wait for it; False once it is closed and nothing is left."""
        with self._changed:
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            entries, self._waiting = self._waiting, deque()
        for entry in entries:
            if entry is None:
                file.flush()
            else:
                file.write(entry)
                with self._changed:
                    self._pending_bytes -= len(entry)
                    self._pending_packets -= 1
        return bool(entries)
