"""Cookies: the fields ``Cookie`` and ``Set-Cookie``, read and written for both sides. Source: RFC 6265 and its successor 6265bis; Netty's
``ServerCookieDecoder``, ``ServerCookieEncoder``, ``ClientCookieDecoder`` and ``ClientCookieEncoder``.

::

    server ──  Set-Cookie: id=a1; Path=/; Secure; HttpOnly; SameSite=Lax  ──▶ client      one cookie a field
    server ◀──  Cookie: id=a1; theme=dark  ──────────────────────────────── client      all of them in one

Law. What is written is checked, and raises; what is read is only left out where it is no cookie, for a stranger's cookie of the same domain
must not keep a server from answering. Reading is linear in the length of the field, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import Final, final

from .errors import HttpEncoderError
from .grammar import TOKEN_BYTES

__all__ = ["ClientCookieDecoder", "ClientCookieEncoder", "Cookie", "SameSite", "ServerCookieDecoder", "ServerCookieEncoder"]

# RFC 6265 4.1.1: cookie-octet. No white space, quote, comma, semicolon or backslash.
_VALUE_BYTES: Final = bytes(each for each in range(0x21, 0x7F) if each not in b'",;\\')
# What browsers and servers take all the same: anything that does not end the pair or the field.
_LAX_VALUE_BYTES: Final = bytes(each for each in range(0x20, 0x7F) if each not in b";") + bytes(range(0x80, 0x100))
_LAX_NAME_BYTES: Final = bytes(each for each in range(0x21, 0x7F) if each not in b";=") + bytes(range(0x80, 0x100))
_ATTRIBUTE_BYTES: Final = bytes(each for each in range(0x20, 0x7F) if each not in b";")
_OF_RFC_2965: Final = frozenset({"$version", "$path", "$domain", "$port"})


class SameSite(StrEnum):
    """With which requests that another site causes a cookie goes along."""

    STRICT = "Strict"
    LAX = "Lax"
    NONE = "None"


@dataclass(slots=True)
class Cookie:
    """A cookie; of what a server reads, the name and the value alone are known.

    *max_age* is in seconds, 0 deletes it and None keeps it as long as the browser runs; *wrap* says that its value stood, or is to stand,
    in quotes.
    """

    name: str
    value: str
    wrap: bool = False
    domain: str | None = None
    path: str | None = None
    max_age: int | None = None
    expires: datetime | None = None
    secure: bool = False
    http_only: bool = False
    same_site: SameSite | None = None
    partitioned: bool = False


@final
class ServerCookieDecoder:
    """Reads the field ``Cookie``. With *strict* off, names and values that RFC 6265 does not allow are taken too."""

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict

    def decode_all(self, *fields: str) -> list[Cookie]:
        """All cookies of *fields* in their order, those of one name too."""
        cookies: list[Cookie] = []
        for field in fields:
            is_old = field.lstrip().lower().startswith("$version")  # RFC 2965: parameters of cookies look like cookies
            for pair in field.split(";"):
                name, has_value, value = pair.strip(" \t").partition("=")
                if has_value and not (is_old and name.lower() in _OF_RFC_2965):
                    cookie = _cookie(name.strip(" \t"), value.strip(" \t"), strict=self._strict)
                    if cookie is not None:
                        cookies.append(cookie)
        return cookies

    def decode(self, *fields: str) -> dict[str, Cookie]:
        """The cookies by name; of those of one name the first, which is the one of the longest path (RFC 6265 5.4)."""
        cookies: dict[str, Cookie] = {}
        for cookie in self.decode_all(*fields):
            cookies.setdefault(cookie.name, cookie)
        return cookies


@final
class ServerCookieEncoder:
    """Writes the field ``Set-Cookie``; with *strict* off, any value that cannot end the field is written."""

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict

    def encode(self, cookie: Cookie) -> str:
        """The value of ``Set-Cookie`` for *cookie*.

        Raises `HttpEncoderError` for characters that are not allowed, and for what browsers throw away: ``SameSite=None``, ``Partitioned``
        and the prefix ``__Secure-`` without *secure*; the prefix ``__Host-`` without *secure* and the path ``/``, or with a domain.
        """
        parts = [_pair(cookie, strict=self._strict)]
        _check_rules(cookie)
        if cookie.max_age is not None:
            parts.append(f"Max-Age={max(cookie.max_age, 0)}")
            if cookie.max_age <= 0:
                parts.append("Expires=Thu, 01 Jan 1970 00:00:00 GMT")
        elif cookie.expires is not None:
            parts.append(f"Expires={format_datetime(cookie.expires, usegmt=True)}")
        if cookie.path is not None:
            parts.append(f"Path={_attribute('path', cookie.path)}")
        if cookie.domain is not None:
            parts.append(f"Domain={_attribute('domain', cookie.domain)}")
        if cookie.secure:
            parts.append("Secure")
        if cookie.http_only:
            parts.append("HttpOnly")
        if cookie.same_site is not None:
            parts.append(f"SameSite={SameSite(cookie.same_site)}")
        if cookie.partitioned:
            parts.append("Partitioned")
        return "; ".join(parts)


@final
class ClientCookieDecoder:
    """Reads the field ``Set-Cookie``."""

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict

    def decode(self, field: str) -> Cookie | None:
        """The cookie of *field*; None if it is none. Attributes that nobody knows are left out, of one given twice the last counts."""
        pair, *attributes = field.split(";")
        name, has_value, value = pair.strip(" \t").partition("=")
        cookie = _cookie(name.strip(" \t"), value.strip(" \t"), strict=self._strict) if has_value else None
        if cookie is not None:
            for attribute in attributes:
                key, _, text = attribute.partition("=")
                _set_attribute(cookie, key.strip(" \t").lower(), text.strip(" \t"))
        return cookie


@final
class ClientCookieEncoder:
    """Writes the field ``Cookie``."""

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict

    def encode(self, cookies: Iterable[Cookie]) -> str:
        """The value of ``Cookie`` for *cookies*, those of longer paths first (RFC 6265 5.4); "" for none.

        Raises `HttpEncoderError` for characters that are not allowed.
        """
        ordered = sorted(cookies, key=lambda cookie: -len(cookie.path or ""))
        return "; ".join(_pair(cookie, strict=self._strict) for cookie in ordered)


def _cookie(name: str, value: str, *, strict: bool) -> Cookie | None:
    wrap = len(value) > 1 and value[0] == value[-1] == '"'
    if wrap:
        value = value[1:-1]
    return Cookie(name, value, wrap) if _is_name(name, strict=strict) and _is_value(value, strict=strict) else None


def _is_name(name: str, *, strict: bool) -> bool:
    return name != "" and _holds_only(name, TOKEN_BYTES if strict else _LAX_NAME_BYTES)


def _is_value(value: str, *, strict: bool) -> bool:
    return _holds_only(value, _VALUE_BYTES if strict else _LAX_VALUE_BYTES)


def _holds_only(text: str, allowed: bytes) -> bool:
    try:
        return not text.encode("latin-1").translate(None, allowed)
    except UnicodeEncodeError:
        return False


def _pair(cookie: Cookie, *, strict: bool) -> str:
    if not _is_name(cookie.name, strict=strict):
        raise HttpEncoderError(f"{cookie.name!r} is no name of a cookie: allowed are letters, digits and !#$%&'*+-.^_`|~")
    if not _is_value(cookie.value, strict=strict):
        raise HttpEncoderError(
            f"the value of the cookie {cookie.name} holds white space, a quote, a comma, ; or \\: encode it, by base64 for instance"
        )
    return f'{cookie.name}="{cookie.value}"' if cookie.wrap else f"{cookie.name}={cookie.value}"


def _attribute(name: str, value: str) -> str:
    if not _holds_only(value, _ATTRIBUTE_BYTES):
        raise HttpEncoderError(f"the {name} {value!r} of a cookie holds a control character or ;")
    return value


def _check_rules(cookie: Cookie) -> None:
    """Refuse what no browser would keep, and nobody would hear of (RFC 6265bis 4.1.2, 4.1.3)."""
    wants_secure = cookie.same_site == SameSite.NONE or cookie.partitioned or cookie.name.startswith(("__Secure-", "__Host-"))
    if wants_secure and not cookie.secure:
        raise HttpEncoderError(f"the cookie {cookie.name} must be secure: SameSite=None, Partitioned, __Secure- and __Host- ask for that")
    if cookie.name.startswith("__Host-") and (cookie.path != "/" or cookie.domain is not None):
        raise HttpEncoderError(f"the cookie {cookie.name} must have the path / and no domain: __Host- asks for that")


def _set_attribute(cookie: Cookie, key: str, text: str) -> None:
    match key:
        case "max-age" if text.removeprefix("-").isdigit() and text.isascii():
            cookie.max_age = max(int(text[:18]), 0)
        case "expires":
            try:
                cookie.expires = parsedate_to_datetime(text)
            except ValueError:
                pass  # as browsers do: it is a cookie without this
        case "domain":
            cookie.domain = text.removeprefix(".").lower() or None
        case "path":
            cookie.path = text if text.startswith("/") else None
        case "secure":
            cookie.secure = True
        case "httponly":
            cookie.http_only = True
        case "samesite":
            cookie.same_site = next((each for each in SameSite if each.lower() == text.lower()), None)
        case "partitioned":
            cookie.partitioned = True
        case _:
            pass
