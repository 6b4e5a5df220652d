"""Logging of an application that the framework runs: levels, a layout for people or JSON, and the surroundings of a record.

Only the standard library's logging is configured: one handler on the root logger. Nothing is patched, and a root logger
that somebody else has given handlers keeps them.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from .console import ConsoleHandler

LAYOUTS = ("console", "ecs", "logstash")
LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "OFF")

_OFF = logging.CRITICAL + 10

_OF_TRACES = {"trace_id": "trace.id", "span_id": "span.id"}  # fields of the Elastic Common Schema
_COLORS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_surroundings: ContextVar[Mapping[str, str]] = ContextVar("pyboot_log_surroundings", default={})  # noqa: B039  never changed in place


@contextmanager
def surrounded(**names: str) -> Iterator[None]:
    """Add *names*, such as ``channel="0x2f"`` or ``bean="mailer"``, to every record that is logged inside the block."""
    token = _surroundings.set({**_surroundings.get(), **names})
    try:
        yield
    finally:
        _surroundings.reset(token)


_of_the_process: dict[str, str] = {}


def mark_process(**names: str) -> None:
    """Add *names*, such as ``worker="2"``, to every record of this process, whichever thread logs it."""
    _of_the_process.update(names)


def process_marks() -> Mapping[str, str]:
    """Return the names that this process was marked with; ``worker`` is there in one of several."""
    return _of_the_process


_sources: tuple[Callable[[], Mapping[str, str]], ...] = ()


def surround_with(source: Callable[[], Mapping[str, str]]) -> Callable[[], None]:
    """Ask *source* for names of every record that is logged, in the context where it is; until what is returned is called."""
    global _sources
    _sources = (*_sources, source)

    def leave() -> None:
        global _sources
        _sources = tuple(each for each in _sources if each is not source)

    return leave


def surroundings(record: logging.LogRecord) -> Mapping[str, str]:
    """Return the names around *record*: those noted when it was made."""
    noted: Mapping[str, str] = getattr(record, "surroundings", None) or {}
    return noted


class _NoteSurroundings(logging.Filter):
    """Notes the surrounding names on the record while its own context is there, since a handler may run in another thread."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "surroundings"):
            noted = {**_of_the_process, **_surroundings.get()} if _of_the_process else _surroundings.get()
            for source in _sources:
                noted = {**noted, **source()}
            record.surroundings = noted
        return True


class ConsoleFormatter(logging.Formatter):
    """Formats one line for people: time, level, process, logger, surroundings, message."""

    def __init__(self, *, colored: bool) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the stack trace below it."""
        level = f"{record.levelname:>8}"
        if self._colored:
            level = f"\x1b[{_COLORS.get(record.levelname, '0')}m{level}\x1b[0m"
        around = "".join(f" [{name}={value}]" for name, value in surroundings(record).items())
        line = f"{_local(record)} {level} {record.process} --- {record.name}{around} : {record.getMessage()}"
        if record.exc_info:
            line += f"\n{self.formatException(record.exc_info)}"
        return line


class JsonFormatter(logging.Formatter):
    """Formats one JSON object a line, with the field names of the Elastic Common Schema or of Logstash."""

    def __init__(self, layout: str, service: str, masked: Callable[[str], str] = str) -> None:
        super().__init__()
        self._masked = masked
        self._make = self._ecs if layout == "ecs" else self._logstash
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the object on one line."""
        return json.dumps(self._shown(self._make(record)), ensure_ascii=False, default=str)

    def _shown(self, value: Any) -> Any:
        """Return *value* without secrets, text by text: once it is JSON, what stood in it is escaped."""
        if isinstance(value, dict):
            return {name: self._shown(entry) for name, entry in value.items()}
        return self._masked(value) if isinstance(value, str) else value

    def _ecs(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "@timestamp": _utc(record),
            "log.level": record.levelname,
            "log.logger": record.name,
            "message": record.getMessage(),
            "process.pid": record.process,
            "process.thread.name": record.threadName,
            "service.name": self._service,
            "ecs.version": "8.11",
        }
        if around := dict(surroundings(record)):
            fields |= {field: around.pop(name) for name, field in _OF_TRACES.items() if name in around}
            if around:
                fields["labels"] = around
        if record.exc_info and record.exc_info[0] is not None:
            fields["error.type"] = record.exc_info[0].__qualname__
            fields["error.message"] = str(record.exc_info[1])
            fields["error.stack_trace"] = self.formatException(record.exc_info)
        return fields

    def _logstash(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "@timestamp": _utc(record),
            "@version": "1",
            "message": record.getMessage(),
            "logger_name": record.name,
            "thread_name": record.threadName,
            "level": record.levelname,
            "level_value": record.levelno,
            **surroundings(record),
        }
        if record.exc_info:
            fields["stack_trace"] = self.formatException(record.exc_info)
        return fields


