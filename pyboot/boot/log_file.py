"""Log files that may fail: a full disk, a directory that is gone, no descriptor left. Loaded where there is a log file.

Theory of operation. The handlers of the standard library print a traceback for each record that they cannot write, straight to standard
error, where a pipe that nobody reads stops the loop; and one that opens its file anew raises out of the call that logs. Here no error of
the system leaves the handler: it is told by the other handlers, once in ten seconds, with how many records are lost.
"""

import logging
import sys
import time
from contextlib import suppress
from logging import handlers
from typing import Final

__all__ = ["OwnLogFile", "SharedLogFile"]

_SECONDS: Final = 10.0  # between two lines about it


class _LogFile(logging.FileHandler):
    """A file of records that tells in one line in ten seconds what it could not take; both below are one."""

    _lost = 0
    _told = -_SECONDS

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*, or count it as lost."""
        try:
            super().emit(record)
        except OSError:  # of a file that was to be opened anew
            self.handleError(record)

    def close(self) -> None:
        """Close the file; what it could not take has been told when it was written."""
        with suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        """Count *record* as lost, and tell so by the other handlers; what is no error of the system is handled as ever."""
        error = sys.exception()
        others = [each for each in logging.getLogger().handlers if each is not self]
        if not isinstance(error, OSError) or not others:
            super().handleError(record)
            return
        self._lost += 1
        if (now := time.monotonic()) < self._told + _SECONDS:
            return
        lost, self._lost, self._told = self._lost, 0, now
        text = f"the log file {self.baseFilename} lacks {lost} record{'s' if lost > 1 else ''}: {error.strerror or error}"
        told = logging.LogRecord(__name__, logging.ERROR, __file__, 0, text, None, None)
        for other in others:
            other.handle(told)


class OwnLogFile(_LogFile, handlers.RotatingFileHandler):
    """The log file of one process, which moves it when it is full."""


class SharedLogFile(_LogFile, handlers.WatchedFileHandler):
    """A log file that several processes write to: it is opened anew where somebody has moved it."""
