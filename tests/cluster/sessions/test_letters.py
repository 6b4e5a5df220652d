"""Letters from inbox to inbox: their bytes."""

import pytest

from pyboot.cluster.envelope import Content
from pyboot.cluster.sessions.letters import Ack, Kick, Letter

LETTERS = [
    (Letter("kim", "a/1", b"hi", Content.TEXT, 7), b"\x00\x00\x00\x07\x01\x00\x03\x00\x03kima/1hi"),
    (Ack(7, True), b"\x00\x00\x00\x07\x01"),
    (Kick("kim", "a/1", 258), b"\x00\x00\x00\x00\x00\x00\x01\x02\x00\x03\x00\x03kima/1"),
]


@pytest.mark.parametrize(("letter", "data"), LETTERS, ids=["send", "ack", "kick"])
def test_a_letter_has_these_bytes(letter: Letter | Ack | Kick, data: bytes) -> None:
    """And is read again; of a part of it nothing, or less of its message."""
    assert data == letter.encode()
    assert letter == type(letter).decode(data)
    for cut in range(len(data)):
        if not isinstance(letter, Letter) or cut < len(data) - 2:
            with pytest.raises(ValueError, match=r"letter|buffer"):
                type(letter).decode(data[:cut])