# Not by `datetime`: CPython 3.13 crashes in `astimezone()` when a record is logged while the interpreter ends.


def _local(record: logging.LogRecord) -> str:
    moment = time.localtime(record.created)
    hours, minutes = divmod(abs(moment.tm_gmtoff) // 60, 60)
    return f"{_clock(moment, record)}{'-' if moment.tm_gmtoff < 0 else '+'}{hours:02}:{minutes:02}"


class _MaskingFormatter(logging.Formatter):
    """Takes the secrets out of the lines of another formatter."""

    def __init__(self, inner: logging.Formatter, masked: Callable[[str], str]) -> None:
        super().__init__()
        self._inner = inner
        self._masked = masked

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the stack trace below it, without secrets."""
        return self._masked(self._inner.format(record))


def _utc(record: logging.LogRecord) -> str:
    return f"{_clock(time.gmtime(record.created), record)}Z"


def _clock(moment: time.struct_time, record: logging.LogRecord) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', moment)}.{int(record.created % 1 * 1000):03}"


def configure(
    levels: Mapping[str, str] | None = None,
    *,
    layout: str = "console",
    color: str = "auto",
    service: str = "",
    stream: TextIO | None = None,
    file: str | None = None,
    max_file_bytes: int = 0,
    kept_files: int = 7,
    shares_file: bool = False,
    masked: Callable[[str], str] | None = None,
) -> None:
    """Configure the root logger and the *levels* of others; calling it again replaces what it did before.

    Args:
        levels: levels by logger name; ``root`` is the root logger, ``INFO`` by default.
        layout: ``console``, ``ecs`` or ``logstash``.
        color: ``auto`` (on a terminal, unless ``NO_COLOR`` is set), ``always`` or ``never``.
        service: the application's name, for JSON.
        stream: where to write; default: standard error, if nobody else has given the root logger a handler.
        file: a file to write to as well, without colours.
        max_file_bytes: start a new file at this size; 0 means never.
        kept_files: how many old files are kept.
        shares_file: other processes write to *file*, too: it is opened anew where somebody has moved it, and never moved here.
        masked: takes the secrets out of each line.

    Raises:
        ValueError: a level or the layout is unknown.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"the log layout '{layout}' is unknown; allowed are {', '.join(LAYOUTS)}")
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if getattr(handler, "is_pyboots", False)]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel("INFO")
    for name, level in (levels or {}).items():
        logging.getLogger(None if name == "root" else name).setLevel(_level(name, level))
    if stream is not None or not root.handlers:
        target = stream or sys.stderr
        _add(root, ConsoleHandler(target), _formatter(layout, service, masked, colored=_is_colored(color, target)))
    if file is not None:
        from .log_file import OwnLogFile, SharedLogFile  # bring sockets and pickle along, which a start without a log file need not pay for

        written: logging.Handler = (
            SharedLogFile(file, encoding="utf-8", delay=True)
            if shares_file
            else OwnLogFile(file, maxBytes=max_file_bytes, backupCount=kept_files, encoding="utf-8", delay=True)
        )
        _add(root, written, _formatter(layout, service, masked, colored=False))


def level_of(text: str) -> int | None:
    """Return the level that *text* names, in any case; ``None`` for any other text."""
    known = {**logging.getLevelNamesMapping(), "TRACE": 5, "OFF": _OFF, "FALSE": _OFF}  # YAML 1.1 writes off and means false
    return known.get(text.strip().upper())


def _level(name: str, text: str) -> int:
    level = level_of(text)
    if level is None:
        raise ValueError(f"the level '{text}' of the logger {name} is unknown; allowed are {', '.join(LEVELS)}")
    return level


def _formatter(layout: str, service: str, masked: Callable[[str], str] | None, *, colored: bool) -> logging.Formatter:
    if layout != "console":
        return JsonFormatter(layout, service, masked or str)
    formatter = ConsoleFormatter(colored=colored)
    return formatter if masked is None else _MaskingFormatter(formatter, masked)


def _add(root: logging.Logger, handler: logging.Handler, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    handler.addFilter(_NoteSurroundings())
    handler.is_pyboots = True  # type: ignore[attr-defined]  # a mark, so that the next call knows its own handlers
    root.addHandler(handler)


def _is_colored(color: str, target: TextIO) -> bool:
    if color != "auto":
        return color == "always"
    return target.isatty() and "NO_COLOR" not in os.environ
