"""The opening handshake: one HTTP request that asks for a WebSocket, and the answer to it, of both roles.

::

    GET /chat HTTP/1.1                                     HTTP/1.1 101 Switching Protocols
    Host: server.example.com                               Upgrade: websocket
    Upgrade: websocket                                     Connection: Upgrade
    Connection: Upgrade                          ------>   Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==            Sec-WebSocket-Protocol: chat
    Sec-WebSocket-Version: 13
    Sec-WebSocket-Protocol: chat, superchat
    Origin: http://example.com

It knows no HTTP message: headers are pairs of a name and a value, in their order. Source: RFC 6455, 4 and 10.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final
from urllib.parse import urlsplit

from .deflate import Agreement, DeflateOptions, accept_offers, accepted_answer, offer_of
from .errors import WebSocketHandshakeError
from .extension import Extension, parse_extensions, parse_tokens

__all__ = ["Accepted", "ClientHandshake", "accept", "accept_key", "asks_for_websocket"]

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION: Final = "13"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}

type Headers = Iterable[tuple[str, str]]


@final
@dataclass(frozen=True, slots=True)
class Accepted:
    """The outcome of a handshake: the answer's headers, the subprotocol, the parameters of the extension; None where there is none."""

    headers: tuple[tuple[str, str], ...]
    subprotocol: str | None
    deflate: Agreement | None


