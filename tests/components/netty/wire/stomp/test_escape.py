"""What headers hold, escaped."""

import pytest

from pyboot.components.netty.wire.stomp.errors import CorruptedStompFrameError
from pyboot.components.netty.wire.stomp.escape import escape, unescape


@pytest.mark.parametrize(("meant", "written"), [("a:b", r"a\cb"), ("\r\n", r"\r\n"), ("\\n", r"\\n"), ("\\", r"\\"), ("é", "é"), ("", "")])
def test_escapes(meant: str, written: str) -> None:
    """Four of them, both ways."""
    assert (written, meant) == (escape(meant), unescape(written))


@pytest.mark.parametrize("text", ["\\t", "\\", "a\\xb", "\\\\\\", "\\C"])
def test_an_escape_that_there_is_not_is_fatal(text: str) -> None:
    """As the specification wants it."""
    with pytest.raises(CorruptedStompFrameError, match="the escape"):
        unescape(text)
