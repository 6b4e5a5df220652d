"""Relaxed names: which spellings of a setting mean the same, and how a dotted key is cut into its parts."""

import re

_PART = re.compile(r"\[(?P<bracket>[^\]]*)\]|(?P<plain>[^.\[\]]+)|(?P<dot>\.)")


def uniform(part: str) -> str:
    """Return *part* as it is compared: ``max-frame-size``, ``maxFrameSize`` and ``max_frame_size`` are one name."""
    return part.replace("-", "").replace("_", "").lower()


def kebab(part: str) -> str:
    """Return *part* as documents spell it: ``max_frame_size`` and ``maxFrameSize`` become ``max-frame-size``."""
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
            parts.append(int(match["bracket"]) if match["bracket"].isdecimal() else match["bracket"])
    if not parts or position != len(key) or ".." in key or key[0] == "." or key[-1] == ".":
        raise ValueError(f"'{key}' is not a setting's name; allowed is a form like 'server.max-size' or 'hosts[0].port'")
    return tuple(parts)


def join_key(parts: tuple[str | int, ...]) -> str:
    """Write *parts* as a dotted key; what cannot stand between dots goes into brackets."""
    text = ""
    for part in parts:
        if isinstance(part, int) or "." in part or "/" in part:
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
