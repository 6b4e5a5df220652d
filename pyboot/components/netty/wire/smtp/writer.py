"""Commands, replies and content of SMTP to bytes. Nothing in a message can become a line of its own (CVE-2025-59419)."""

from __future__ import annotations

from typing import Final, final

from pyboot.components.netty.errors import EncoderError

from .message import LastSmtpContent, SmtpContent, SmtpRequest, SmtpResponse

__all__ = ["SmtpContentWriter", "request_bytes", "response_bytes"]

_FORBIDDEN: Final = ("\r", "\n", "\0")


def request_bytes(request: SmtpRequest) -> bytes:
    """Return the line of *request*; raises `EncoderError` for a name that is none, and for a line end in its parameters."""
    if not request.name.isascii() or not request.name.isalpha():
        raise EncoderError(f"command {request.name!r}, allowed are ASCII letters")
    if any(each in request.parameters for each in _FORBIDDEN):
        raise EncoderError(f"parameters of {request.name} with a CR, an LF or a NUL: they would be lines of their own")
    return f"{request.name} {request.parameters}".rstrip(" ").encode() + b"\r\n"


def response_bytes(response: SmtpResponse) -> bytes:
    """Return the lines of *response*; raises `EncoderError` for a code that is none, and for a line end within a line."""
    if not 200 <= response.code <= 599:
        raise EncoderError(f"code {response.code}, allowed is 200 to 599")
    lines = response.details or [""]
    if any(each in line for line in lines for each in _FORBIDDEN):
        raise EncoderError(f"a line of the reply {response.code} with a CR, an LF or a NUL: write each line by itself")
    code = str(response.code)
    return "".join([*(f"{code}-{line}\r\n" for line in lines[:-1]), f"{code} {lines[-1]}\r\n"]).encode()


@final
class SmtpContentWriter:
    """Writes one mail after the other, in any pieces: puts a dot in front of each line that begins with one, and ends with a lonely one."""

    def __init__(self) -> None:
        self._last = b"\r\n"  # the last two bytes: a mail begins at the beginning of a line

    def write(self, content: SmtpContent) -> bytes:
        """Return *content* as bytes; raises `EncoderError` for a CR or an LF that is no end of a line, across pieces too."""
        data = content.content
        joined = self._last[-1:] + data if self._last.endswith(b"\r") else data
        is_last = isinstance(content, LastSmtpContent)
        open_return = joined.endswith(b"\r") and not is_last
        pairs = joined.count(b"\r\n")
        if joined.count(b"\n") != pairs or joined.count(b"\r") != pairs + open_return:
            self._last = b"\r\n"
            raise EncoderError("content with a CR or an LF that is no end of a line: lines of a mail end with CR LF")
        out = data.replace(b"\r\n.", b"\r\n..")
        if self._last == b"\r\n" and data.startswith(b"."):
            out = b"." + out
        elif self._last.endswith(b"\r") and data.startswith(b"\n."):
            out = b"\n." + out[1:]
        self._last = (self._last + data)[-2:]
        if not is_last:
            return out
        closing = b".\r\n" if self._last == b"\r\n" else b"\r\n.\r\n"
        self._last = b"\r\n"
        return out + closing
