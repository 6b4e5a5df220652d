"""Binding: the settings below a prefix become one checked object, and every refusal names the value's origin."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from pyboot.boot.errors import BindError, BindProblem, PlaceholderError
from pyboot.boot.model.generic import Hint, spell
from pyboot.boot.model.nearest import nearest

from .names import join_key, kebab, uniform
from .secrets import MASK, is_secret
from .shape import Shape, shape_of
from .tree import Branch, Items, Leaf, Node, first_leaf, leaves

_log = logging.getLogger(__name__)

type Path = tuple[str | int, ...]


class Binder:
    """One binding of a *tree* below *prefix*; collects what is wrong instead of stopping at the first."""

    def __init__(self, prefix: Path, resolve: Callable[[str], str], is_known: Callable[[Path], bool] = lambda path: False) -> None:
        self.prefix = prefix
        self.resolve = resolve
        self.is_known = is_known
        self.problems: list[BindProblem] = []
        self.seen: dict[Path, tuple[Path, Leaf]] = {}
        self.secret: set[Path] = set()

    def bind(self, node: Node | None, hint: Hint) -> Any:
        """Return the object of type *hint* that *node* describes; no node means all defaults.

        Raises:
            BindError: with every value that was refused, and every name that is unknown.
        """
        nothing: object = [] if shape_of(hint).item is not None and shape_of(hint).fields is None else {}
        data = self._plain(node, hint, (), self.prefix) if node is not None else nothing
        try:
            bound = validate(hint, data)
        except ValidationError as error:
            self.problems += [self._refusal(hint, entry) for entry in error.errors(include_url=False)]
            bound = None
        if self.problems:
            raise BindError(join_key(self.prefix), spell(hint), tuple(self.problems))
        return bound

    def _plain(self, node: Node, hint: Hint, loc: Path, path: Path) -> object:
        """Return *node* as plain data for the validator; *loc* is its place there, *path* its dotted key."""
        shape = shape_of(hint)
        if isinstance(node, Leaf):
            return self._value(node, shape, loc, path)
        if isinstance(node, Items):
            item = shape.item if shape.item is not None else Any
            return [self._plain(node.entries[index], item, (*loc, index), (*path, index)) for index in sorted(node.entries)]
        if node.own is not None and (node.is_covered if shape.is_native else shape.fields is None and shape.entry is None):
            return self._value(node.own, shape, loc, path)
        if shape.fields is not None:
            return self._fields(node, shape, loc, path)
        entry = shape.entry if shape.entry is not None else Any
        return {name: self._plain(child, entry, (*loc, name), (*path, name)) for name, child in node.items()}

    def _fields(self, branch: Branch, shape: Shape, loc: Path, path: Path) -> dict[str, object]:
        assert shape.fields is not None
        data: dict[str, object] = {}
        for name, child in branch.items():
            known = shape.fields.get(uniform(name))
            if known is not None:
                if known.deprecation is not None and (leaf := first_leaf(child)) is not None:
                    _log.warning("the setting %s (%s) is deprecated: %s", join_key((*path, name)), leaf.origin, known.deprecation)
                data[known.key] = self._plain(child, known.hint, (*loc, known.key), (*path, name))
            elif shape.is_open:
                data[name] = self._plain(child, Any, (*loc, name), (*path, name))
            else:
                self._judge(child, name, shape, path)
        return data

    def _value(self, leaf: Leaf, shape: Shape, loc: Path, path: Path) -> object:
        self.seen[loc] = (path, leaf)
        if shape.is_secret:
            self.secret.add(path)
        if leaf.text is None:
            return {} if shape.fields is not None or (shape.entry is not None and not shape.is_native) else None
        try:
            text = self.resolve(leaf.text)
        except PlaceholderError as error:
            self._refuse(path, leaf, error.reason)
            return leaf.text
        if shape.item is not None and not shape.is_native:
            return [part.strip() for part in text.split(",")] if text.strip() else []
        if not text and shape.fields is not None:
            return {}
        if not text and shape.is_optional:
            return None
        return leaf.native if shape.is_native and text == leaf.text else text

    def _judge(self, node: Node, name: str, shape: Shape, path: Path) -> None:
        """Refuse what is set below *name*, which is no field, as far as nobody else knows it."""
        below = list(leaves(node, (*path, name)))
        unknown = [(where, leaf) for where, leaf in below if not self.is_known(where)]
        if below and len(unknown) < len(below):
            for where, leaf in unknown:
                self._refuse(where, leaf, "there is no such setting")
        elif below or not self.is_known((*path, name)):
            self._unknown(node, name, shape, path)

    def _unknown(self, node: Node, name: str, shape: Shape, path: Path) -> None:
        names = sorted({kebab(known.name) for known in (shape.fields or {}).values()})
        near = nearest(kebab(name), names)
        hint = f"; did you mean '{near[0]}'?" if near else f"; known here: {', '.join(names)}" if names else ""
        self._refuse((*path, name), first_leaf(node), f"there is no such setting{hint}", join_key((*path, near[0])) if near else None)

    def _refusal(self, hint: Hint, entry: Any) -> BindProblem:
        loc: Path = tuple(entry["loc"])
        while loc and loc not in self.seen:
            loc = loc[:-1]
        path, leaf = self.seen.get(loc, (self.prefix, None))
        if leaf is None:
            path = (*self.prefix, *(kebab(part) if isinstance(part, str) else part for part in entry["loc"]))
        reason = entry["msg"].removeprefix("Value error, ")
        return self._problem(path, leaf, reason[:1].lower() + reason[1:])

    def _refuse(self, path: Path, leaf: Leaf | None, reason: str, near: str | None = None) -> None:
        self.problems.append(self._problem(path, leaf, reason, near))

    def _problem(self, path: Path, leaf: Leaf | None, reason: str, near: str | None = None) -> BindProblem:
        if leaf is None:
            return BindProblem(join_key(path), None, None, reason, near)
        if (is_secret(path) or path in self.secret) and leaf.text:
            return BindProblem(join_key(path), MASK, str(leaf.origin), reason.replace(leaf.text, MASK), near)
        return BindProblem(join_key(path), str(leaf.text), str(leaf.origin), reason, near)


@lru_cache(maxsize=512)
def _adapter(hint: Hint) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def validate(hint: Hint, data: object) -> Any:
    """Return *data* as an object of type *hint*, by pydantic alone.

    A ``BaseSettings`` would read the process environment again in its ``__init__``; it is filled without calling that.
    """
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint.__pydantic_custom_init__:
        return hint.__pydantic_validator__.validate_python(data, self_instance=hint.__new__(hint))
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint.__pydantic_validator__.validate_python(data)
    return _adapter(hint).validate_python(data)
