"""The nearest name to a misspelt one, for reports."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return up to *count* of the *known* names that resemble *name*, the most similar first."""
    from difflib import get_close_matches  # only a failing start needs it, and every start would pay for it

    return get_close_matches(name, list(known), n=count, cutoff=0.6)
