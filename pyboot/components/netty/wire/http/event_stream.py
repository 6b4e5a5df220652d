"""Server-sent events: ``text/event-stream``, written and read. Source: the HTML standard, 9.2.

::

    event: price\\n          the event's type; "message" if it is not told
    id: 42\\n                the last one goes back in Last-Event-ID when a client comes again
    data: first line\\n
    data: second line\\n
    \\n                      the end of the event
    : a comment keeps a connection alive, and is no event\\n
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from .errors import HttpDecoderError, HttpEncoderError

__all__ = ["EventStreamReader", "ServerSentEvent"]

_MAX_EVENT_BYTES: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """An event: its *data*, and what is told beside it.

    *event* is its type, *id* what a client that comes again says it has seen, *retry* after how many milliseconds it comes again,
    *comment* what no client looks at. Without *data* no event is dispatched: that is a comment, or a new *retry*, alone. Raises
    `HttpEncoderError` for an *event* or *id* with a line break, and an *id* with NUL, which would be other fields, or none.
    """

    data: str | None = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name, value, refused in (("event", self.event, "\r\n"), ("id", self.id, "\r\n\0")):
            if value is not None and any(each in value for each in refused):
                raise HttpEncoderError(f"the {name} {value!r} of a server-sent event holds a line break or NUL")
        if self.retry is not None and self.retry < 0:
            raise HttpEncoderError(f"retry {self.retry} of a server-sent event: allowed is 0 milliseconds or more")

    def encode(self) -> bytes:
        """Return the lines of the event, with the empty one that ends it."""
        lines = [f": {line}" for line in _lines(self.comment)]
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        lines += [f"data: {line}" for line in _lines(self.data)]
        return ("\n".join(lines) + "\n\n").encode()


def _lines(text: str | None) -> list[str]:
    """The lines of *text* as a reader of events divides it, and no other way: U+2028 is no line break there."""
    return [] if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@final
class EventStreamReader:
    """Makes events of the bytes of a stream, however they are cut.

    An event past *max_event_bytes*, 1 MiB by default, raises `HttpDecoderError`; what is no UTF-8 becomes U+FFFD, and an event that the
    stream breaks off is none, as the standard says. `last_event_id` is for the field ``Last-Event-ID``, `retry` the delay in milliseconds
    that was told last.
    """

    def __init__(self, max_event_bytes: int = _MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._line = b""  # the beginning of a line whose end has not come
        self._is_first = True
        self._skips_newline = False  # the last line ended with CR, and an LF that follows belongs to it
        self._data: list[str] = []
        self._size = 0
        self._event: str | None = None
        self.last_event_id = ""
        self.retry: int | None = None

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that *data* completes."""
        if self._skips_newline and data:
            self._skips_newline = False
            data = data.removeprefix(b"\n")
        data = self._line + data
        if self._is_first:
            if len(data) < len(_BOM) and _BOM.startswith(data):
                self._line = data
                return []
            self._is_first = False
            data = data.removeprefix(_BOM)
        # CRLF first: what is left of it would be a line of its own. A CR at the end is a line, and the LF behind it comes, or does not.
        self._skips_newline = data.endswith(b"\r")
        *lines, self._line = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        events: list[ServerSentEvent] = []
        for line in lines:
            if line:
                self._take(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)
        self._check(len(self._line))
        return events

    def _check(self, more: int) -> None:
        if self._size + more > self._max:
            raise HttpDecoderError("event too large", f"a server-sent event of {self._size + more} bytes, limit {self._max}", 413)

    def _take(self, line: bytes) -> None:
        self._check(len(line))
        field, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._size += len(line)
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self.last_event_id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry = int(value[:18])
            case _:
                pass

    def _dispatch(self) -> ServerSentEvent | None:
        data, self._data, self._size = self._data, [], 0
        event, self._event = self._event, None
        if not data:
            return None
        return ServerSentEvent("\n".join(data), event or None, self.last_event_id or None)
