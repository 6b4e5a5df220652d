"""Placeholders: ``${key}`` and ``${key:default}`` are replaced by other settings, inside out."""

from collections.abc import Callable, Iterator

from pyboot.boot.config.names import is_name
from pyboot.boot.errors import PlaceholderError

_MOST_STEPS = 10_000
_LONGEST = 80  # characters of a text that a message shows where the text may be endless

type Lookup = Callable[[str], str | None]


def resolve(text: str, lookup: Lookup) -> str:
    """Return *text* with every placeholder replaced by what *lookup* gives for its key; ``\\${`` stands for itself.

    Raises:
        PlaceholderError: a key has neither value nor default, a brace is open, keys lead to each other in a circle, or too far.
    """
    if "${" not in text:
        return text
    try:
        return _Resolution(lookup).text(text, ())
    except RecursionError:
        raise PlaceholderError(text[:_LONGEST], "the placeholders lead too deep") from None


class _Resolution:
    """One replacing, with a count of its steps: settings that name each other twice double with each level."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.steps = 0

    def text(self, text: str, path: tuple[str, ...]) -> str:
        """Return *text*, which was found by way of the keys in *path*, replaced."""
        done, position = "", 0
        while (start := text.find("${", position)) >= 0:
            if start and text[start - 1] == "\\":
                done += text[position : start - 1] + "${"
                position = start + 2
                continue
            end = _closing(text, start + 2)
            done += text[position:start] + self.value(text[start + 2 : end], text, path)
            position = end + 1
        return done + text[position:]

    def value(self, inner: str, text: str, path: tuple[str, ...]) -> str:
        """Return what the placeholder with the content *inner* stands for."""
        if path:
            text = f"${{{path[-1]}}}"  # what an error shows: the value of another setting may be a secret
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise PlaceholderError(text[:_LONGEST], f"more than {_MOST_STEPS} placeholders stand behind it")
        key, colon, default = _parted(inner)
        key = self.text(key, path).strip()
        if key in path:
            raise PlaceholderError(text, f"the keys lead in a circle: {' -> '.join((*path, key))}")
        value = self.lookup(key)
        if value is not None:
            return self.text(value, (*path, key))
        if colon:
            return self.text(default, path)
        raise PlaceholderError(text, f"there is no setting '{key}', and no default is given")


def _parted(inner: str) -> tuple[str, str, str]:
    """Split at the first colon that is not inside a nested placeholder or brackets."""
    depth = 0
    for position, character in enumerate(inner):
        if character in "{[(":
            depth += 1
        elif character in "}])":
            depth -= 1
        elif character == ":" and depth == 0:
            return inner[:position], ":", inner[position + 1 :]
    return inner, "", ""


def _closing(text: str, start: int) -> int:
    depth = 1
    for position in range(start, len(text)):
        if text.startswith("${", position):
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    raise PlaceholderError(text, "a brace is not closed")


def only_key(text: str) -> str | None:
    """Return the key of *text* if it is one placeholder and nothing else, with or without a default."""
    if not text.startswith("${"):
        return None
    try:
        end = _closing(text, 2)
    except PlaceholderError:
        return None
    key = _parted(text[2:end])[0].strip()
    return key if end == len(text) - 1 and is_name(key) and "${" not in key else None


def keys_in(text: str) -> Iterator[str]:
    """Iterate over the keys that the placeholders of *text* name, those inside defaults and inside other keys included."""
    start = text.find("${")
    while start >= 0:
        try:
            end = _closing(text, start + 2)
        except PlaceholderError:
            return
        key, _, default = _parted(text[start + 2 : end])
        yield from keys_in(key) if "${" in key else [key.strip()]
        yield from keys_in(default)
        start = text.find("${", end)
