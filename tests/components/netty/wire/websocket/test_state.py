"""The closing handshake."""

import pytest

from pyboot.components.netty.wire.websocket.state import Closing, ClosingState


@pytest.mark.parametrize(
    ("events", "state", "answers"),
    [
        ("", ClosingState.OPEN, []),
        ("s", ClosingState.CLOSE_SENT, [True]),
        ("r", ClosingState.CLOSE_RECEIVED, [True]),
        ("sr", ClosingState.CLOSED, [True, True]),
        ("rs", ClosingState.CLOSED, [True, True]),
        ("ss", ClosingState.CLOSE_SENT, [True, False]),
        ("rr", ClosingState.CLOSE_RECEIVED, [True, False]),
        ("srs", ClosingState.CLOSED, [True, True, False]),
        ("rsr", ClosingState.CLOSED, [True, True, False]),
    ],
)
def test_each_side_closes_once(events: str, state: ClosingState, answers: list[bool]) -> None:
    """s: we send a close, r: the peer's comes."""
    closing = Closing()

    assert answers == [closing.send() if event == "s" else closing.receive() for event in events]
    assert state is closing.state
