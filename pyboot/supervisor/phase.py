"""Phase: where the supervisor, a process too, is between its start and its end, as a table."""

from enum import Enum
from typing import Final

__all__ = ["MOVES", "Phase"]


class Phase(Enum):
    """The phase of the whole."""

    STARTING = "starting"
    """The first worker boots, alone; how it ends is how the whole ends."""
    SERVING = "serving"
    STOPPING = "stopping"

    def then(self, phase: "Phase") -> "Phase":
        """Return *phase*, which follows this one. Raises RuntimeError for a move that is not in the table."""
        if phase not in MOVES[self]:
            raise RuntimeError(f"a supervisor that is {self.value} cannot become {phase.value}")
        return phase


MOVES: Final[dict[Phase, frozenset[Phase]]] = {
    Phase.STARTING: frozenset({Phase.SERVING, Phase.STOPPING}),
    Phase.SERVING: frozenset({Phase.STOPPING}),
    Phase.STOPPING: frozenset(),
}
"""The legal moves; whatever is not in the table raises."""
