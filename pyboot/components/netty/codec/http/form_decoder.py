"""HttpPostRequestDecoder: a form as its bytes come, in both encodings, within limits. Source: Netty's class of that name.

::

    application/x-www-form-urlencoded     a=1&b=two+words
    multipart/form-data; boundary=x       --x CRLF Content-Disposition: form-data; name="a" CRLF CRLF 1 CRLF --x-- CRLF

Every figure that a client chooses has a limit: parts, bytes of a field, of a file and of all, and the header fields of a part
(CVE-2024-29025, CVE-2024-47874). Parsing multipart is `python-multipart`'s, which Starlette and FastAPI use too; what a part is called,
what it is allowed and where its bytes go is decided here.
"""

from __future__ import annotations

import codecs
import logging
from typing import Any, Final, final

from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpContent, HttpRequest, LastHttpContent
from pyboot.components.netty.wire.http.parameters import parse_parameters_of
from pyboot.components.netty.wire.http.query import parse_parameters
from pyboot.components.netty.wire.inflate import optional_library

from .form_data import HttpData, HttpDataFactory

__all__ = ["FormLimits", "HttpPostRequestDecoder"]

_KIB: Final = 1024
_MIB: Final = 1024 * 1024
_PLAIN_ENCODINGS: Final = frozenset({"7bit", "8bit", "binary"})

# The library writes a warning to its log for each bad request. What peers cause is for whoever catches the error to tell, and to limit.
_NOWHERE: Final = logging.Logger("nowhere", logging.CRITICAL + 1)


@final
class FormLimits:
    """The limits of a form bound its parts, *max_fields*, and the bytes of one field, of one file, and of the whole form.

    By default 128 parts, 64 KiB a field, 16 MiB a file, 32 MiB in all. Raises ValueError for a limit below 1.
    """

    def __init__(
        self,
        max_fields: int = 128,
        max_field_bytes: int = 64 * _KIB,
        max_file_bytes: int = 16 * _MIB,
        max_form_bytes: int = 32 * _MIB,
    ) -> None:
        if min(max_fields, max_field_bytes, max_file_bytes, max_form_bytes) < 1:
            raise ValueError("limits of a form: each must be at least 1")
        self.max_fields: Final = max_fields
        self.max_field_bytes: Final = max_field_bytes
        self.max_file_bytes: Final = max_file_bytes
        self.max_form_bytes: Final = max_form_bytes


@final
class HttpPostRequestDecoder:
    """The form that *request* carries: `offer` it the contents that follow, the last one included; of a full request, it has them already.

    Raises `HttpDecoderError`, here and in `offer`: with *status* 415 for what is no form, 413 past a limit, and 400 for what breaks the
    grammar. Then, and when you are done, `release` gives memory and disk back; an error of `offer` has done so. Raises ImportError for a
    form of the encoding multipart where the library ``python-multipart`` (extra ``multipart``) is not installed.
    """

    def __init__(self, request: HttpRequest, limits: FormLimits | None = None, factory: HttpDataFactory | None = None) -> None:
        self._limits = FormLimits() if limits is None else limits
        self._size = 0
        self.is_finished = False
        self.data: list[HttpData] = []
        kind, parameters = parse_parameters_of(request.headers.get("content-type", "") or "")
        charset = _charset(parameters.get("charset", "utf-8"))
        self.is_multipart: Final = kind == "multipart/form-data"
        made = HttpDataFactory() if factory is None else factory
        if self.is_multipart:
            self._reader: _Multipart | _UrlEncoded = _Multipart(parameters.get("boundary", ""), charset, self._limits, made)
        elif kind == "application/x-www-form-urlencoded":
            self._reader = _UrlEncoded(charset, self._limits, made)
        else:
            raise HttpDecoderError("no form", f"content of the type {kind[:80]!r}, allowed is that of a form", 415)
        if isinstance(request, FullHttpRequest):
            self.offer(request)

    def offer(self, content: HttpContent) -> list[HttpData]:
        """Take *content*, and return the parts that it completes; all that are complete are in `data`, in their order."""
        self._size += len(content.content)
        try:
            if self._size > self._limits.max_form_bytes:
                raise _too_large("a form", self._size, self._limits.max_form_bytes)
            done = self._reader.feed(content.content)
            if isinstance(content, LastHttpContent):
                done += self._reader.feed_eof()
                self.is_finished = True
        except HttpDecoderError:
            self.release()
            raise
        self.data += done
        return done

    def get(self, name: str) -> HttpData | None:
        """The first complete part called *name*."""
        return next((part for part in self.data if part.name == name), None)

    def get_all(self, name: str) -> list[HttpData]:
        """All complete parts called *name*."""
        return [part for part in self.data if part.name == name]

    def release(self) -> None:
        """Give the memory and the files of all parts back; harmless to call again."""
        self._reader.release()
        for part in self.data:
            part.release()
        self.data = []


@final
class _UrlEncoded:
    """Pairs as their ampersands come; of the pair whose end has not come, no more is kept than a field may have."""

    def __init__(self, charset: str, limits: FormLimits, factory: HttpDataFactory) -> None:
        self._charset = charset
        self._limits = limits
        self._factory = factory
        self._rest = b""
        self._count = 0

    def feed(self, data: bytes) -> list[HttpData]:
        *pairs, self._rest = (self._rest + data).split(b"&")
        self._check(self._rest)
        return [part for pair in pairs for part in self._part(pair)]

    def feed_eof(self) -> list[HttpData]:
        rest, self._rest = self._rest, b""
        return self._part(rest)

    def release(self) -> None:
        self._rest = b""

    def _check(self, pair: bytes) -> None:
        if len(pair) > self._limits.max_field_bytes:
            raise _too_large("a field of a form", len(pair), self._limits.max_field_bytes)

    def _part(self, pair: bytes) -> list[HttpData]:
        if not pair:
            return []
        self._check(pair)
        self._count += 1
        if self._count > self._limits.max_fields:
            raise _too_many(self._limits.max_fields)
        ((name, value),) = parse_parameters(pair.decode("latin-1"), self._charset, 1)
        part = self._factory.create_attribute(name, self._charset)
        part.add(value.encode(self._charset))
        return [part]


