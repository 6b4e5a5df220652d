"""Loading: which files and variables make up the environment of an application, and in which order they win.

Highest first: the properties of a test, the command line, ``PYBOOT_APPLICATION_JSON``, environment variables, ``.env``,
the profile files, ``application.yaml`` or ``.toml`` (in ``./config/``, in ``./``, then beside the application), defaults.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin, short_path

from .documents import PROFILES, Documents
from .environment import Environment
from .names import split_key
from .profiles import checked, expand
from .source import Source, TreeSource
from .sources.args import read_arguments
from .sources.env import EnvironmentVariables
from .tree import Branch, Leaf, Node, grow, leaves, overlay, plant, text_of


class Given:
    """What an application is started with: everything the environment is made of, so that a test can give its own."""

    def __init__(
        self,
        properties: Mapping[str, object] | None = None,
        arguments: Sequence[str] = (),
        profiles: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        directory: Path | None = None,
        package: Path | None = None,
    ) -> None:
        self.properties = {} if properties is None else properties
        self.arguments = arguments
        self.profiles = profiles
        self.variables = variables
        self.directory = Path.cwd() if directory is None else directory
        self.package = package

    def with_profiles(self, names: Sequence[str]) -> "Given":
        """Return the same with the active profiles *names*, whatever the settings name."""
        return Given(self.properties, self.arguments, names, self.variables, self.directory, self.package)


def load_environment(given: Given) -> Environment:
    """Read every source and return the environment.

    Raises:
        ConfigurationError: a file, a profile or an argument is wrong.
    """
    outer = _outer_sources(given)
    asked = Environment(outer)
    stem = asked.get("pyboot.config.name", str, "application")
    locations = list(_locations(given, asked))
    documents = Documents()
    profiles = _profiles(given, [*outer, *(source for place in locations for source in documents.at(place, stem))])
    documents.known(profiles)
    files: list[Source] = _imported(asked, documents, given.directory)
    for place in locations:
        for profile in reversed(profiles):
            files += documents.at(place, f"{stem}-{profile}", of_profile=True)
        files += documents.at(place, stem)
    return Environment((*outer, *files), profiles)


def _imported(asked: Environment, documents: Documents, directory: Path) -> list[Source]:
    """What the command line, a variable or a test imports; it stands above all files."""
    node = asked.node("pyboot.config.import", list[str])
    named = [] if node is None else [(part, leaf.origin) for _, leaf in leaves(node) for part in _split(leaf.text)]
    return [source for location, origin in reversed(named) for source in documents.include(location, origin, directory)]


def _locations(given: Given, asked: Environment) -> Iterator[Path]:
    """The folders to look in, the winning one first."""
    yield from (given.directory / place for place in reversed(_split(asked.get("pyboot.config.additional-location"))))
    replaced = _split(asked.get("pyboot.config.location"))
    if replaced:
        yield from (given.directory / place for place in reversed(replaced))
        return
    yield from sorted((path for path in (given.directory / "config").glob("*") if path.is_dir()), reverse=True)
    yield given.directory / "config"
    yield given.directory
    if given.package is not None and given.package != given.directory:
        yield given.package


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


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
    return EnvironmentVariables(values, file=short_path(str(path)))


def _profiles(given: Given, sources: Sequence[Source]) -> tuple[str, ...]:
    """The active profiles, the included ones first, groups expanded; ``default`` where there is none."""
    active, origin = (list(given.profiles), "given at the start") if given.profiles else _texts(_first(sources, (*PROFILES, "active")))
    included, place = _texts(_first(sources, (*PROFILES, "include")))
    groups: dict[str, tuple[str, ...]] = {}
    for source in sources:
        node = source.find((*PROFILES, "group"))
        if isinstance(node, Branch):
            groups = {name: checked(*_texts(child)) for name, child in node.items()} | groups
    named = (*checked(included, place), *checked(active, origin))
    if not any(name for name in active if name.strip()):
        named = (*named, *checked(_texts(_first(sources, (*PROFILES, "default")))[0] or ["default"], "pyboot.profiles.default"))
    return expand(named, groups)


def _first(sources: Sequence[Source], path: tuple[str, ...]) -> Node | None:
    return next((node for source in sources if (node := source.find(path)) is not None), None)


def _texts(node: Node | None) -> tuple[list[str], str]:
    """The texts of a list, or of a comma-separated value, and where they were written."""
    found = [] if node is None else [leaf for _, leaf in leaves(node)]
    return [text for leaf in found for text in (leaf.text or "").split(",")], str(found[0].origin) if found else ""
