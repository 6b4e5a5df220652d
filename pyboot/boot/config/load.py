"""Loading: which files and variables make up the environment of an application, and in which order they win.

Highest first: the properties of a test, the command line, ``PYBOOT_APPLICATION_JSON``, environment variables, ``.env``,
the profile files, ``application.yaml`` or ``.toml`` (in ``./config/``, in ``./``, then beside the application), defaults.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin, short_path

from .environment import Environment
from .names import split_key
from .profiles import checked, expand
from .source import Source, TreeSource
from .sources.args import read_arguments
from .sources.env import EnvironmentVariables
from .sources.files import SUFFIXES, read_file
from .tree import Branch, Leaf, Node, grow, leaves, overlay, plant, text_of

_ACTIVE = ("pyboot", "profiles", "active")
_GROUPS = ("pyboot", "profiles", "group")


@dataclass(slots=True)
class Given:
    """What an application is started with: everything the environment is made of, so that a test can give its own."""

    properties: Mapping[str, object] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    profiles: Sequence[str] = ()
    variables: Mapping[str, str] | None = None
    directory: Path = field(default_factory=Path.cwd)
    package: Path | None = None


def load_environment(given: Given) -> Environment:
    """Read every source and return the environment.

    Raises:
        ConfigurationError: a file, a profile or an argument is wrong.
    """
    outer = _outer_sources(given)
    locations = [place for place in (given.directory / "config", given.directory, given.package) if place is not None]
    base = [_documents(place, "application") for place in locations]
    profiles = _profiles(given, [*outer, *(source for sources in base for source in sources)])
    files: list[Source] = []
    for place, sources in zip(locations, base, strict=True):
        for profile in reversed(profiles):
            files += _documents(place, f"application-{profile}")
        files += sources
    return Environment((*outer, *files), profiles)


def _outer_sources(given: Given) -> list[Source]:
    tree, _ = read_arguments(given.arguments)
    variables = os.environ if given.variables is None else given.variables
    sources: list[Source] = []
    if given.properties:
        sources.append(TreeSource("properties", flat_tree(given.properties, "properties")))
    sources.append(TreeSource("command line", tree))
    if text := variables.get("PYBOOT_APPLICATION_JSON"):
        sources.append(TreeSource("PYBOOT_APPLICATION_JSON", _json(text)))
    sources.append(EnvironmentVariables({name: value for name, value in variables.items() if name != "PYBOOT_APPLICATION_JSON"}))
    if (given.directory / ".env").is_file():
        sources.append(_dotenv(given.directory / ".env"))
    return sources


def flat_tree(properties: Mapping[str, object], place: str) -> Node:
    """Return the tree of a mapping from dotted keys to plain values (a value may itself be a dict or a list)."""
    tree: Node = Branch()
    for key, value in properties.items():
        grown = grow(value, Origin(f"{place} ({key})"))
        if isinstance(grown, Leaf):
            tree = overlay(tree, plant(split_key(key), Leaf(text_of(value), value, grown.origin)))
        else:
            for path, leaf in leaves(grown):
                tree = overlay(tree, plant((*split_key(key), *path), leaf))
    return tree


def _json(text: str) -> Node:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ConfigFileError("PYBOOT_APPLICATION_JSON", str(error)) from error
    if not isinstance(value, dict):
        raise ConfigFileError("PYBOOT_APPLICATION_JSON", f"an object is wanted, this is a {type(value).__name__}")
    return grow(value, Origin("PYBOOT_APPLICATION_JSON"))


def _dotenv(path: Path) -> EnvironmentVariables:
    from dotenv import dotenv_values

    values = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return EnvironmentVariables(values, place=short_path(str(path)))


def _documents(place: Path, stem: str) -> list[TreeSource]:
    """The documents of the files called *stem* in the folder *place*, the last one, which wins, first."""
    found: list[TreeSource] = []
    for suffix in SUFFIXES:
        path = place / f"{stem}{suffix}"
        if path.is_file():
            found += [TreeSource(short_path(str(path)), tree) for tree in reversed(read_file(path))]
    return found


def _profiles(given: Given, sources: Sequence[Source]) -> tuple[str, ...]:
    if given.profiles:
        named: Iterable[str] = given.profiles
        origin = "given at the start"
    else:
        node = next((node for source in sources if (node := source.find(_ACTIVE)) is not None), None)
        named, origin = _texts(node)
    groups: dict[str, tuple[str, ...]] = {}
    for source in sources:
        node = source.find(_GROUPS)
        if isinstance(node, Branch):
            groups = {name: checked(*_texts(child)) for name, child in node.items()} | groups
    return expand(checked(named, origin), groups)


def _texts(node: Node | None) -> tuple[list[str], str]:
    """The texts of a list, or of a comma-separated value, and where they were written."""
    if node is None:
        return [], ""
    found = [leaf for _, leaf in leaves(node)]
    texts = [text for leaf in found for text in (leaf.text or "").split(",")]
    return texts, str(found[0].origin) if found else ""
