"""What a message is made of is known in one place."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "pyboot").rglob("*.py"))
ONE_PLACE = ROOT / "pyboot/components/netty/buffer"

# Releasing what may be a buffer, and telling bytes apart, in the forms that were written by hand before there was one place.
BY_HAND = re.compile(
    r"isinstance\([^)]*ByteBuffer[^)]*\) and [^\n]*ref_count"
    r"|(?:has|get)attr\([^)]*[\"']release[\"']"
    r"|isinstance\([^)]*bytes \| bytearray \| memoryview\)"
)


def test_messages_are_released_and_read_in_one_place() -> None:
    """Whoever lets go of a message, or wants its bytes, asks `buffer/message.py`: no kind of it is forgotten then."""
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in SOURCES
        if ONE_PLACE not in path.parents
        for hit in BY_HAND.finditer(path.read_text())
    ]

    assert [] == found
