"""Settings from files: reads ``application.yaml`` and ``application.toml``, each value with its line.

Scalars are kept as they were written and get their type from the field they are bound to, so ``country: no`` stays
``no`` for a text and ``version: 1.10`` is not cut to ``1.1``.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pyboot.boot.config.names import DEEPEST, uniform, written_parts
from pyboot.boot.config.tree import Branch, CollidingKeysError, Items, Leaf, Node, clash, colliding, grow, overlaid, plant
from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin, short_path

SUFFIXES = (".yaml", ".yml", ".toml")

_MERGE = "tag:yaml.org,2002:merge"
_STANDARD = "tag:yaml.org,2002:"
_TAGS = ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "value", "merge", "!")  # the last: of a quoted text
_OPENERS = ("[", "{", "- ", "? ")  # what can open many levels in little text
_MOST_VALUES = 100_000
_TOML_TABLE = r"\s*\[\[?\s*([^\]]+?)\s*\]"
_TOML_KEY = r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*="
_TOML_PART = r"[\"']([^\"']*)[\"']|([\w-]+)"
_INTEGER = r"[-+]?[0-9]+"
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"


class Document(NamedTuple):
    """A part of a settings file that counts as a whole or not at all: its *tree*, and the *line* where it begins."""

    tree: Node
    line: int = 1


def read_file(path: Path) -> tuple[Document, ...]:
    """Return the documents of a settings file, one for each ``---`` part of YAML that holds something, in their order.

    Raises:
        ConfigFileError: the file is not readable, not UTF-8, or breaks its syntax; with the line.
    """
    place = short_path(str(path))
    text = read_text(path)
    try:
        return _read_toml(text, place) if path.suffix == ".toml" else tuple(_read_yaml(text, place))
    except RecursionError:
        raise ConfigFileError(place, "it is nested too deeply") from None


def read_text(path: Path) -> str:
    """Return the text of a file of settings, without the mark that some editors put before its first letter.

    Raises:
        ConfigFileError: the file is not readable, or not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFileError(short_path(str(path)), str(error)) from error


def _read_toml(text: str, place: str) -> tuple[Document, ...]:
    import tomllib  # as for YAML below

    try:
        value = tomllib.loads(text)
    except ValueError as error:  # the syntax; or a number that is too long for Python to read
        raise ConfigFileError(place, str(error)) from error
    lines = _lines_of_keys(text)
    try:
        return (Document(_with_lines(grow(value, Origin(place)), place, lines)),)
    except CollidingKeysError as error:
        former, latter = (_line_of(text, key) for key in (error.former, error.latter))
        raise ConfigFileError(f"{place}:{latter}", colliding(error.former, error.latter, f"{place}:{former}")) from error


def _line_of(text: str, key: str) -> int:
    """Return the line that sets *key*: a header or an assignment that ends in it."""
    found = re.search(rf"^[\[\s]*([\w.\-\"'\[\]]+\.)?[\"']?{re.escape(key)}[\"']?\s*(=|\])", text, re.MULTILINE)
    return text.count("\n", 0, found.start(found.lastindex or 0)) + 1 if found else 1


def _lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of each key; the parser does not tell, so headers and assignments are looked for in the text."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(_TOML_TABLE, line):
            table = _toml_parts(match[1])
        elif match := re.match(_TOML_KEY, line):
            found.setdefault((*table, *_toml_parts(match[1])), number)
    return found


def _toml_parts(name: str) -> tuple[str, ...]:
    written = [plain or quoted for quoted, plain in re.findall(_TOML_PART, name)]
    return tuple(uniform(part) for key in written for part in written_parts(key) if isinstance(part, str))


def _with_lines(node: Node, place: str, lines: Mapping[tuple[str, ...], int], path: tuple[str, ...] = ()) -> Node:
    """Return *node* with the line of its key, or of the nearest key around it, in each origin."""
    if isinstance(node, Leaf):
        line = next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
        return Leaf(node.text, node.native, Origin(place, line))
    if isinstance(node, Items):
        return Items({index: _with_lines(child, place, lines, path) for index, child in node.entries.items()}, node.is_patch)
    return Branch({key: (name, _with_lines(child, place, lines, (*path, key))) for key, (name, child) in node.children.items()})


