"""Heads: the fields of a block of HTTP/3 as messages of HTTP, and back (RFC 9114 4.2, 4.3). No I/O here.

The machine has judged names, values and pseudo-header fields by themselves. Judged here is what somebody behind us, of HTTP/1 perhaps,
could read otherwise. ``:authority`` becomes ``Host``, crumbs of a cookie are joined, and what belongs to one connection of HTTP/1 neither
comes nor leaves (`wire.http.hop_by_hop`).
"""

from __future__ import annotations

from typing import Final

from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError, shown
from pyboot.components.netty.wire.http.grammar import LONGEST_LENGTH, is_target, is_token, number_of_fields
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.hop_by_hop import end_to_end, is_hop_by_hop
from pyboot.components.netty.wire.http.message import HttpRequest, HttpResponse
from pyboot.components.netty.wire.http1.target import is_authority

__all__ = ["Fields", "check_size", "headers_of", "request_fields", "request_parts", "response_fields", "sent_fields", "status_of"]

type Fields = list[tuple[bytes, bytes]]

_FIELD_OVERHEAD: Final = 32  # RFC 9114 4.2.2


def check_size(fields: Fields, max_bytes: int, max_fields: int) -> None:
    """Raise `HttpDecoderError` (431) for a head of more than *max_bytes* or *max_fields*."""
    size = sum(len(name) + len(value) + _FIELD_OVERHEAD for name, value in fields)
    if size > max_bytes:
        raise HttpDecoderError("headers-too-long", f"header fields of {size} bytes, limit {max_bytes}", 431)
    if len(fields) > max_fields and (number := number_of_fields([name for name, _ in fields])) > max_fields:
        raise HttpDecoderError("header-count", f"{number} header fields, limit {max_fields}", 431)


def headers_of(fields: Fields) -> HttpHeaders:
    """Return the header fields of *fields*, without those of pseudo-headers; raises `HttpDecoderError` for one of HTTP/1's connections."""
    headers = HttpHeaders()
    crumbs: list[bytes] = []
    has_length = False
    for name, value in fields:
        if name[:1] == b":":
            continue
        if name == b"content-length":
            # The machine takes several, and whatever Python's `int` does: "+2", "1_0". Somebody behind us may read those otherwise.
            if has_length or not value.isdigit() or len(value) > LONGEST_LENGTH:
                raise HttpDecoderError("content-length", f"content-length: {shown(value)}{', beside another' if has_length else ''}")
            has_length = True
        if is_hop_by_hop(name, value) or not is_token(name):
            said = f"te: {shown(value)}, allowed is trailers" if name == b"te" else f"the field {shown(name)}, which is none of HTTP/3"
            raise HttpDecoderError("field of HTTP/1", said)
        if name == b"cookie":
            crumbs.append(value)
        else:
            headers.fields.append((name, name, value))
    if crumbs:
        headers.fields.append((b"cookie", b"cookie", b"; ".join(crumbs)))
    return headers


def request_parts(fields: Fields) -> tuple[str, str, HttpHeaders]:
    """Return method, target and header fields of a request; raises `HttpDecoderError`."""
    pseudo = {name: value for name, value in fields if name[:1] == b":"}
    method, path, authority = pseudo.get(b":method", b""), pseudo.get(b":path"), pseudo.get(b":authority")
    headers = headers_of(fields)
    hosts = [value for name, _, value in headers.fields if name == b"host"]
    if not is_token(method):
        raise HttpDecoderError("method", f"the method {shown(method)}")
    if b":protocol" in pseudo:
        raise HttpDecoderError("method", "extended CONNECT, which was not offered", 501)
    asked = authority or (hosts[0] if hosts else b"")
    if not is_authority(asked, needs_port=method == b"CONNECT"):
        raise HttpDecoderError("host", f"the authority {shown(asked)}")
    if len(hosts) > 1 or (authority and hosts and authority.lower() != hosts[0].lower()):
        raise HttpDecoderError("host", f"the host {shown(hosts[-1])} beside the authority {shown(asked)}")
    if method == b"CONNECT":
        if path is not None or b":scheme" in pseudo:
            raise HttpDecoderError("target", "CONNECT of anything but a host with a port")
        target = asked
    elif not is_token(pseudo.get(b":scheme", b"")):
        raise HttpDecoderError("target", f"the scheme {shown(pseudo.get(b':scheme', b''))}")
    elif path is None or not is_target(path) or not (path[:1] == b"/" or (path == b"*" and method == b"OPTIONS")):
        raise HttpDecoderError("target", f"the path {shown(path or b'')}")
    else:
        target = path
    if not hosts:
        headers.fields.insert(0, (b"host", b"host", asked))
    return method.decode("ascii"), target.decode("ascii"), headers


def status_of(fields: Fields) -> int:
    """Return the status of a response; raises `HttpDecoderError`."""
    status = next((value for name, value in fields if name == b":status"), b"")
    if len(status) != 3 or not status.isdigit() or not 100 <= int(status) <= 599 or status == b"101":
        raise HttpDecoderError("status", f"the status {shown(status)}")
    return int(status)


def sent_fields(headers: HttpHeaders, *left_out: bytes) -> Fields:
    """Return the fields of *headers*, or trailers, as they leave, without those *left_out*."""
    return [(key, value) for key, _, value in end_to_end(headers).fields if key not in left_out]


def response_fields(response: HttpResponse) -> Fields:
    """Return the fields of *response*; raises `HttpEncoderError` for a status that HTTP/3 does not have."""
    status = response.status
    if not 100 <= status <= 599 or status == 101:
        raise HttpEncoderError(f"a response {status}: HTTP/3 has none")
    said = (b"content-length",) if status < 200 or status == 204 else ()  # which speak of none (RFC 9110 8.6)
    return [(b":status", str(status).encode()), *sent_fields(response.headers, *said)]


def request_fields(request: HttpRequest, scheme: str) -> Fields:
    """Return the fields of *request*; raises `HttpEncoderError` for one without ``Host``, or whose target is no path."""
    method, target = str(request.method).encode("latin-1"), request.uri.encode("latin-1", "replace")
    host = request.headers.get_bytes(b"host")
    if not is_token(method):
        raise HttpEncoderError(f"method {shown(method)}: it is no token")
    if method == b"CONNECT":
        if not is_authority(target, needs_port=True):
            raise HttpEncoderError(f"CONNECT {shown(target)}: allowed is a host with a port")
        return [(b":method", method), (b":authority", target), *sent_fields(request.headers, b"host")]
    if host is None or not is_authority(host):
        raise HttpEncoderError("a request without Host: set the header field to the server's name")
    if not is_target(target) or not (target[:1] == b"/" or (target == b"*" and method == b"OPTIONS")):
        raise HttpEncoderError(f"target {shown(target)}: allowed is a path with its query")
    head = [(b":method", method), (b":scheme", scheme.encode()), (b":authority", host), (b":path", target)]
    return [*head, *sent_fields(request.headers, b"host")]
