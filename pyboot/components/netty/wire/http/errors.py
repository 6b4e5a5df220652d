"""The errors of HTTP: bytes of a peer that are none, and messages of ours that would be none."""

from __future__ import annotations

from pyboot.components.netty.errors import DecoderError, EncoderError

__all__ = ["HttpDecoderError", "HttpEncoderError", "shown"]


class HttpDecoderError(DecoderError):
    """The peer's bytes do not follow HTTP, or exceed a limit.

    *reason* names the rule in a word or two, one of few, so that it can be counted; *status* is the answer that a server owes
    (400, 413, 414, 431, 501 or 505). The text tells what was seen and what is allowed.
    """

    def __init__(self, reason: str, text: str, status: int = 400) -> None:
        super().__init__(reason, text, status)
        self.reason = reason
        self.text = text
        self.status = status

    def __str__(self) -> str:
        return f"{self.text} ({self.reason})"


class HttpEncoderError(EncoderError, ValueError):
    """A message of yours would not be HTTP: a field that would end its line, a body longer than it said, a message out of turn."""


def shown(text: bytes) -> str:
    """The text that a peer sent, for the text of an error: a beginning of it, with nothing in it that a terminal would obey."""
    return repr(text[:80].decode("latin-1"))
