"""Messages of memcache's text protocol as bytes."""

from __future__ import annotations

import re
from typing import Final

from pyboot.components.netty.errors import EncoderError

from .text_message import SIZE_OF_REQUEST, SIZE_OF_RESPONSE, TextMemcacheMessage, TextMemcacheRequest
from .text_reader import NO_KEY

__all__ = ["encode_text"]

_WORD: Final = re.compile(r"[a-zA-Z0-9_]+")
_LINE_END: Final = re.compile(rb"[\r\n\x00]")
_TEXTS: Final = ("CLIENT_ERROR", "SERVER_ERROR", "VERSION")


def encode_text(message: TextMemcacheMessage) -> bytes:
    """The bytes of a request or a response.

    Raises:
        EncoderError: for a word that would end its line or be two, and for data where none can follow, or of another length than is said.
    """
    if _WORD.fullmatch(message.word) is None:
        raise EncoderError(f"{message.word!r} is no word of memcache's text protocol")
    for argument in message.arguments:
        wrong = _LINE_END.search(argument) if message.word in _TEXTS else NO_KEY.search(argument)
        if wrong is not None or not argument:
            raise EncoderError(f"argument {argument!r} of {message.word}: the peer would read another line, or more words")
    sizes = SIZE_OF_REQUEST if isinstance(message, TextMemcacheRequest) else SIZE_OF_RESPONSE
    place, content = sizes.get(message.word), message.content
    line = b" ".join([message.word.encode("ascii"), *message.arguments])
    if place is None and content is None:
        return line + b"\r\n"
    if place is None or content is None or message.arguments[place : place + 1] != (b"%d" % len(content),):
        said = message.arguments[place : place + 1] if place is not None else "none"
        raise EncoderError(f"{message.word} with data of {None if content is None else len(content)} bytes, and it says {said}")
    return b"".join((line, b"\r\n", content, b"\r\n"))
