"""Heads: the fields of a header block as `Http2Headers`, and back (RFC 9113 8.2, 8.3).

A message is *malformed* that somebody behind us, of HTTP/1 perhaps, could read otherwise: a pseudo-header field that is missing, doubled,
unknown or in the wrong place, a field that belongs to one connection of HTTP/1, two lengths, a host beside another authority. The stream
is reset with PROTOCOL_ERROR; names and values by themselves were judged by the decoder.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import HttpEncoderError, shown
from pyboot.components.netty.wire.http.grammar import DIGITS, LONGEST_LENGTH, is_target, is_token
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.hop_by_hop import HOP_BY_HOP, is_hop_by_hop
from pyboot.components.netty.wire.http1.target import is_authority

from .frame import Http2Headers
from .header_table import Field

__all__ = ["Head", "MalformedHeadError", "fields_of", "request_head", "response_head", "trailers_head"]

_METHOD: Final = 1
_SCHEME: Final = 2
_AUTHORITY: Final = 3
_PATH: Final = 4
_STATUS: Final = 5
_LENGTH: Final = 6
_COOKIE: Final = 7
_HOST: Final = 8
_TE: Final = 9
_FORBIDDEN: Final = 10

_SPECIAL: Final[dict[bytes, int]] = {
    b":method": _METHOD,
    b":scheme": _SCHEME,
    b":authority": _AUTHORITY,
    b":path": _PATH,
    b":status": _STATUS,
    b":protocol": _FORBIDDEN,  # RFC 8441, which we have not offered
    b"content-length": _LENGTH,
    b"cookie": _COOKIE,
    b"host": _HOST,
    b"te": _TE,
    **dict.fromkeys(HOP_BY_HOP, _FORBIDDEN),
}

_SMALL: Final = [str(status).encode() for status in range(600)]


class MalformedHeadError(ValueError):
    """A head that breaks the rules for messages; the text says how."""


@final
class Head:
    """A head that came: *headers*, and the length of its content, -1 where it does not say."""

    __slots__ = ("headers", "length")

    def __init__(self, headers: Http2Headers, length: i64) -> None:
        self.headers = headers
        self.length: i64 = length

    def copy(self) -> Head:
        """Return the same head, with fields that may be changed apart."""
        headers = self.headers
        copied = Http2Headers(
            headers.headers.copy(),
            method=headers.method,
            scheme=headers.scheme,
            authority=headers.authority,
            path=headers.path,
            status=int(headers.status),
        )
        return Head(copied, self.length)


@final
class _Fields:
    """The fields of one block, sorted."""

    def __init__(self, fields: list[Field]) -> None:
        # hot path: once for each head that is not the one before it.
        self.pseudo: dict[int, bytes] = {}
        self.host: bytes | None = None
        self.length: i64 = -1
        self.cookies = 0
        regular: list[Field] = []
        for field in fields:
            kind = _SPECIAL.get(field[0])
            if kind is not None:
                if kind <= _STATUS:
                    if regular:
                        raise MalformedHeadError(f"{shown(field[0])} behind a field that is no pseudo-header field")
                    if kind in self.pseudo:
                        raise MalformedHeadError(f"{shown(field[0])} twice")
                    self.pseudo[kind] = field[2]
                    continue
                self._special(kind, field)
            regular.append(field)
        self.regular = _with_one_cookie(regular) if self.cookies > 1 else regular

    def _special(self, kind: int, field: Field) -> None:
        value = field[2]
        if kind == _FORBIDDEN:
            raise MalformedHeadError(f"the field {shown(field[0])}, which is none of HTTP/2")
        if kind == _COOKIE:
            self.cookies += 1
        elif kind == _TE:
            if is_hop_by_hop(b"te", value):
                raise MalformedHeadError(f"te: {shown(value)}, allowed is trailers")
        elif kind == _HOST:
            if self.host is not None:
                raise MalformedHeadError("host twice")
            self.host = value
        else:
            if self.length >= 0 or not 0 < len(value) <= LONGEST_LENGTH or len(value.translate(None, DIGITS)) > 0:
                raise MalformedHeadError(f"content-length: {shown(value)}")
            self.length = int(value)


def _with_one_cookie(fields: list[Field]) -> list[Field]:
    """Join the crumbs of a cookie, as they must be for whoever knows HTTP/1 (RFC 9113 8.2.3)."""
    joined = b"; ".join([value for name, _, value in fields if name == b"cookie"])
    return [*(field for field in fields if field[0] != b"cookie"), (b"cookie", b"cookie", joined)]


def _headers(fields: list[Field]) -> HttpHeaders:
    headers = HttpHeaders()
    headers.fields = fields
    return headers


def request_head(fields: list[Field]) -> Head:
    """Return the head of a request; raises `MalformedHeadError`."""
    found = _Fields(fields)
    pseudo = found.pseudo
    method, path = pseudo.get(_METHOD), pseudo.get(_PATH)
    scheme, authority = pseudo.get(_SCHEME), pseudo.get(_AUTHORITY)
    if _STATUS in pseudo:
        raise MalformedHeadError("the status of a response in a request")
    if method is None or not is_token(method):
        raise MalformedHeadError("no method" if method is None else f"the method {shown(method)}")
    if method == b"CONNECT":
        if path is not None or scheme is not None or authority is None or not is_authority(authority, needs_port=True):
            raise MalformedHeadError("CONNECT of anything but a host with a port")
    else:
        _check_asked(method, scheme, authority, path, found.host)
    headers = Http2Headers(
        _headers(found.regular),
        method=method.decode("ascii"),
        scheme=None if scheme is None else scheme.decode("ascii"),
        authority=None if authority is None else authority.decode("ascii"),
        path=None if path is None else path.decode("ascii"),
    )
    return Head(headers, found.length)


def _check_asked(method: bytes, scheme: bytes | None, authority: bytes | None, path: bytes | None, host: bytes | None) -> None:
    if scheme is None or not is_token(scheme):
        raise MalformedHeadError("no scheme" if scheme is None else f"the scheme {shown(scheme)}")
    if path is None or not is_target(path) or not (path[:1] == b"/" or (path == b"*" and method == b"OPTIONS")):
        raise MalformedHeadError("no path" if path is None else f"the path {shown(path)}")
    asked = host if authority is None else authority
    if asked is None or not is_authority(asked):
        raise MalformedHeadError("no authority" if asked is None else f"the authority {shown(asked)}")
    if authority is not None and host is not None and authority.lower() != host.lower():
        raise MalformedHeadError(f"the authority {shown(authority)} beside the host {shown(host)}")


def response_head(fields: list[Field]) -> Head:
    """Return the head of a response; raises `MalformedHeadError`."""
    found = _Fields(fields)
    status = found.pseudo.get(_STATUS)
    if status is None or len(found.pseudo) > 1:
        raise MalformedHeadError("no status" if status is None else "pseudo-header fields of a request in a response")
    if len(status) != 3 or len(status.translate(None, DIGITS)) > 0 or not 100 <= int(status) <= 599 or status == b"101":
        raise MalformedHeadError(f"the status {shown(status)}")
    return Head(Http2Headers(_headers(found.regular), status=int(status)), found.length)


def trailers_head(fields: list[Field]) -> Head:
    """Return trailers; raises `MalformedHeadError`."""
    found = _Fields(fields)
    if found.pseudo:
        raise MalformedHeadError("pseudo-header fields in trailers")
    return Head(Http2Headers(_headers(found.regular)), -1)


def fields_of(headers: Http2Headers) -> list[Field]:
    """Return the fields of a head that is to be sent; raises `HttpEncoderError` for one that would be malformed."""
    # hot path: once for each head that leaves.
    fields: list[Field] = []
    status = headers.status
    if status != 0:
        if not 100 <= status <= 599 or status == 101:
            raise HttpEncoderError(f"status {status}, allowed are 100 to 599 but for 101")
        fields.append((b":status", b":status", _SMALL[status]))
    elif headers.method is not None:
        _append(fields, b":method", headers.method)
        _append(fields, b":scheme", headers.scheme)
        _append(fields, b":authority", headers.authority)
        _append(fields, b":path", headers.path)
    for field in headers.headers.fields:
        kind = _SPECIAL.get(field[0])
        if kind == _FORBIDDEN or (kind == _TE and is_hop_by_hop(b"te", field[2])):
            raise HttpEncoderError(f"the field {shown(field[0])}, which is none of HTTP/2")
        fields.append(field)
    return fields


def _append(fields: list[Field], name: bytes, value: str | None) -> None:
    if value is not None:
        encoded = value.encode("latin-1", "replace")
        if not (is_target(encoded) if name in (b":path", b":authority") else is_token(encoded)):
            raise HttpEncoderError(f"{name.decode()} {value!r} of a request")
        fields.append((name, name, encoded))
