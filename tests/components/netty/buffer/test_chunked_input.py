"""Messages that are sent piece by piece."""

import pytest

from pyboot.components.netty.buffer.chunked_input import ChunkedInput
from pyboot.components.netty.buffer.message import release


class Pieces:
    """An input that counts its closes, and may fail to close."""

    def __init__(self, error: Exception | None = None) -> None:
        self.closed = 0
        self.error = error

    async def read_chunk(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Counted."""
        self.closed += 1
        if self.error is not None:
            raise self.error


def test_whoever_lets_go_of_an_input_closes_it(caplog: pytest.LogCaptureFixture) -> None:
    """What that raises is logged, and no more."""
    good, bad = Pieces(), Pieces(OSError("busy"))
    assert isinstance(good, ChunkedInput)
    release(good)
    release(bad)

    assert (1, 1, True) == (good.closed, bad.closed, "busy" in caplog.text)


def test_what_can_only_be_closed_is_no_input() -> None:
    """A file that is passed as a message is its owner's."""

    class File:
        def close(self) -> None:
            raise AssertionError("not ours")

    release(File())
