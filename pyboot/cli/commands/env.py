"""`pyboot env`: lists every setting in effect with its origin; secrets are masked."""

import re
from collections.abc import Iterator
from typing import Any

from pyboot.boot import Blueprint
from pyboot.boot.config.tree import Leaf
from pyboot.boot.errors import PlaceholderError

_MAKING = ("pyboot.profiles.", "pyboot.config.activate.")
"""Beginnings of the settings that say which profile counts: between two profiles they always differ."""

_ASKED = re.compile(r"\$\{([^:{}]+)")


def facts(blueprint: Blueprint) -> dict[str, Any]:
    """Return the profiles, the sources, the winning one first, and the settings by key."""
    settings = _settings(blueprint)
    return {
        "profiles": list(blueprint.environment.active_profiles),
        "sources": [source.place for source in blueprint.environment.sources],
        "settings": [
            {"key": key, "value": shown(blueprint, key, leaf), "origin": str(leaf.origin)} for key, leaf in sorted(settings.items())
        ],
    }


def difference(one: Blueprint, other: Blueprint) -> dict[str, Any]:
    """Return the settings in which two environments differ, with the value and origin of each, None where it is not set.

    Secrets are compared, and masked.
    """
    settings = [_settings(one), _settings(other)]
    entries = []
    for key in sorted({*settings[0], *settings[1]}):
        leaves = [own.get(key) for own in settings]
        values = [None if leaf is None else _resolved(side, leaf) for side, leaf in zip((one, other), leaves, strict=True)]
        if values[0] != values[1] and not key.startswith(_MAKING):
            sides = [_side(side, key, leaf) for side, leaf in zip((one, other), leaves, strict=True)]
            entries.append({"key": key, "values": sides})
    return {"profiles": [list(side.environment.active_profiles) for side in (one, other)], "settings": entries}


def difference_text(one: Blueprint, other: Blueprint) -> str:
    """Return the same for people: a key, and below it a line for each side."""
    told = difference(one, other)
    names = [", ".join(profiles) for profiles in told["profiles"]]
    width = max(map(len, names))
    lines: list[str] = []
    for entry in told["settings"]:
        lines.append(entry["key"])
        for name, side in zip(names, entry["values"], strict=True):
            lines.append(f"   {name:<{width}}  {'not set' if side is None else f'{side["value"] or ""}  ({side["origin"]})'}")
    return "\n".join(lines) or f"{names[0]} and {names[1]} have the same settings."


def text(blueprint: Blueprint) -> str:
    """Return the same for people: the profiles, the sources, and one line for each setting."""
    told = facts(blueprint)
    entries = [(f"{entry['key']}={'' if entry['value'] is None else entry['value']}", entry["origin"]) for entry in told["settings"]]
    width = max((len(setting) for setting, _ in entries), default=0)
    return "\n".join(
        [
            f"Active profiles: {', '.join(told['profiles']) or 'none'}",
            "",
            "Sources, the winning one first:",
            *(f"   {place}" for place in told["sources"]),
            "",
            "Settings in effect:",
            *(f"   {setting:<{width}}  ({origin})" for setting, origin in entries),
        ]
    )


def _settings(blueprint: Blueprint) -> dict[str, Leaf]:
    """The settings in effect, by key."""
    return blueprint.environment.effective(blueprint.bound) | dict(_asked_for(blueprint))


def _resolved(blueprint: Blueprint, leaf: Leaf) -> str:
    """The value to compare, which is never shown."""
    try:
        return blueprint.environment.resolved(leaf)
    except PlaceholderError:
        return leaf.text or ""


def _side(blueprint: Blueprint, key: str, leaf: Leaf | None) -> dict[str, str | None] | None:
    return None if leaf is None else {"value": shown(blueprint, key, leaf), "origin": str(leaf.origin)}


def _asked_for(blueprint: Blueprint) -> Iterator[tuple[str, Leaf]]:
    """Iterate over the settings that constructors ask for by ``Value("${key}")``; a variable that sets one has no other key."""
    for edges in blueprint.graph.edges.values():
        for edge in edges:
            for key in _ASKED.findall(edge.request.value or ""):
                leaf = blueprint.environment.leaf(key)
                if leaf is not None:
                    yield key, leaf


def shown(blueprint: Blueprint, key: str, leaf: Leaf) -> str | None:
    """Return the value of *leaf* with its placeholders replaced, unless it, or what it refers to, is a secret."""
    return blueprint.environment.shown_leaf(key, leaf)
