"""The characters of HTTP, stated once: which bytes a token, a field value, a target and a reason phrase may hold (RFC 9110 5.6, RFC 9112).

A check deletes all allowed bytes (``bytes.translate``) and looks whether any is left: one pass at the speed of C over any length, on both
cores, where an expression would cost ten times that for each byte.
"""

from __future__ import annotations

from typing import Final

from .errors import HttpEncoderError

__all__ = [
    "DIGITS",
    "FIELD_BYTES",
    "HEX_DIGITS",
    "LONGEST_LENGTH",
    "TARGET_BYTES",
    "TOKEN_BYTES",
    "checked_name",
    "checked_value",
    "is_field_value",
    "is_target",
    "is_token",
    "known_name",
    "number_of_fields",
]

DIGITS: Final = b"0123456789"
HEX_DIGITS: Final = b"0123456789abcdefABCDEF"
_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

LONGEST_LENGTH: Final = 18
"""Digits of a length: more than any content has."""

# RFC 9110 5.6.2: tchar.
TOKEN_BYTES: Final = b"!#$%&'*+-.^_`|~" + DIGITS + _LETTERS

# RFC 9110 5.5: field-vchar, SP and HTAB. No control characters, whatever some senders put into cookies: NUL, CR and LF are how one
# message is made to look like two, and VT, FF and the separators at 0x1c are white space to some parsers and text to others.
FIELD_BYTES: Final = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))

# RFC 9112 3: no white space and no control characters, RFC 3986: ASCII. Not the whole grammar of a URI: what browsers send raw
# (``|``, ``"``, ``{``) is not dangerous in itself, and whoever routes decides. A fragment is never sent (RFC 9112 3.2).
TARGET_BYTES: Final = bytes(each for each in range(0x21, 0x7F) if each not in b"#")


def is_token(text: bytes) -> bool:
    """True if *text* is a token: a method, or the name of a field."""
    return len(text) > 0 and len(text.translate(None, TOKEN_BYTES)) == 0


def is_field_value(text: bytes) -> bool:
    """True if *text* may be the value of a field, or a reason phrase: no control characters, no white space around it."""
    if len(text.translate(None, FIELD_BYTES)) > 0:
        return False
    return text == b"" or (text[0] not in b" \t" and text[-1] not in b" \t")


def is_target(text: bytes) -> bool:
    """True if *text* may be the target of a request."""
    return len(text) > 0 and len(text.translate(None, TARGET_BYTES)) == 0


# Names that were checked, with what they are compared by. Peers choose names, so the table has a bound, and none that is long gets in.
_KNOWN_NAMES: Final[dict[bytes, bytes]] = {}
_MOST_KNOWN: Final = 1024
_LONGEST_KNOWN: Final = 48


def known_name(name: bytes) -> bytes | None:
    """The name of a field in lower case, None if *name* is no token."""
    # hot path: once for each header field that comes in.
    key = _KNOWN_NAMES.get(name)
    if key is None and is_token(name):
        key = name.lower()
        if len(name) <= _LONGEST_KNOWN and len(_KNOWN_NAMES) < _MOST_KNOWN:
            _KNOWN_NAMES[name] = key
    return key


def number_of_fields(names: list[bytes]) -> int:
    """The number of fields of a head of HTTP/2 or HTTP/3 whose names those are, as HTTP/1 would write it.

    Pseudo-header fields are of its first line, and the crumbs of a cookie are one field (RFC 9113 8.2.3, RFC 9114 4.2.1).
    """
    crumbs = names.count(b"cookie")
    return len(names) - max(crumbs - 1, 0) - len([name for name in names if name[:1] == b":"])


def checked_name(name: str | bytes) -> bytes:
    """The bytes of a field name that is to be sent; raises `HttpEncoderError` for what is no token."""
    try:
        encoded = name if isinstance(name, bytes) else name.encode("ascii")
    except UnicodeEncodeError:
        encoded = b""
    if known_name(encoded) is None:
        raise HttpEncoderError(f"{name!r} is no name of a header field: allowed are letters, digits and !#$%&'*+-.^_`|~")
    return encoded


def checked_value(name: str | bytes, value: object) -> bytes:
    """The bytes of a field value that is to be sent, without white space around; raises `HttpEncoderError` for what would not be one."""
    if isinstance(value, bytes):
        encoded = value
    else:
        try:
            encoded = str(value).encode("latin-1")
        except UnicodeEncodeError:
            raise HttpEncoderError(f"the value of {name!r} holds characters beyond ISO 8859-1: encode them, as RFC 8187 says") from None
    if not is_field_value(encoded):
        encoded = encoded.strip(b" \t")
        if not is_field_value(encoded):
            raise HttpEncoderError(f"the value of {name!r} holds control characters: {encoded[:80]!r}")
    return encoded
