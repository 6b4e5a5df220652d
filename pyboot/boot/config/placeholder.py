"""Placeholders: ``${key}`` and ``${key:default}`` are replaced by other settings, inside out."""

from collections.abc import Callable, Iterator

from pyboot.boot.errors import PlaceholderError

type Lookup = Callable[[str], str | None]


def resolve(text: str, lookup: Lookup) -> str:
    """Return *text* with every placeholder replaced by what *lookup* gives for its key; ``\\${`` stands for itself.

    Raises:
        PlaceholderError: a key has neither value nor default, a brace is open, or keys lead to each other in a circle.
    """
    return _resolve(text, lookup, ()) if "${" in text else text


def _resolve(text: str, lookup: Lookup, path: tuple[str, ...]) -> str:
    done, position = "", 0
    while (start := text.find("${", position)) >= 0:
        if start and text[start - 1] == "\\":
            done += text[position : start - 1] + "${"
            position = start + 2
            continue
        end = _closing(text, start + 2)
        done += text[position:start] + _value(text[start + 2 : end], text, lookup, path)
        position = end + 1
    return done + text[position:]


def _value(inner: str, text: str, lookup: Lookup, path: tuple[str, ...]) -> str:
    key, colon, default = _parted(inner)
    key = _resolve(key, lookup, path).strip()
    if key in path:
        raise PlaceholderError(text, f"the keys lead in a circle: {' -> '.join((*path, key))}")
    value = lookup(key)
    if value is not None:
        return _resolve(value, lookup, (*path, key))
    if colon:
        return _resolve(default, lookup, path)
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
