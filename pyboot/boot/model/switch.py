"""Switches: the one table of the words that mean on and off, for fields of type ``bool`` and for conditions alike."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(("true", "on", "yes", "1", "t", "y", "enabled"), True)
    | dict.fromkeys(("false", "off", "no", "0", "f", "n", "disabled"), False)
)


def switch_of(text: str) -> bool | None:
    """Return what *text* means as a switch, in any case; ``None`` where it is no such word."""
    return WORDS.get(text.strip().lower())
