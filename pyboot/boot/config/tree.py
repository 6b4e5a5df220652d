"""The settings as a tree of branches, lists and leaves; each leaf has the text that was written, and its origin."""

from collections.abc import Iterator
from typing import NamedTuple, Self

from pyboot.boot.model.origin import Origin

from .names import DEEPEST, Exact, uniform, written_parts


class Leaf(NamedTuple):
    """One value: its *text*, the *native* value of the file's own syntax, and where it was written."""

    text: str | None
    native: object
    origin: Origin

    def __repr__(self) -> str:
        return f"<Leaf at {self.origin}>"  # not its value, which may be a secret

    @property
    def is_off(self) -> bool:
        """Tell whether the value takes away everything below its name, instead of standing beside it."""
        return self.text is None or self.text.strip().lower() == "false"

    @classmethod
    def of(cls, text: str, origin: Origin) -> Self:
        """Return a value that is only text, as from the command line."""
        return cls(text, text, origin)


class Branch:
    """Named children, found by their uniform name; each keeps the spelling under which it was first written.

    A branch may have a value of its own beside its children, as loggers do (``a: info`` and ``a.b: debug``);
    ``is_covered`` tells that the value was laid over the children, not the other way round.
    """

    __slots__ = ("children", "is_covered", "own")  # no dataclass, here and below: each start would pay a millisecond for the two

    def __init__(self, children: dict[str, tuple[str, "Node"]] | None = None, own: Leaf | None = None, is_covered: bool = False) -> None:
        self.children = {} if children is None else children
        self.own = own
        self.is_covered = is_covered

    def find(self, name: str | int) -> "Node | None":
        """Return the child that *name* means in any spelling."""
        entry = self.children.get(self._key(name))
        return entry[1] if entry else None

    def put(self, name: str, node: "Node") -> None:
        """Lay *node* over the child called *name*."""
        key = self._key(name)
        spelling, below = self.children.get(key, (name, None))
        self.children[key] = (spelling, node if below is None else overlay(below, node))

    def _key(self, name: str | int) -> str:
        """Return the key of the child *name*, there or not; a name in brackets means a plain one that is spelled like it."""
        key = uniform(name)
        if key in self.children:
            return key
        other = uniform(str(name)) if isinstance(name, Exact) else f"[{name}]"
        return other if other in self.children and self.children[other][0] == name else key

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Iterate over the children under their own spelling."""
        return iter(self.children.values())


class Items:
    """A list. One that is written whole replaces what lies below it; one of single indices (``a[1]=x``) patches it."""

    __slots__ = ("entries", "is_patch")

    def __init__(self, entries: dict[int, "Node"] | None = None, is_patch: bool = False) -> None:
        self.entries = {} if entries is None else entries
        self.is_patch = is_patch


type Node = Branch | Items | Leaf


def overlay(below: Node, above: Node) -> Node:
    """Return *above* laid over *below*: branches are merged, lists replaced, a value replaced by a value. Both stay unchanged.

    Nothing (``tls: null``) and ``false`` take a whole branch away: that is how a profile switches off what lies below it.
    """
    if isinstance(below, Branch) and isinstance(above, Branch):
        merged = Branch(dict(below.children), above.own or below.own, above.is_covered if above.own else False)
        for name, node in above.items():
            merged.put(name, node)
        return merged
    if isinstance(below, Branch) and isinstance(above, Leaf):
        if above.is_off:
            return above
        return Branch(below.children, above, is_covered=True)
    if isinstance(below, Leaf) and isinstance(above, Branch):
        return Branch(above.children, above.own or below)
    if isinstance(below, Items) and isinstance(above, Items) and above.is_patch:
        return Items(
            {index: _patched(below, above, index) for index in sorted(below.entries.keys() | above.entries.keys())}, below.is_patch
        )
    return above


def _patched(below: Items, above: Items, index: int) -> Node:
    if index not in above.entries:
        return below.entries[index]
    return overlay(below.entries[index], above.entries[index]) if index in below.entries else above.entries[index]


def plant(parts: tuple[str | int, ...], node: Node) -> Node:
    """Return the tree that holds *node* alone, at the path *parts*."""
    for part in reversed(parts):
        if isinstance(part, int):
            node = Items({part: node}, is_patch=True)
        else:
            branch = Branch()
            branch.put(part, node)
            node = branch
    return node


def clash(one: Node, other: Node) -> tuple[Leaf | None, Leaf | None] | None:
    """Return a value of each that stands at the same place, where *one* and *other*, of one document, cannot both count."""
    if isinstance(one, Branch) and isinstance(other, Branch):
        shared = (clash(one.children[key][1], other.children[key][1]) for key in one.children.keys() & other.children.keys())
        return next((found for found in shared if found is not None), None)
    if isinstance(one, Items) and isinstance(other, Items) and one.is_patch and other.is_patch:
        both = (clash(one.entries[index], other.entries[index]) for index in one.entries.keys() & other.entries.keys())
        return next((found for found in both if found is not None), None)
    if isinstance(one, Leaf) != isinstance(other, Leaf) and not isinstance(one, Items) and not isinstance(other, Items):
        return None  # a logger and the loggers below it
    return first_leaf(one), first_leaf(other)


def descend(node: Node | None, parts: tuple[str | int, ...]) -> Node | None:
    """Return the node at the path *parts* below *node*, or ``None``."""
    for part in parts:
        if isinstance(node, Branch):
            node = node.find(part)
        elif isinstance(node, Items) and isinstance(part, int):
            node = node.entries.get(part)
        else:
            return None
    return node


def leaves(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Leaf]]:
    """Iterate over every leaf below *node* with its path."""
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, Branch):
        if node.own is not None:
            yield path, node.own
        for name, child in node.items():
            yield from leaves(child, (*path, name))
    else:
        for index, child in sorted(node.entries.items()):
            yield from leaves(child, (*path, index))


def first_leaf(node: Node) -> Leaf | None:
    """Return the first leaf at or below *node*."""
    return next((leaf for _, leaf in leaves(node)), None)


def grow(value: object, origin: Origin, depth: int = 0) -> Node:
    """Return the tree of a plain value (dicts, lists, scalars) that has one origin as a whole, as from JSON.

    Raises:
        CollidingKeysError: two keys of a dict mean one setting.
        RecursionError: it is deeper than names may be.
    """
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        branch = Branch()
        seen: dict[tuple[str, ...], str] = {}
        for name, child in value.items():
            parts = written_parts(str(name))
            former = seen.setdefault(tuple(map(uniform, parts)), str(name))
            node = plant(parts, grow(child, origin, depth + 1))
            if former != str(name) or clash(branch, node) is not None:
                raise CollidingKeysError(former, str(name))
            branch = overlaid(branch, node)
        return branch
    if isinstance(value, list | tuple):
        return Items({index: grow(child, origin, depth + 1) for index, child in enumerate(value)})
    return Leaf(text_of(value), value, origin)


def overlaid(branch: Branch, node: Node) -> Branch:
    """Return *branch* with *node*, planted at a name, laid over it."""
    found = overlay(branch, node)
    assert isinstance(found, Branch)
    return found


class CollidingKeysError(ValueError):
    """Two keys of one document, *former* and *latter*, mean one setting."""

    def __init__(self, former: str, latter: str) -> None:
        super().__init__(former, latter)
        self.former = former
        self.latter = latter

    def __str__(self) -> str:
        return colliding(self.former, self.latter)


def colliding(former: str, latter: str, place: str = "") -> str:
    """Say that the key *latter* means what *former*, at *place*, has set already."""
    before = f" ({place})" if place else ""
    if former == latter:
        return f"the key '{latter}' has been set already{before}"
    cure = f'keys of a map that differ only so are written in brackets: "[{latter}]"'
    return f"the key '{latter}' means the same as '{former}'{before}; {cure}"


def text_of(value: object) -> str | None:
    """Return a scalar as it would be written in a settings file."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
