"""Settings from files: ``application.yaml`` and ``application.toml``, each value with its line.

Scalars are kept as they were written and get their type from the field they are bound to, so ``country: no`` stays
``no`` for a text and ``version: 1.10`` is not cut to ``1.1``.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyboot.boot.config.names import uniform
from pyboot.boot.config.tree import Branch, Items, Leaf, Node, grow, overlay
from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin, short_path

SUFFIXES = (".yaml", ".yml", ".toml")

_TOML_TABLE = r"\s*\[\[?\s*([^\]]+?)\s*\]"
_TOML_KEY = r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*="
_TOML_PART = r"[\"']([^\"']*)[\"']|([\w-]+)"
_INTEGER = r"[-+]?[0-9]+"
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"


def read_file(path: Path) -> tuple[Node, ...]:
    """Return the documents of a settings file, one for each ``---`` part of YAML, in their order.

    Raises:
        ConfigFileError: the file is not readable, not UTF-8, or breaks its syntax; with the line.
    """
    place = short_path(str(path))
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFileError(place, str(error)) from error
    return _read_toml(text, place) if path.suffix == ".toml" else tuple(_read_yaml(text, place))


def _read_toml(text: str, place: str) -> tuple[Node, ...]:
    import tomllib  # as for YAML below

    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigFileError(place, str(error)) from error
    return (_with_lines(grow(value, Origin(place)), place, _lines_of_keys(text)),)


def _lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """The line of each key; the parser does not tell, so headers and assignments are looked for."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(_TOML_TABLE, line):
            table = _toml_parts(match[1])
        elif match := re.match(_TOML_KEY, line):
            found.setdefault((*table, *_toml_parts(match[1])), number)
    return found


def _toml_parts(name: str) -> tuple[str, ...]:
    return tuple(uniform(plain or quoted) for quoted, plain in re.findall(_TOML_PART, name))


def _with_lines(node: Node, place: str, lines: Mapping[tuple[str, ...], int], path: tuple[str, ...] = ()) -> Node:
    """Return *node* with the line of its key, or of the nearest key around it, in each origin."""
    if isinstance(node, Leaf):
        line = next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
        return Leaf(node.text, node.native, Origin(place, line))
    if isinstance(node, Items):
        return Items({index: _with_lines(child, place, lines, path) for index, child in node.entries.items()}, node.is_patch)
    return Branch({key: (name, _with_lines(child, place, lines, (*path, key))) for key, (name, child) in node.children.items()})


def _read_yaml(text: str, place: str) -> Iterator[Node]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for document in yaml.compose_all(text, Loader=loader):
            if isinstance(document, yaml.MappingNode):
                yield _from_yaml(document, place)
            elif document.value:
                raise ConfigFileError(f"{place}:{document.start_mark.line + 1}", "a document must hold names and their values")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        location = f"{place}:{mark.line + 1}" if mark else place
        raise ConfigFileError(location, str(error.problem or error.context)) from error
    except yaml.YAMLError as error:
        raise ConfigFileError(place, str(error)) from error


def _from_yaml(node: object, place: str) -> Node:
    import yaml

    if isinstance(node, yaml.MappingNode):
        branch: Node = Branch()
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigFileError(f"{place}:{key.start_mark.line + 1}", "a key must be a plain name")
            branch = overlay(branch, _named(key.value, _from_yaml(child, place)))
        return branch
    if isinstance(node, yaml.SequenceNode):
        return Items({index: _from_yaml(child, place) for index, child in enumerate(node.value)})
    assert isinstance(node, yaml.ScalarNode)
    native = _core_value(node.value) if node.style in (None, "") else node.value
    return Leaf(None if native is None else node.value, native, Origin(place, node.start_mark.line + 1))


def _named(name: str, node: Node) -> Branch:
    """The branch of one key; ``a.b: x`` is short for ``a: {b: x}``, and ``"[a.b]"`` keeps its dots."""
    parts = [name[1:-1]] if name.startswith("[") and name.endswith("]") else name.split(".")
    for part in reversed(parts):
        branch = Branch()
        branch.put(part, node)
        node = branch
    assert isinstance(node, Branch)
    return node


def _core_value(text: str) -> object:
    """Read a plain scalar by YAML 1.2's core schema: ``no`` and ``12:30`` are texts, unlike in YAML 1.1."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if re.fullmatch(_INTEGER, text):
        return int(text)
    return float(text) if re.fullmatch(_FLOAT, text) else text
