"""Relaxed names: tells which spellings mean one setting, and cuts a dotted key into its parts."""

import re

DEEPEST = 100  # levels of names: deeper ones are a mistake, and what walks the settings may call itself for each
_LONGEST_INDEX = 9  # digits: a longer number counts nothing
_PART = re.compile(r"\[(?P<bracket>[^\]]*)\]|(?P<plain>[^.\[\]]+)|(?P<dot>\.)")


class Exact(str):
    """A name that stood in brackets and is compared letter by letter, as the keys of a map may have to be."""

    __slots__ = ()


def uniform(part: str | int) -> str:
    """Return *part* as it is compared: ``max-frame-size``, ``maxFrameSize`` and ``max_frame_size`` are one name, ``[x-y]`` is its own."""
    if isinstance(part, Exact):
        return f"[{part}]"
    return str(part).replace("-", "").replace("_", "").lower()


def kebab(part: str) -> str:
    """Return *part* as documents spell it: ``max_frame_size`` and ``maxFrameSize`` become ``max-frame-size``."""
    if isinstance(part, Exact):
        return part
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", part).replace("_", "-").lower()


def split_key(key: str) -> tuple[str | int, ...]:
    """Cut a dotted key into its parts: ``a.b[0].c`` is ``("a", "b", 0, "c")``; ``a[/x.y]`` keeps the bracket's text.

    Raises:
        ValueError: the key is empty or has an empty part.
    """
    parts: list[str | int] = []
    position = 0
    for match in _PART.finditer(key):
        if match.start() != position:
            break
        position = match.end()
        if match["plain"] is not None:
            parts.append(match["plain"])
        elif match["bracket"] is not None:
            text = match["bracket"]
            parts.append(int(text) if text.isdecimal() and len(text) <= _LONGEST_INDEX else Exact(text))
    if not parts or position != len(key) or ".." in key or key[0] == "." or key[-1] == ".":
        raise ValueError(f"'{key}' is not a setting's name; allowed is a form like 'server.max-size' or 'hosts[0].port'")
    if len(parts) > DEEPEST:
        raise ValueError(f"'{key[:_LONGEST_INDEX]}…' has more than {DEEPEST} parts")
    return tuple(parts)


def is_name(key: str) -> bool:
    """Tell whether *key* can be cut into parts at all."""
    try:
        return bool(split_key(key))
    except ValueError:
        return False


def written_parts(name: str) -> tuple[str | int, ...]:
    """Cut a key as a file writes it: ``a.b: x`` is short for ``a: {b: x}``, and ``"[a.b]"`` is one name, dots and all."""
    if "." not in name and "[" not in name and name:
        return (name,)
    if name.startswith("[") and name.find("]") == len(name) - 1:
        return (Exact(name[1:-1]),)
    try:
        parts = split_key(name)
    except ValueError:
        return (Exact(name),)
    return parts if isinstance(parts[0], str) else (Exact(name),)


def join_key(parts: tuple[str | int, ...]) -> str:
    """Write *parts* as a dotted key; what cannot stand between dots goes into brackets."""
    text = ""
    for part in parts:
        if isinstance(part, int | Exact) or "." in part or "/" in part:
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
