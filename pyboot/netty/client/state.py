"""ClientState: where a client is between its first attempt and its end, and the moves between.

::

    NEW ──> CONNECTING ──> CONNECTED
               │   ^           │ lost
        failed │   │ next      v
               └──────────> WAITING ──> GAVE_UP        from everywhere: STOPPED, for good
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class ClientState(Enum):
    """The states of a client."""

    NEW = "has not begun to connect"
    CONNECTING = "is connecting"
    CONNECTED = "is connected"
    WAITING = "waits before it connects again"
    GAVE_UP = "has given up"
    STOPPED = "was stopped"


MOVES: Final[Mapping[ClientState, frozenset[ClientState]]] = {
    ClientState.NEW: frozenset({ClientState.CONNECTING, ClientState.STOPPED}),
    ClientState.CONNECTING: frozenset({ClientState.CONNECTED, ClientState.WAITING, ClientState.GAVE_UP, ClientState.STOPPED}),
    ClientState.CONNECTED: frozenset({ClientState.WAITING, ClientState.STOPPED}),
    ClientState.WAITING: frozenset({ClientState.CONNECTING, ClientState.GAVE_UP, ClientState.STOPPED}),
    ClientState.GAVE_UP: frozenset({ClientState.CONNECTING, ClientState.STOPPED}),
    ClientState.STOPPED: frozenset(),
}

ENDS: Final = frozenset({ClientState.GAVE_UP, ClientState.STOPPED})  # where nothing comes by itself any more


def moved(state: ClientState, following: ClientState) -> ClientState:
    """Return *following*; raises RuntimeError where it does not follow on *state*."""
    if following not in MOVES[state]:
        raise RuntimeError(f"a client that {state.value} cannot become one that {following.value}")
    return following
