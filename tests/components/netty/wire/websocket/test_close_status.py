"""Which close codes may stand in a frame."""

import pytest

from pyboot.components.netty.wire.websocket.close_status import WebSocketCloseStatus, may_be_sent


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
def test_registered_and_private_codes_may_be_sent(code: int) -> None:
    """Those of IANA's registry, of libraries, and of whoever agrees upon them."""
    assert may_be_sent(code)


@pytest.mark.parametrize("code", [-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
def test_all_others_may_not(code: int) -> None:
    """RFC 6455, 7.4: never used, reserved, or for what was seen without a frame."""
    assert not may_be_sent(code)


def test_a_status_is_its_number() -> None:
    """So a code of one's own and one of the protocol's are compared alike."""
    assert 1009 == WebSocketCloseStatus.MESSAGE_TOO_BIG
