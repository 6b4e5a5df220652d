"""GeneratorDecoder in a pipeline."""

import pytest

from pyboot.components.netty.codec.generator import GeneratorDecoder
from pyboot.components.netty.errors import CorruptedFrameError, PrematureCloseError, TooLongFrameError
from pyboot.components.netty.wire.steps import Message, need, until
from pyboot.testing.codec import check_decoder, decode


class Commands(GeneratorDecoder):
    """``name SP length CRLF body``, as memcached has it."""

    max_message_bytes = 64

    def message(self) -> Message:
        name = yield until(b" ")
        length = yield until(b"\r\n")
        if not length.isdigit():
            raise CorruptedFrameError(f"length {length!r}")
        return name, (yield need(int(length)))


def test_a_generator_keeps_the_contract() -> None:
    """It stands where it is while bytes are missing."""
    check_decoder(
        Commands,
        b"set 5\r\nhelloget 0\r\nset 1\r\nx",
        [(b"set", b"hello"), (b"get", b""), (b"set", b"x")],
        wrong={
            b"set five\r\n": CorruptedFrameError,
            b"set 60\r\n": TooLongFrameError,
            b"set 5\r\nhell": PrematureCloseError,
            b"x" * 66: TooLongFrameError,
        },
    )


def test_a_class_that_does_not_write_message_says_so() -> None:
    """On the first byte."""

    class Nothing(GeneratorDecoder): ...

    with pytest.raises(AssertionError):
        assert not decode(Nothing(), [b"x"]).errors