@final
class _Multipart:
    """Parts as their boundaries come."""

    def __init__(self, boundary: str, charset: str, limits: FormLimits, factory: HttpDataFactory) -> None:
        library = optional_library("python_multipart", "a form of the encoding multipart/form-data")
        # RFC 2046 5.1.1: 1 to 70 characters; what is longer buys a client work for each byte.
        if not 1 <= len(boundary) <= 70 or not boundary.isascii() or not boundary.isprintable() or boundary.endswith(" "):
            raise HttpDecoderError("bad boundary", f"the boundary {boundary[:80]!r}: allowed are 1 to 70 printable characters")
        self._charset = charset
        self._limits = limits
        self._factory = factory
        callbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._name,
            "on_header_value": self._value,
            "on_header_end": self._header,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }
        self._parser: Any = library.MultipartParser(boundary.encode(), callbacks)  # Any: the library may be missing when types are checked
        self._parser.logger = _NOWHERE
        self._error: type[Exception] = library.exceptions.FormParserError
        self._headers = HttpHeaders()
        self._header_name = b""
        self._header_value = b""
        self._part: HttpData | None = None
        self._max = 0
        self._count = 0
        self._done: list[HttpData] = []
        self._is_over = False

    def feed(self, data: bytes) -> list[HttpData]:
        if data:
            try:
                self._parser.write(data)
            except self._error as error:
                raise HttpDecoderError("bad multipart", f"no multipart form: {error}") from error
        done, self._done = self._done, []
        return done

    def feed_eof(self) -> list[HttpData]:
        if not self._is_over:
            raise HttpDecoderError("bad multipart", "the form ends before its last boundary")
        return []

    def release(self) -> None:
        for part in [*self._done, self._part]:
            if part is not None:
                part.release()
        self._done, self._part = [], None

    # What the parser tells.

    def _begin(self) -> None:
        self._count += 1
        if self._count > self._limits.max_fields:
            raise _too_many(self._limits.max_fields)
        self._headers = HttpHeaders()

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header(self) -> None:
        name, value = self._header_name, self._header_value
        self._header_name = self._header_value = b""
        try:
            self._headers.add(name, value)
        except HttpEncoderError as error:
            raise HttpDecoderError("bad multipart", f"a header field of a part: {error}") from error

    def _open(self) -> None:
        headers = self._headers
        if len(headers.get_all("content-disposition")) != 1:
            raise HttpDecoderError("bad multipart", "a part has no Content-Disposition, or several")
        encoding = headers.get("content-transfer-encoding", "binary")
        if encoding is not None and encoding.lower() not in _PLAIN_ENCODINGS:
            raise HttpDecoderError("bad multipart", f"the transfer encoding {encoding[:80]!r} of a part: forms have none (RFC 7578 4.7)")
        kind, parameters = parse_parameters_of(_text(headers.get_bytes(b"content-disposition") or b""))
        if kind != "form-data" or "name" not in parameters:
            raise HttpDecoderError("bad multipart", "a part is no form-data with a name")
        name = _unquoted(parameters["name"])
        content_type = headers.get("content-type", "") or ""
        if "filename" in parameters:
            filename = _unquoted(parameters["filename"])
            self._max = self._limits.max_file_bytes
            self._part = self._factory.create_file_upload(name, filename, content_type or "application/octet-stream", headers)
        else:
            charset = parse_parameters_of(content_type)[1].get("charset") if content_type else None
            self._max = self._limits.max_field_bytes
            self._part = self._factory.create_attribute(name, self._charset if charset is None else _charset(charset))

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        assert part is not None  # the parser tells of data behind the header fields alone
        size = part.size + end - start
        if size > self._max:
            raise _too_large(f"the part {part.name[:80]!r} of a form", size, self._max)
        part.add(data[start:end])

    def _end(self) -> None:
        assert self._part is not None
        self._done.append(self._part)
        self._part = None

    def _finish(self) -> None:
        self._is_over = True


def _too_large(what: str, size: int, limit: int) -> HttpDecoderError:
    return HttpDecoderError("form too large", f"{what} of at least {size} bytes, limit {limit}", 413)


def _too_many(limit: int) -> HttpDecoderError:
    return HttpDecoderError("too many fields", f"a form of more than {limit} parts", 413)


def _charset(name: str) -> str:
    """The codec called *name*, if it is one of text; Python has others, which compress for instance."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        codec = None
    if codec is None or not getattr(codec, "_is_text_encoding", True):
        raise HttpDecoderError("unknown charset", f"the charset {name[:80]!r} of a form is not known", 415)
    return codec.name


def _text(value: bytes) -> str:
    try:
        return value.decode()  # browsers send names in the charset of the page, which is UTF-8 (WHATWG HTML 4.10.21.8)
    except UnicodeDecodeError as error:
        raise HttpDecoderError("bad multipart", f"a name of a part is no UTF-8: {value[:80]!r}") from error


def _unquoted(name: str) -> str:
    """Undo what `quoted` does; no other percent-encoding is one there."""
    return name.replace("%0D", "\r").replace("%0A", "\n").replace("%22", '"') if "%" in name else name