def _read_yaml(text: str, place: str) -> Iterator[Document]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if sum(map(text.count, _OPENERS)) > DEEPEST:
            _check_depth(yaml.parse(text, Loader=loader), place)
        for document in yaml.compose_all(text, Loader=loader):
            if isinstance(document, yaml.MappingNode):
                yield Document(_YamlTree(place).node(document), _line(document))
            elif document.value:
                raise ConfigFileError(f"{place}:{document.start_mark.line + 1}", "a document must hold names and their values")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        location = f"{place}:{mark.line + 1}" if mark else place
        reason = str(error.problem or error.context)
        if mark and "\t" in text.split("\n")[mark.line][: mark.column + 1]:
            reason += ": it is a tab, and YAML is indented with spaces"
        raise ConfigFileError(location, reason) from error
    except yaml.YAMLError as error:
        raise ConfigFileError(place, str(error)) from error


def _check_depth(events: Iterable[Any], place: str) -> None:
    """Refuse what is nested too deeply before the library's composer sees it, which overflows its stack and ends the process."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        if depth > DEEPEST:
            raise ConfigFileError(f"{place}:{_line(event)}", f"it is nested deeper than {DEEPEST} levels")


class _YamlTree:
    """Turns one document into a tree; counts what comes out, since aliases of aliases make a few lines into millions of values."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.count = 0
        self.depth = 0

    def node(self, node: Any) -> Node:  # Any: a node of a library that is imported only where a file is read
        """Return the tree of *node*."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error(node, f"it is nested deeper than {DEEPEST} levels, or an alias holds itself")
        found = self._tree(node)
        self.depth -= 1
        return found

    def _tree(self, node: Any) -> Node:
        self.count += 1
        if self.count > _MOST_VALUES:
            raise self._error(node, f"it has more than {_MOST_VALUES} values; aliases of aliases multiply them")
        if node.tag.removeprefix(_STANDARD) not in _TAGS:
            raise self._error(
                node, f"the tag '{node.tag}' means nothing here; a value of other settings is written ${{key}}, a text in quotes"
            )
        if isinstance(node.value, str):
            native = _core_value(node.value) if node.style in (None, "") else node.value
            return Leaf(None if native is None else node.value, native, Origin(self.place, _line(node)))
        return self._mapping(node) if node.id == "mapping" else Items({index: self.node(child) for index, child in enumerate(node.value)})

    def _mapping(self, node: Any) -> Branch:
        """Return the names of a mapping, each once; names that ``<<: *other`` merges in stand behind its own, as YAML has it."""
        branch, merged = Branch(), list[Branch]()
        seen: dict[tuple[str, ...], Any] = {}
        for key, child in node.value:
            if key.id != "scalar":
                raise self._error(key, "a key must be a plain name")
            if key.tag == _MERGE:
                merged += self._merged(child)
                continue
            parts = written_parts(key.value)
            former = seen.setdefault(tuple(map(uniform, parts)), key)
            planted = plant(parts, self.node(child))
            if former is not key:
                raise self._error(key, colliding(former.value, key.value, f"{self.place}:{_line(former)}"))
            if (both := clash(branch, planted)) is not None:
                raise self._error(key, colliding(key.value, key.value, str(both[0].origin) if both[0] else ""))
            branch = overlaid(branch, planted)
        for other in merged:
            branch = Branch({**other.children, **branch.children}, branch.own)
        return branch

    def _merged(self, node: Any) -> list[Branch]:
        wanted = node.value if node.id == "sequence" else [node]
        if any(entry.id != "mapping" for entry in wanted):
            raise self._error(node, "<< merges mappings: an alias of one, or a list of aliases")
        return [branch for entry in wanted if isinstance(branch := self.node(entry), Branch)]

    def _error(self, node: Any, reason: str) -> ConfigFileError:
        return ConfigFileError(f"{self.place}:{_line(node)}", reason)


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _core_value(text: str) -> object:
    """Read a plain scalar by YAML 1.2's core schema: ``no`` and ``12:30`` are texts, unlike in YAML 1.1."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if re.fullmatch(_INTEGER, text):
        return int(text) if len(text) <= sys.get_int_max_str_digits() else text  # a field of type int refuses it, with its place
    return float(text) if re.fullmatch(_FLOAT, text) else text
