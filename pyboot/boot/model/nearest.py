"""The nearest name to a misspelt one, for reports."""

from collections.abc import Iterable

_TELLING = 4  # letters: sql is no slip of ssl


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return up to *count* of the *known* names that resemble *name*, the most similar first."""
    from difflib import get_close_matches  # only a failing start needs it, and every start would pay for it

    return get_close_matches(name, list(known), n=count, cutoff=0.6)


def is_slip(name: str, meant: str) -> bool:
    """Tell whether *name* is *meant* with one letter left out, doubled, changed, or swapped with the next; short names tell nothing."""
    if min(len(name), len(meant)) < _TELLING or abs(len(name) - len(meant)) > 1 or name == meant:
        return False
    start = next((place for place, (one, other) in enumerate(zip(name, meant, strict=False)) if one != other), min(len(name), len(meant)))
    one, other = name[start:], meant[start:]
    return one[1:] == other or one == other[1:] or one[1:] == other[1:] or (one[1::-1] + one[2:]) == other
