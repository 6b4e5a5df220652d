"""Log of the supervisor: lines on standard error that look like those of the workers, each in one write."""

import contextlib
import json
import os
import time
from collections.abc import Callable
from typing import Final, final

from .settings import WorkerSettings
from .streams import say

__all__ = ["LogFile", "SupervisorLog", "look_after_log_file"]

_LOOK_SECONDS: Final = 1.0  # how often the size of the log file is looked at

_NAME = "pyboot.supervisor"


@final
class SupervisorLog:
    """Writes the lines in the layout that the application has chosen; for people, until a worker tells of another one."""

    def __init__(self) -> None:
        """Write for people."""
        self.layout = "console"

    def info(self, text: str) -> None:
        """Tell of a step."""
        self._write("INFO", text)

    def warning(self, text: str) -> None:
        """Tell of what is odd."""
        self._write("WARNING", text)

    def error(self, text: str) -> None:
        """Tell of what went wrong."""
        self._write("ERROR", text)

    def _write(self, level: str, text: str) -> None:
        now = time.time()
        line = _for_people(now, level, text) if self.layout == "console" else json.dumps(_fields(self.layout, now, level, text))
        say(f"{line}\n")


def _for_people(now: float, level: str, text: str) -> str:
    moment = time.localtime(now)
    hours, minutes = divmod(abs(moment.tm_gmtoff) // 60, 60)
    clock = f"{_clock(moment, now)}{'-' if moment.tm_gmtoff < 0 else '+'}{hours:02}:{minutes:02}"
    return f"{clock} {level:>8} {os.getpid()} --- {_NAME} : {text}"


def _fields(layout: str, now: float, level: str, text: str) -> dict[str, object]:
    clock = f"{_clock(time.gmtime(now), now)}Z"
    if layout == "ecs":
        return {
            "@timestamp": clock,
            "log.level": level,
            "log.logger": _NAME,
            "message": text,
            "process.pid": os.getpid(),
            "ecs.version": "8.11",
        }
    return {"@timestamp": clock, "@version": "1", "message": text, "logger_name": _NAME, "level": level}


def _clock(moment: time.struct_time, now: float) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', moment)}.{int(now % 1 * 1000):03}"


@final
class LogFile:
    """The log file that all workers append to: only the supervisor moves it out of the way, and workers open the new one by themselves.

    If each of several writers moved it, records would go to files that another one has just thrown away.
    """

    def __init__(self, path: str, max_bytes: int, kept: int) -> None:
        """Watch the file at *path*."""
        self._path, self._max_bytes, self._kept = path, max_bytes, kept

    def rotate(self) -> bool:
        """Move the file to ``.1``, and older ones up by one, if it has reached its size; tell whether it had."""
        try:
            if not self._max_bytes or os.stat(self._path).st_size < self._max_bytes:
                return False
        except FileNotFoundError:
            return False
        for number in range(self._kept - 1, 0, -1):
            if os.path.exists(f"{self._path}.{number}"):
                os.replace(f"{self._path}.{number}", f"{self._path}.{number + 1}")
        if self._kept:
            os.replace(self._path, f"{self._path}.1")
        else:
            os.unlink(self._path)
        return True


def look_after_log_file(settings: Callable[[], WorkerSettings], later: Callable[[float, Callable[[], object]], object]) -> None:
    """Look at the size of the log file now, and by *later* again and again; what the *settings* say then, which a roll may change."""
    now = settings()
    if now.log_file is not None and now.max_log_bytes:
        with contextlib.suppress(OSError):  # the next time may be better; records are not lost, the file only grows
            LogFile(now.log_file, now.max_log_bytes, now.kept_log_files).rotate()
    later(_LOOK_SECONDS, lambda: look_after_log_file(settings, later))
