"""The phases of the supervisor: those that may follow each other, and no others."""

import pytest

from pyboot.supervisor.phase import MOVES, Phase


def test_the_table_knows_every_phase() -> None:
    """Each has its row, and the last leads nowhere."""
    assert set(Phase) == MOVES.keys()
    assert frozenset() == MOVES[Phase.STOPPING]


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("following", list(Phase))
def test_whatever_is_not_in_the_table_raises(phase: Phase, following: Phase) -> None:
    """With both phases in the text."""
    if (phase, following) in [(Phase.STARTING, Phase.SERVING), (Phase.STARTING, Phase.STOPPING), (Phase.SERVING, Phase.STOPPING)]:
        assert following is phase.then(following)
    else:
        with pytest.raises(RuntimeError, match=f"that is {phase.value} cannot become {following.value}"):
            phase.then(following)
