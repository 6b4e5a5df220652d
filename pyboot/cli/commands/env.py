"""`pyboot env`: lists every setting in effect with its origin; secrets are masked."""

import re
from collections.abc import Iterator
from typing import Any

from pyboot.boot import Blueprint
from pyboot.boot.config.read.placeholder import resolve
from pyboot.boot.config.secrets import MASK
from pyboot.boot.config.tree import Leaf
from pyboot.boot.errors import PlaceholderError

_ASKED = re.compile(r"\$\{([^:{}]+)")


def facts(blueprint: Blueprint) -> dict[str, Any]:
    """Return the profiles, the sources, the winning one first, and the settings by key."""
    settings = blueprint.environment.effective(blueprint.bound) | dict(_asked_for(blueprint))
    return {
        "profiles": list(blueprint.environment.active_profiles),
        "sources": [source.place for source in blueprint.environment.sources],
        "settings": [
            {"key": key, "value": _shown(blueprint, key, leaf), "origin": str(leaf.origin)} for key, leaf in sorted(settings.items())
        ],
    }


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


def _asked_for(blueprint: Blueprint) -> Iterator[tuple[str, Leaf]]:
    """Iterate over the settings that constructors ask for by ``Value("${key}")``; a variable that sets one has no other key."""
    for edges in blueprint.graph.edges.values():
        for edge in edges:
            for key in _ASKED.findall(edge.request.value or ""):
                leaf = blueprint.environment.leaf(key)
                if leaf is not None:
                    yield key, leaf


def _shown(blueprint: Blueprint, key: str, leaf: Leaf) -> str | None:
    """Return the value of *leaf* with its placeholders replaced, unless it, or what it refers to, is a secret."""
    secrets = blueprint.environment.secrets
    if leaf.text is None or secrets.is_secret(key):
        return None if leaf.text is None else MASK

    def looked_up(name: str) -> str | None:
        found = blueprint.environment.leaf(name)
        return None if found is None else MASK if secrets.is_secret(name) else found.text or ""

    try:
        return secrets.masked(resolve(leaf.text, looked_up))
    except PlaceholderError as error:
        return secrets.masked(f"{leaf.text} ({error})")
