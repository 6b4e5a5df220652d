"""What the environment reads from: a named tree of settings, or anything that answers by path."""

from collections.abc import Sequence
from typing import Protocol

from pyboot.boot.record import Record

from .tree import Branch, Leaf, Node, descend


class Source(Protocol):
    """A place settings come from."""

    @property
    def place(self) -> str:
        """What a listing calls the source."""

    def find(self, parts: Sequence[str | int]) -> Node | None:
        """Return what the source says at the path *parts*."""


class TreeSource(Record):
    """A source that is one tree: a file's document, the command line, the properties of a test."""

    place: str
    tree: Node

    def find(self, parts: Sequence[str | int]) -> Node | None:
        """Return the node at the path *parts*."""
        return descend(self.tree, tuple(parts))


def value_at(source: Source, parts: Sequence[str | int]) -> Leaf | None:
    """Return the single value that *source* has at *parts*, if what stands there is one."""
    node = source.find(parts)
    if isinstance(node, Branch):
        return node.own
    return node if isinstance(node, Leaf) else None
