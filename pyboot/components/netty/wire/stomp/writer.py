"""Frames of STOMP as bytes."""

from __future__ import annotations

import re
from typing import Final

from pyboot.components.netty.errors import EncoderError

from .escape import escape
from .frame import UNESCAPED, WITH_BODY, StompCommand, StompFrame

__all__ = ["encode_frame"]

# What CONNECT and CONNECTED cannot escape would end the header, and a NUL the frame.
_UNESCAPABLE: Final = re.compile(r"[\r\n\x00]")


def encode_frame(frame: StompFrame) -> bytes:
    """The bytes of *frame*; a body gets its ``content-length``.

    Raises:
        EncoderError: an unknown command, a body that its command has not, another content-length than the body's, or a header that the
            peer would read as something else.
    """
    command, body = frame.command, frame.body
    if command not in StompCommand:
        raise EncoderError(f"{command!r} is no command of STOMP")
    if body and command not in WITH_BODY:
        raise EncoderError(f"{command} with a body of {len(body)} bytes: it has none")
    is_plain = command in UNESCAPED
    lines = [command.encode("ascii")]
    for name, value in frame.headers.items():
        if not name or _wrong(name, value, is_plain=is_plain):
            raise EncoderError(f"header {name!r}: {value!r} of {command}: the peer would read another header, or another frame")
        try:
            lines.append(f"{name}:{value}".encode() if is_plain else f"{escape(name)}:{escape(value)}".encode())
        except UnicodeEncodeError as error:
            raise EncoderError(f"header {name!r} of {command} has no UTF-8: {error}") from error
    declared = frame.headers.get("content-length")
    if declared is None and command in WITH_BODY:
        lines.append(b"content-length:%d" % len(body))
    elif declared is not None and declared != str(len(body)):
        raise EncoderError(f"content-length {declared!r} of a body of {len(body)} bytes")
    return b"".join((b"\n".join(lines), b"\n\n", body, b"\x00\n"))


def _wrong(name: str, value: str, *, is_plain: bool) -> bool:
    if is_plain:
        return ":" in name or _UNESCAPABLE.search(name) is not None or _UNESCAPABLE.search(value) is not None
    return "\x00" in name or "\x00" in value
