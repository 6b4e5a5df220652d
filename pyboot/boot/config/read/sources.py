"""The sources of settings: a named tree, or anything that answers by path; and the ordered row of all sources, asked by key."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from pyboot.boot.config.names import join_key, kebab, split_key
from pyboot.boot.config.shape import shape_of
from pyboot.boot.config.tree import Branch, Leaf, Node, descend, first_leaf, leaves, overlay, plant
from pyboot.boot.errors import PlaceholderError
from pyboot.boot.model.generic import Hint
from pyboot.boot.model.origin import Origin
from pyboot.boot.record import Record

from .placeholder import resolve
from .variables import EnvironmentVariables, Variable, path_of

type Path = tuple[str | int, ...]
type Judge = Callable[[Variable, int, Path | None], None]


class Source(Protocol):
    """A place that settings come from."""

    @property
    def place(self) -> str:
        """The name of the source in listings."""

    def find(self, parts: Sequence[str | int]) -> Node | None:
        """Return what the source says at the path *parts*."""


class TreeSource(Record):
    """A source that is one tree: a file's document, the command line, the properties of a test."""

    place: str
    tree: Node

    def find(self, parts: Sequence[str | int]) -> Node | None:
        """Return the node at the path *parts*."""
        return descend(self.tree, tuple(parts))


class PropertySources:
    """The sources of an application, highest first; a name may be written in any relaxed form.

    Nothing here knows what the settings are for: an :class:`~pyboot.boot.config.environment.Environment` binds them.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sources)

    def leaf(self, key: str) -> Leaf | None:
        """Return the value of *key* from the highest source that has it, with its origin."""
        return next((leaf for leaf, _ in self.leaves(key)), None)

    def leaves(self, key: str) -> Iterator[tuple[Leaf, Source]]:
        """Iterate over the values of *key* in all sources, the winning one first."""
        if key.startswith("random."):
            from .random import random_value  # most applications draw nothing, and no start pays for it

            yield random_value(key), self.sources[0]
        parts = split_key(key)
        for source in self.sources:
            node = source.find(parts)
            leaf = node.own if isinstance(node, Branch) else node
            if isinstance(leaf, Leaf):
                yield leaf, source

    def node(self, prefix: str, hint: Hint, judge: Judge | None = None) -> Node | None:
        """Return everything below *prefix*, all sources laid over each other; environment variables are read against *hint*.

        *judge* hears of every variable below the prefix: how many tokens of its name the prefix takes, and what path the rest means.
        """
        parts, is_structure = split_key(prefix), shape_of(hint).is_structure
        tree: Node | None = None
        for source in reversed(self.sources):
            if isinstance(source, EnvironmentVariables):
                for variable, taken in source.below(parts):
                    path = path_of(variable, taken, hint, tree)
                    if judge is not None:
                        judge(variable, taken, path)
                    if path:
                        planted = plant(path, variable.leaf)
                        tree = planted if tree is None else overlay(tree, planted)
                if is_structure:  # a variable that happens to be called like a prefix (USER, PATH, SSL) is somebody else's
                    continue
            node = source.find(parts)
            if node is not None:
                tree = node if tree is None else overlay(tree, node)
        return tree

    def entries(self, prefix: str) -> dict[str, Origin]:
        """Return the names that are set right below *prefix*, as written, each with a place; one that is switched off is left out."""
        node = self.node(prefix, dict[str, Any])
        if not isinstance(node, Branch):
            return {}
        firsts = {name: first_leaf(child) for name, child in node.items() if not self._is_off(child)}
        return {name: leaf.origin for name, leaf in firsts.items() if leaf is not None}

    def is_off(self, prefix: str) -> bool:
        """Tell whether *prefix* as a whole is switched off, by ``false`` in its place or below it: ``enabled: false``."""
        nodes = (self.node(prefix, dict[str, Any]), self.node(f"{prefix}.enabled", bool))
        return any(node is not None and self._is_off(node) for node in nodes)

    def _is_off(self, node: Node) -> bool:
        return isinstance(node, Leaf) and node.text is not None and self.resolve(node.text).strip().lower() == "false"

    def resolve(self, text: str) -> str:
        """Return *text* with its placeholders replaced by settings.

        Raises:
            PlaceholderError: one cannot be replaced.
        """
        return resolve(text, self._lookup) if "${" in text else text

    def resolved(self, leaf: Leaf) -> str:
        """Return the text of *leaf* with its placeholders replaced; nothing is an empty text.

        Raises:
            PlaceholderError: one cannot be replaced; with the origin of the text.
        """
        try:
            return self.resolve(leaf.text or "")
        except PlaceholderError as error:
            raise PlaceholderError(error.text, error.reason, str(leaf.origin)) from error

    def _lookup(self, key: str) -> str | None:
        try:
            leaf = self.leaf(key)
        except ValueError as error:
            raise PlaceholderError(f"${{{key}}}", str(error)) from error
        return None if leaf is None else leaf.text or ""

    def texts(self, node: Node) -> list[tuple[str, Origin]]:
        """Return the texts of *node*, one or a list of them, placeholders replaced, each with its origin.

        Raises:
            PlaceholderError: one cannot be replaced; with the origin.
        """
        return [(self.resolved(leaf), leaf.origin) for _, leaf in leaves(node) if leaf.text is not None]

    def everything(self) -> Iterator[tuple[Path, Leaf]]:
        """Iterate over every value of every source with its path; that of a variable has one word in each part."""
        for source in self.sources:
            if isinstance(source, EnvironmentVariables):
                yield from ((("-".join(variable.tokens),), variable.leaf) for variable, _ in source.below(()))
            elif isinstance(source, TreeSource):
                yield from leaves(source.tree)

    def trees(self) -> list[Node]:
        """Return the trees of the sources that are one, highest first."""
        return [source.tree for source in self.sources if isinstance(source, TreeSource)]

    def settings(self) -> dict[str, Leaf]:
        """Return the winning value of every key that a file, a command line or a test sets; variables have no keys of their own."""
        tree: Node | None = None
        for above in reversed(self.trees()):
            tree = above if tree is None else overlay(tree, above)
        return {} if tree is None else {canonical(path): leaf for path, leaf in leaves(tree)}


def canonical(path: Path) -> str:
    """Return *path* as a dotted key in kebab-case, as documents spell it."""
    return join_key(tuple(kebab(part) if isinstance(part, str) else part for part in path))
