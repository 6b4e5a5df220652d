"""The console: a log handler that never makes its program wait, and standard streams that are always there.

Theory of operation. Whoever reads our standard error may stop reading: a paused pager, a full pipe of a supervisor. A blocking write
would then stop the loop, with everything on it, and the handling of signals. So a record is written at once where the operating
system has room for it (``poll`` says so, and a pipe that has room has it for `_PIECE` bytes), and else joins a backlog, which a thread
writes as there is room again. The backlog is bounded; what does not fit is counted, and the count is written in its place.
"""

import logging
import os
import sys
import threading
from collections import deque
from typing import Any, TextIO

try:
    from select import POLLOUT, poll
except ImportError:  # Windows, where only sockets can be asked: there every write is a blocking one
    poll = None  # type: ignore[assignment,misc]  # told apart by `_descriptor`

# What a pipe takes without blocking when it says that it has room: PIPE_BUF of Linux; POSIX promises 512 at least.
_PIECE = 4096 if sys.platform == "linux" else 512
_BACKLOG_BYTES = 4 * 1024 * 1024
# How long the end of the process waits for somebody to read the rest.
_FLUSH_SECONDS = 1.0

_ending = threading.Event()


class ConsoleHandler(logging.Handler):
    """Writes records to *stream*, at once or in the background, and in order either way."""

    terminator = "\n"

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream
        self._descriptor = _descriptor(stream)
        self._change = threading.Condition()
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._dropped = 0
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*; an error of writing is handled as in every handler of the standard library."""
        try:
            text = self.format(record) + self.terminator
            if self._descriptor is None:
                self.stream.write(text)
                self.stream.flush()
            else:
                self._send(text.encode(getattr(self.stream, "encoding", None) or "utf-8", "backslashreplace"))
        except Exception:  # noqa: BLE001  logging must not end what it tells of
            self.handleError(record)

    def _send(self, data: bytes) -> None:
        with self._change:
            if not self._is_busy():
                data = self._write(data)
            if data:
                self._keep(data)

    def _write(self, data: bytes) -> bytes:
        """Write what there is room for, and return the rest."""
        assert self._descriptor is not None
        asked = poll()
        asked.register(self._descriptor, POLLOUT)
        while data and asked.poll(0):
            try:
                data = data[os.write(self._descriptor, data[:_PIECE]) :]
            except BlockingIOError:  # somebody else has been faster
                break
        return data

    def _keep(self, data: bytes) -> None:
        if self._dropped or self._backlog_bytes + len(data) > _BACKLOG_BYTES:
            self._dropped += 1  # and those behind it, until that has been told in its place
            return
        self._backlog.append(data)
        self._backlog_bytes += len(data)
        if not self._is_busy():
            self._writer = threading.Thread(target=self._write_backlog, name="console", daemon=True)
            self._writer.start()

    def _is_busy(self) -> bool:
        return self._writer is not None and self._writer.is_alive()  # a process that was forked has no such thread

    def _write_backlog(self) -> None:
        assert self._descriptor is not None
        asked = poll()
        asked.register(self._descriptor, POLLOUT)
        while True:
            with self._change:
                data = self._next()
                if data is None:
                    self._writer = None
                    self._change.notify_all()
                    return
            while data:
                asked.poll()
                try:
                    data = data[os.write(self._descriptor, data[:_PIECE]) :]
                except BlockingIOError:
                    continue
                except OSError:  # nobody will ever read it: the next record finds that out, and tells
                    data = b""

    def _next(self) -> bytes | None:
        if self._backlog:
            data = self._backlog.popleft()
            self._backlog_bytes -= len(data)
            return data
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            return f"... {dropped} log records were dropped here: nobody read this console\n".encode()
        return None

    def flush(self) -> None:
        """Wait a moment until what was kept is written."""
        with self._change:
            self._change.wait_for(lambda: not self._is_busy(), _FLUSH_SECONDS)


def _descriptor(stream: Any) -> int | None:
    """Return the descriptor of *stream*, where the operating system can tell whether it has room."""
    if poll is None:
        return None
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):  # text in memory, or closed
        return None


def open_missing_streams() -> None:
    """Put the null device where a standard stream is missing, as after ``2>&-``.

    Otherwise what is opened next, a socket perhaps, would get its descriptor, and whoever writes there by its number writes into that.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor is this one
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  as long as the process lives


def say_and_end(logger: logging.Logger, text: str, code: int, *, seconds: float = 0.5) -> None:
    """End the process with *code* at once; *text* is logged before if that takes no longer than *seconds*.

    For a handler of signals: the thread that it interrupts may hold the lock of a log handler, or be blocked in writing; and it may
    be interrupted by the next signal, which does not begin to say it all over again.
    """
    if _ending.is_set():
        os._exit(code)
    _ending.set()
    saying = threading.Thread(target=_say, args=(logger, text), daemon=True)
    saying.start()
    saying.join(seconds)
    os._exit(code)


def _say(logger: logging.Logger, text: str) -> None:
    logger.warning(text)
    logging.shutdown()
