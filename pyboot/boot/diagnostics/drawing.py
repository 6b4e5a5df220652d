"""Drawing: chains and circles of beans as text."""

from collections.abc import Sequence


def draw_loop(names: Sequence[str]) -> str:
    """Return the circle of *names* as a box whose last line leads back to the first."""
    if len(names) == 1:
        return f"┌─────┐\n↑  {names[0]}\n└─────┘"
    lines = ["┌─────┐", f"|  {names[0]}"]
    for name in names[1:]:
        lines += ["↑     ↓", f"|  {name}"]
    return "\n".join([*lines, "└─────┘"])
