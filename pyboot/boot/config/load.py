"""Loading: finds the files and the variables that make up the environment of an application, and puts them in order.

Highest first: the properties of a test, the command line, ``PYBOOT_APPLICATION_JSON``, environment variables, ``.env``,
the profile files, ``application.yaml`` or ``.toml`` (in ``./config/``, in ``./``, then beside the application), defaults. Files of another
name are read where ``pyboot.config.name`` says it, or the application's label.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin, short_path

from .environment import Environment
from .names import split_key
from .read.arguments import read_arguments
from .read.documents import Documents, existing
from .read.files import SUFFIXES, read_text
from .read.profiles import checked, expand, names_in
from .read.sources import Source, TreeSource
from .read.variables import EnvironmentVariables
from .secrets import Secrets
from .tree import Branch, CollidingKeysError, Leaf, Node, colliding, grow, leaves, overlay, plant, text_of

_log = logging.getLogger(__name__)

_GIVEN = "given at the start"
_LOOKALIKES = (*SUFFIXES, ".properties")  # in other case, or in a form that Spring reads


class Given:
    """Everything that an application is started with and that its environment is made of; a test gives its own."""

    def __init__(
        self,
        properties: Mapping[str, object] | None = None,
        arguments: Sequence[str] = (),
        profiles: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        directory: Path | None = None,
        package: Path | None = None,
        secrets: Secrets | None = None,
        config_name: str = "application",
    ) -> None:
        self.properties = {} if properties is None else properties
        self.arguments = arguments
        self.profiles = profiles
        self.variables = variables
        self.directory = Path.cwd() if directory is None else directory
        self.package = package
        self.secrets = Secrets() if secrets is None else secrets
        self.config_name = config_name

    def with_profiles(self, names: Sequence[str]) -> "Given":
        """Return the same, but with the active profiles *names* instead of those that the settings name."""
        return Given(self.properties, self.arguments, names, self.variables, self.directory, self.package, self.secrets, self.config_name)


def load_environment(given: Given) -> Environment:
    """Read every source and return the environment.

    Raises:
        ConfigurationError: a file, a profile or an argument is wrong.
    """
    try:
        return _loaded(given, _outer_sources(given))
    except RecursionError:
        raise ConfigFileError("the files", "they import each other too deeply") from None


def _loaded(given: Given, outer: Sequence[Source]) -> Environment:
    asked = Environment(outer, (), given.secrets)
    stem = asked.get("pyboot.config.name", str, given.config_name)
    locations = list(_places(given, asked))
    documents = Documents(outer)

    def at(place: Path, name: str, *, of_profile: bool = False) -> list[TreeSource]:
        if place.is_file():
            return documents.read(place) if name == stem else []
        return documents.at(place, name, of_profile=of_profile)

    profiles, known, origins = _profiles(given, Environment([*outer, *(source for place in locations for source in at(place, stem))]))
    documents.read_on_with(profiles)
    named = reversed(_listed(asked, "pyboot.config.import"))  # by the command line, a variable or a test; above all files
    files: list[Source] = [source for location, origin in named for source in documents.include(location, origin, given.directory)]
    for place in locations:
        for profile in reversed(profiles):
            files += at(place, f"{stem}-{profile}", of_profile=True)
        files += at(place, stem)
    environment = Environment((*outer, *files), profiles, given.secrets)
    dotenv = [source for source in outer if isinstance(source, EnvironmentVariables) and source.file]
    environment.files = tuple(dict.fromkeys(source.place for source in (*dotenv, *files)))
    environment.profile_origins.update(origins)
    environment.known_profiles.update(known, *map(names_in, documents.expressions), *(_of_files(place, stem) for place in locations))
    return environment


def _of_files(place: Path, stem: str) -> Iterator[str]:
    """Iterate over the profiles that have a file in *place*, and warn of files that look like settings and are not read."""
    for path in place.glob(f"{stem}*") if place.is_dir() else ():
        if path.suffix in SUFFIXES and path.name.startswith(f"{stem}-"):
            yield path.stem.removeprefix(f"{stem}-")
        elif path.suffix.lower() in _LOOKALIKES and path.suffix not in SUFFIXES and (path.stem == stem or path.stem.startswith(f"{stem}-")):
            _log.warning("%s is not read: files of settings end in %s", short_path(str(path)), ", ".join(SUFFIXES))


def _places(given: Given, asked: Environment) -> Iterator[Path]:
    """Iterate over the folders to look in and the files to read, the winning one first, each once."""
    seen: set[Path] = set()
    for place in _locations(given, asked):
        if place.resolve() not in seen:
            seen.add(place.resolve())
            yield place


def _locations(given: Given, asked: Environment) -> Iterator[Path]:
    yield from _named(given, _listed(asked, "pyboot.config.additional-location"))
    replaced = _listed(asked, "pyboot.config.location")
    if replaced:
        yield from _named(given, replaced)
        return
    below = (path for path in (given.directory / "config").glob("*") if path.is_dir() and not path.name.startswith("."))
    yield from sorted(below, reverse=True)  # Kubernetes keeps the data of a mounted folder in ..data, which is no folder of ours
    yield given.directory / "config"
    yield given.directory
    if given.package is not None:
        yield given.package


def _named(given: Given, locations: Sequence[tuple[str, Origin]]) -> Iterator[Path]:
    found = (existing(location, origin, given.directory, "location") for location, origin in reversed(locations))
    return (place for place in found if place is not None)


def _listed(environment: Environment, key: str) -> list[tuple[str, Origin]]:
    """Return the texts at *key*, which is a list or one text with commas, in each form: ``A_0=x`` and ``--a[0]=x`` too."""
    node = environment.node(key, list[str])
    texts = [] if node is None else environment.texts(node)
    return [(part.strip(), origin) for text, origin in texts for part in text.split(",") if part.strip()]


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
        try:
            grown, parts = grow(value, Origin(f"{place} ({key})")), split_key(key)
        except ValueError as error:
            raise ConfigFileError(f"{place} ({key})", str(error)) from error
        except RecursionError:
            raise ConfigFileError(f"{place} ({key})", "it is nested too deeply") from None
        if isinstance(grown, Leaf):
            tree = overlay(tree, plant(parts, Leaf(text_of(value), value, grown.origin)))
        else:
            for path, leaf in leaves(grown):
                tree = overlay(tree, plant((*parts, *path), leaf))
    return tree


def _json(text: str) -> Node:
    try:
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_each_once)
        if isinstance(value, dict):
            return grow(value, Origin("PYBOOT_APPLICATION_JSON"))
    except ValueError as error:
        raise ConfigFileError("PYBOOT_APPLICATION_JSON", str(error)) from error
    except RecursionError:
        raise ConfigFileError("PYBOOT_APPLICATION_JSON", "it is nested too deeply") from None
    raise ConfigFileError("PYBOOT_APPLICATION_JSON", f"an object is wanted, this is a {type(value).__name__}")


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise CollidingKeysError(name, name)
        found[name] = value
    return found


def _dotenv(path: Path) -> EnvironmentVariables:
    """Return the variables of a ``.env`` file as they are written; ``${a.b}`` in one is a placeholder for a setting, as everywhere else."""
    from dotenv.parser import parse_stream

    place, lines = short_path(str(path)), dict[str, int]()
    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(read_text(path))):
        line = binding.original.line
        if binding.error:
            raise ConfigFileError(f"{place}:{line}", "what stands there is not of the form NAME=value")
        if binding.key is None or binding.value is None:
            continue
        if binding.key in values:
            raise ConfigFileError(f"{place}:{line}", colliding(binding.key, binding.key, f"{place}:{lines[binding.key]}"))
        values[binding.key], lines[binding.key] = binding.value, line
    return EnvironmentVariables(values, file=place)


class _Profiles(NamedTuple):
    """The active profiles in their order, all that are known by name, and where the active ones were named."""

    active: tuple[str, ...]
    known: set[str]
    origins: dict[str, str]


def _profiles(given: Given, environment: Environment) -> _Profiles:
    """Return the included profiles, then the active ones, with their groups expanded; ``default`` where there is none."""
    origins: dict[str, str] = {}

    def named(key: str) -> tuple[str, ...]:
        texts = _listed(environment, f"pyboot.profiles.{key}")
        origins.update((text, str(origin)) for text, origin in texts)
        return checked((text for text, _ in texts), str(texts[0][1]) if texts else "")

    active = checked(given.profiles, _GIVEN) if given.profiles else named("active")
    included, usual = named("include"), named("default") or ("default",)
    node = environment.node("pyboot.profiles.group", dict[str, list[str]])
    groups = {name: named(f"group[{name}]") for name, _ in (node.items() if isinstance(node, Branch) else ())}
    known = {*usual, *groups, *(member for members in groups.values() for member in members)}
    return _Profiles(expand((*included, *(active or usual)), groups), known, dict.fromkeys(given.profiles, _GIVEN) | origins)
