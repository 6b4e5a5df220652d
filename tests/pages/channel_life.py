"""The page of a channel's life: written by hand, but for its two diagrams, which are drawn from the tables of the code."""

import re
from collections.abc import Mapping, Sequence

from pyboot.components.netty.channel.life.closing import NEXT_STATES, NEXT_STEPS, STATE_NAMES, STEP_NAMES
from tests.pages.sources import ROOT

PAGE = ROOT / "docs/topics/channel-life.md"


def page() -> str:
    """Return the page with the diagrams of today."""
    drawn = iter((_diagram(STATE_NAMES, NEXT_STATES), _diagram(STEP_NAMES, NEXT_STEPS)))
    return re.sub(r"^```mermaid\n.*?^```$", lambda _: next(drawn), PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def _diagram(names: Sequence[str], moves: Mapping[int, Sequence[int]]) -> str:
    ends = [names[state] for state, following in moves.items() if not following]
    lines = [f"[*] --> {names[0]}", *(f"{names[old]} --> {names[new]}" for old, following in moves.items() for new in following)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in [*lines, *(f"{end} --> [*]" for end in ends)]), "```"])
