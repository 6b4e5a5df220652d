"""GeneratorDecoder: a decoder that reads top to bottom, as a generator that says what it needs."""

from __future__ import annotations

from typing import ClassVar

from pyboot.components.netty.wire.steps import GeneratorReader, Message

from .frames import FrameDecoder

__all__ = ["GeneratorDecoder"]


class GeneratorDecoder(FrameDecoder):
    """Derive and write `message`, a generator that runs once for each message::

        class Packets(GeneratorDecoder):
            def message(self):
                length, = yield need(1)
                return (yield need(length))

    What it returns goes to the next handler; None goes nowhere. An error ends the message: the next one begins behind what was
    read, but for one that is too long, which ends the stream. In place of Netty's ``ReplayingDecoder``, whose purpose this has.
    """

    max_message_bytes: ClassVar[int] = 1024 * 1024  # that one message may be made of

    def __init__(self) -> None:
        super().__init__(GeneratorReader(self.message, self.max_message_bytes))

    def message(self) -> Message:
        """Read one message; ``yield need(n)`` and ``yield until(b"…")`` give bytes."""
        raise NotImplementedError(f"{type(self).__qualname__} must write message(self), a generator")