def accept_key(key: str) -> str:
    """The value of Sec-WebSocket-Accept for that of Sec-WebSocket-Key (4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("ascii") + _GUID, usedforsecurity=False).digest()).decode()


def asks_for_websocket(headers: Headers) -> bool:
    """True if a request names this upgrade; whether it may have it, `accept` says."""
    return any(name.lower() == "upgrade" and "websocket" in value.lower() for name, value in headers)


def accept(
    method: str,
    version: str,
    headers: Headers,
    *,
    subprotocols: Sequence[str] = (),
    origins: Collection[str] | None = None,
    deflate: DeflateOptions | None = None,
) -> Accepted:
    """Judge the request of a client.

    Args:
        method: of the request.
        version: of the protocol, as HTTP/1.1.
        headers: of the request.
        subprotocols: those spoken here, the preferred one first.
        origins: those of pages that may connect, as https://example.com; ``*`` allows all. None allows all, unless the request brings
            cookies or authorization: a browser sends those for any page, so the page must then be of this very host.
        deflate: what is wanted of permessage-deflate; None for nothing.

    Raises:
        WebSocketHandshakeError: for a request that cannot be accepted; it knows the status and headers to answer with.
    """
    fields = _Fields(headers)
    if method != "GET":
        raise WebSocketHandshakeError(f"method {method}, must be GET", 405, (("Allow", "GET"),))
    if version != "HTTP/1.1":
        raise WebSocketHandshakeError(f"{version}, must be HTTP/1.1", 505)
    if not fields.has_token("upgrade", "websocket"):
        raise WebSocketHandshakeError("no Upgrade: websocket", 426, (("Upgrade", "websocket"), ("Connection", "Upgrade")))
    if not fields.has_token("connection", "upgrade"):
        raise WebSocketHandshakeError("no Connection: Upgrade", 400)
    if fields.only("host") is None:
        raise WebSocketHandshakeError("no Host", 400)
    if fields.only("sec-websocket-version") != _VERSION:
        raise WebSocketHandshakeError(
            f"Sec-WebSocket-Version {fields.only('sec-websocket-version')}, must be {_VERSION}",
            426,
            (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", _VERSION)),
        )
    key = fields.only("sec-websocket-key")
    if key is None or not _is_key(key):
        raise WebSocketHandshakeError("Sec-WebSocket-Key is not 16 bytes in base64", 400)
    _judge_origin(fields, origins)
    answer: list[tuple[str, str]] = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept_key(key))]
    offered = fields.tokens("sec-websocket-protocol")
    subprotocol = next((each for each in subprotocols if each in offered), None)
    if subprotocol is not None:
        answer.append(("Sec-WebSocket-Protocol", subprotocol))
    agreement = None
    if deflate is not None:
        taken = accept_offers(fields.extensions(), deflate)
        if taken is not None:
            answer.append(("Sec-WebSocket-Extensions", str(taken[0])))
            agreement = taken[1]
    return Accepted(tuple(answer), subprotocol, agreement)


@final
class ClientHandshake:
    """The handshake of a client: what to ask, and whether the answer is one.

    Args:
        url: as ``ws://example.com/chat`` or ``wss://…``.
        subprotocols: those spoken here, the preferred one first.
        origin: that of the page on whose behalf this connects, if there is one.
        deflate: what to offer of permessage-deflate; None for nothing.
        key: 16 bytes that nobody can foresee; made when it is left out.

    Raises:
        ValueError: for a url that is none of a WebSocket, or a subprotocol that is no token.
    """

    def __init__(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] = (),
        origin: str | None = None,
        deflate: DeflateOptions | None = None,
        key: bytes | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.fragment:
            raise ValueError(f"url {url!r}: allowed is ws://host:port/path?query, or wss, without a fragment")
        for each in subprotocols:
            if parse_tokens(each) != [each]:
                raise ValueError(f"subprotocol {each!r} is no token")
        port = parts.port
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.host = host if port is None or port == _DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._subprotocols = tuple(subprotocols)
        self._origin = origin
        self._deflate = deflate
        self._key = base64.b64encode(os.urandom(16) if key is None else key).decode()

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the request, Host first."""
        headers = [
            ("Host", self.host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", self._key),
            ("Sec-WebSocket-Version", _VERSION),
        ]
        if self._origin is not None:
            headers.append(("Origin", self._origin))
        if self._subprotocols:
            headers.append(("Sec-WebSocket-Protocol", ", ".join(self._subprotocols)))
        if self._deflate is not None:
            headers.append(("Sec-WebSocket-Extensions", str(offer_of(self._deflate))))
        return tuple(headers)

    def check(self, status: int, headers: Headers) -> Accepted:
        """Judge the answer of the server.

        Raises:
            WebSocketHandshakeError: for an answer that agrees to no WebSocket, or to another one than was asked for; it knows the status.
        """
        answer = tuple(headers)
        fields = _Fields(answer)
        if status != 101:
            raise WebSocketHandshakeError(f"status {status}, must be 101", status, answer)
        try:
            if [each.lower() for each in fields.tokens("upgrade")] != ["websocket"]:
                raise WebSocketHandshakeError("no Upgrade: websocket", status, answer)
            if not fields.has_token("connection", "upgrade"):
                raise WebSocketHandshakeError("no Connection: Upgrade", status, answer)
            if fields.only("sec-websocket-accept") != accept_key(self._key):
                raise WebSocketHandshakeError("Sec-WebSocket-Accept does not answer our key", status, answer)
            subprotocol = fields.only("sec-websocket-protocol")
            if subprotocol is not None and subprotocol not in self._subprotocols:
                raise WebSocketHandshakeError(f"subprotocol {subprotocol!r}, which was not asked for", status, answer)
            answers = fields.extensions()
        except WebSocketHandshakeError as error:
            raise WebSocketHandshakeError(error.seen, status, answer) from None
        if answers and self._deflate is None:
            raise WebSocketHandshakeError(f"extension {answers[0].name}, none was offered", status, answer)
        try:
            agreement = None if self._deflate is None else accepted_answer(answers, self._deflate)
        except ValueError as error:
            raise WebSocketHandshakeError(str(error), status, answer) from None
        return Accepted(answer, subprotocol, agreement)


class _Fields:
    """Headers by name. What cannot be read raises `WebSocketHandshakeError` with status 400."""

    def __init__(self, headers: Headers) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in headers:
            self._values.setdefault(name.lower(), []).append(value.strip(" \t"))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def only(self, name: str) -> str | None:
        """The value of a header that may stand there once."""
        values = self._values.get(name, [])
        if len(values) > 1:
            raise WebSocketHandshakeError(f"{name} {len(values)} times, allowed is once", 400)
        return values[0] if values else None

    def tokens(self, name: str) -> list[str]:
        """The tokens of a header that is a list, over all of its lines."""
        try:
            return parse_tokens(",".join(self._values.get(name, [])))
        except ValueError as error:
            raise WebSocketHandshakeError(f"{name}: {error}", 400) from None

    def has_token(self, name: str, token: str) -> bool:
        """True if *token* is among them, in whatever case."""
        return any(each.lower() == token for each in self.tokens(name))

    def extensions(self) -> list[Extension]:
        """The extensions that are named."""
        try:
            return parse_extensions(",".join(self._values.get("sec-websocket-extensions", [])))
        except ValueError as error:
            raise WebSocketHandshakeError(f"sec-websocket-extensions: {error}", 400) from None


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key.encode("ascii"), validate=True)) == 16
    except (binascii.Error, UnicodeEncodeError):
        return False


def _judge_origin(fields: _Fields, origins: Collection[str] | None) -> None:
    origin = fields.only("origin")
    if origins is None:
        if origin is None or not ("cookie" in fields or "authorization" in fields) or _is_of_host(origin, fields.only("host") or ""):
            return
    elif "*" in origins or (origin is not None and origin.lower() in {each.lower() for each in origins}):
        return
    raise WebSocketHandshakeError(f"origin {origin!r} may not connect", 403)


def _is_of_host(origin: str, host: str) -> bool:
    """True if the page *origin* came from *host*, whose port is the default one of the page's scheme where it names none."""
    try:
        page = urlsplit(origin)
        here = urlsplit(f"//{host}")
        default = _DEFAULT_PORTS.get(page.scheme)
        return default is not None and page.hostname == here.hostname and (page.port or default) == (here.port or default)
    except ValueError:
        return False
