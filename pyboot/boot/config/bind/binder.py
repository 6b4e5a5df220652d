"""The binder: makes one checked object of the settings below a prefix, and names the origin of every value that it refuses.

A binding goes two ways. Down the tree, along the shape of the target, the text of each leaf gets its placeholders replaced and becomes
plain data; ``seen`` keeps the leaf of each place in that data. Then pydantic validates the data, and each of its refusals is led back
through ``seen`` to the leaf, hence to the file and the line. Nothing stops at the first refusal: all are one ``BindError``. Values
that are secret by name, by type or by what they are made of are collected on the way down, and are masked in every refusal.
"""

import logging
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeGuard

from pydantic import BaseModel, TypeAdapter, ValidationError

from pyboot.boot.config.names import is_name, join_key, kebab, uniform
from pyboot.boot.config.read.placeholder import keys_in
from pyboot.boot.config.secrets import MASK, Secrets, hidden, is_secret
from pyboot.boot.config.shape import Shape, shape_of
from pyboot.boot.config.tree import Branch, Items, Leaf, Node, first_leaf, leaves
from pyboot.boot.errors import BindError, BindProblem, PlaceholderError
from pyboot.boot.model.generic import Hint, spell
from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.switch import switch_of

_log = logging.getLogger(__name__)

_NO_GROUP = ("model_type", "model_attributes_type", "dataclass_type")  # what pydantic calls a value where a group is wanted
_LONGEST = 200  # characters of a value that a report shows

type Path = tuple[str | int, ...]


class Binder:
    """Binds the settings below *prefix*, once; it collects everything that is wrong instead of stopping at the first."""

    def __init__(
        self,
        prefix: Path,
        resolve: Callable[[str], str],
        is_known: Callable[[Path], bool] = lambda path: False,
        secrets: Secrets | None = None,
        names_below: Callable[[Path], Iterable[str]] = lambda path: (),
    ) -> None:
        self.prefix = prefix
        self.resolve = resolve
        self.is_known = is_known
        self.names_below = names_below
        self.secrets = Secrets() if secrets is None else secrets
        self.problems: list[BindProblem] = []
        self.seen: dict[Path, tuple[Path, Leaf]] = {}
        self._groups: dict[Path, Shape] = {}  # what was written as one value, and is a group of settings
        self._secret: set[Path] = set()
        self._hidden: set[str] = set()

    def bind(self, node: Node | None, hint: Hint) -> Any:
        """Return the object of type *hint* that *node* describes; no node means all defaults.

        Raises:
            BindError: with every value that was refused, and every name that is unknown.
        """
        if node is None and _has_unchecked_defaults(hint):
            return hint.model_construct()
        nothing: object = [] if shape_of(hint).item is not None and shape_of(hint).fields is None else {}
        data = self._data_of(node, hint, (), self.prefix) if node is not None else nothing
        bound = None
        try:
            bound = validate(hint, data)
        except ValidationError as error:
            self.problems += [self._refusal(hint, entry) for entry in error.errors(include_url=False)]
        except Exception as error:  # noqa: BLE001  a check of the user's that raises something else is no less a refusal
            self._refuse(self.prefix, None, f"a check of {spell(hint)} failed: {type(error).__name__}: {error}")
        if self.problems:
            raise BindError(join_key(self.prefix), spell(hint), tuple(map(self._censored, self.problems)))
        return bound

    def _data_of(self, node: Node, hint: Hint, loc: Path, path: Path) -> object:
        """Return *node* as plain data for the validator; *loc* is its place there, *path* its dotted key."""
        shape = shape_of(hint)
        if isinstance(node, Leaf):
            return self._value(node, shape, loc, path)
        if isinstance(node, Items):
            return self._list(node, shape, loc, path)
        if node.own is not None and self._is_meant(node, node.own, shape):
            self._judge_below(node, path)
            return self._value(node.own, shape, loc, path)
        if shape.fields is not None:
            return self._fields(node, shape, loc, path)
        entry = shape.entry if shape.entry is not None else Any
        left_out = {name for name, child in node.items() if shape_of(entry).is_structure and self._is_left_out(child)}
        return {
            str(name): self._data_of(child, entry, (*loc, str(name)), (*path, name)) for name, child in node.items() if name not in left_out
        }

    def _is_left_out(self, node: Node) -> bool:
        """Tell whether an entry of a map of structures is switched off (``servers.admin: false``); one that is set to nothing has all
        defaults.
        """
        leaf = node.own if isinstance(node, Branch) and node.is_covered else node
        if not isinstance(leaf, Leaf) or leaf.text is None:
            return False
        try:
            return self.resolve(leaf.text).strip().lower() == "false"
        except PlaceholderError:  # refused when it is read
            return False

    def _is_meant(self, node: Branch, own: Leaf, shape: Shape) -> bool:
        """Tell whether the value of a branch counts instead of its children: it was laid over them, or a plain value is wanted."""
        if node.is_covered:
            return not shape.is_structure or bool(own.text)  # where a structure is wanted, it is refused with its place
        return not shape.is_native and shape.fields is None and shape.entry is None

    def _judge_below(self, node: Branch, path: Path) -> None:
        """Refuse what is set below a plain value without being covered by it, unless something else knows it."""
        for where, leaf in () if node.is_covered else leaves(Branch(node.children), path):
            if not self.is_known(where):
                self._refuse(where, leaf, f"there is no such setting: '{join_key(path)}' is one value")

    def _list(self, items: Items, shape: Shape, loc: Path, path: Path) -> list[object]:
        item = shape.item if shape.item is not None else Any
        for place, index in enumerate(sorted(items.entries)):
            if place != index:
                reason = f"there is no item {place}; the items of a list count from 0 and leave none out"
                self._refuse((*path, index), first_leaf(items.entries[index]), reason)
                break
        return [
            self._data_of(items.entries[index], item, (*loc, place), (*path, index)) for place, index in enumerate(sorted(items.entries))
        ]

    def _fields(self, branch: Branch, shape: Shape, loc: Path, path: Path) -> dict[str, object]:
        assert shape.fields is not None
        data: dict[str, object] = {}
        for name, child in branch.items():
            known = shape.fields.get(uniform(str(name)))
            if known is not None:
                if known.deprecation is not None and (leaf := first_leaf(child)) is not None:
                    _log.warning("the setting %s (%s) is deprecated: %s", join_key((*path, name)), leaf.origin, known.deprecation)
                data[known.key] = self._data_of(child, known.hint, (*loc, known.key), (*path, name))
            elif shape.is_open:
                data[name] = self._data_of(child, Any, (*loc, name), (*path, name))
            else:
                self._judge(child, name, shape, path)
        return data

    def _value(self, leaf: Leaf, shape: Shape, loc: Path, path: Path) -> object:
        self.seen[loc] = (path, leaf)
        if shape.fields:
            self._groups[loc] = shape
        if self._is_secret(path, leaf, shape):
            self._secret.add(path)
            self._hidden.add(leaf.text or "")
        try:
            text = None if leaf.text is None else self.resolve(leaf.text)
            if text is not None and path in self._secret:
                self._hidden.update((text, *(part.strip() for part in text.split(","))))
        except PlaceholderError as error:
            self._refuse(path, leaf, error.reason)
            return leaf.text
        is_list = shape.item is not None and not shape.is_native
        if not text or (shape.is_structure and text.strip().lower() == "false"):
            return self._nothing(text, shape, is_list=is_list)
        if is_list:
            words = [part.strip() for part in text.split(",")] if text.strip() else []
            item = shape_of(shape.item)
            return [_as_switch(word) if item.is_switch else item.word(word) for word in words]
        if shape.is_switch:
            return _as_switch(text)
        if not (shape.is_native and text == leaf.text and text.strip().lower() in shape.words):
            word = shape.word(text.strip())
            if word != text.strip():
                return word
        return leaf.native if shape.is_native and text == leaf.text else text

    def _is_secret(self, path: Path, leaf: Leaf, shape: Shape) -> bool:
        """Tell whether the value is a secret: by its name, its type, the type of its items, or the settings that it is made of."""
        if shape.is_secret or (shape.item is not None and shape_of(shape.item).is_secret) or is_secret(path):
            return True
        return leaf.text is not None and "${" in leaf.text and any(map(self.secrets.is_secret, filter(is_name, keys_in(leaf.text))))

    def _nothing(self, text: str | None, shape: Shape, *, is_list: bool) -> object:
        """Return the value that no text, or an empty one, is for a target: ``None`` where that is allowed, else an empty structure or
        list.
        """
        if shape.is_optional or (text is None and shape.is_native):
            return None
        return [] if is_list else {} if shape.is_structure else text

    def _judge(self, node: Node, name: str, shape: Shape, path: Path) -> None:
        """Refuse what is set below *name*, which is no field, unless something else knows it."""
        below = list(leaves(node, (*path, name)))
        unknown = [(where, leaf) for where, leaf in below if not self.is_known(where)]
        if below and len(unknown) < len(below):
            for where, leaf in unknown:
                self._refuse(where, leaf, "there is no such setting")
        elif below or not self.is_known((*path, name)):
            self._unknown(node, name, shape, path)

    def _unknown(self, node: Node, name: str, shape: Shape, path: Path) -> None:
        names = sorted({*_names_in(shape), *self.names_below(path)})
        near = nearest(kebab(name), names)
        hint = f"; did you mean '{near[0]}'?" if near else f"; known here: {', '.join(names)}" if names else ""
        meant = (shape.fields or {}).get(uniform(near[0])) if near else None
        if meant is not None and (is_secret((meant.name,)) or shape_of(meant.hint).is_secret):
            self._secret.add((*path, name))
        self._refuse((*path, name), first_leaf(node), f"there is no such setting{hint}", join_key((*path, near[0])) if near else None)

    def _refusal(self, hint: Hint, entry: Any) -> BindProblem:
        loc = _without_tags(hint, tuple(entry["loc"]), {key[:end] for key in self.seen for end in range(len(key) + 1)})
        nearest_seen = next((loc[:end] for end in range(len(loc), -1, -1) if loc[:end] in self.seen), ())
        path, leaf = self.seen.get(nearest_seen, (self.prefix, None))
        reason = entry["msg"].removeprefix("Value error, ")
        reason = reason[:1].lower() + reason[1:]
        if entry["type"] in _NO_GROUP and (group := self._groups.get(nearest_seen)) is not None:
            reason = f"it is no value but a group of settings: {', '.join(_names_in(group))}; {{}} leaves them at their defaults"
        if leaf is None:
            path = (*self.prefix, *(kebab(part) if isinstance(part, str) else part for part in loc))
            return self._problem(path, None, reason).altered(origin=self._section(loc))
        return self._problem(path, leaf, reason)

    def _section(self, loc: Path) -> str | None:
        """Return the origin of the part of the settings in which something is missing or wrong as a whole."""
        for end in range(len(loc), -1, -1):
            for key, (_, leaf) in self.seen.items():
                if key[:end] == loc[:end]:
                    return str(leaf.origin)
        return None

    def _refuse(self, path: Path, leaf: Leaf | None, reason: str, near: str | None = None) -> None:
        self.problems.append(self._problem(path, leaf, reason, near))

    def _problem(self, path: Path, leaf: Leaf | None, reason: str, near: str | None = None) -> BindProblem:
        if leaf is None:
            return BindProblem(join_key(path), None, None, reason, near)
        key = join_key(path)
        is_hidden = path in self._secret or is_secret(path) or (is_name(key) and self.secrets.is_secret(key))
        if is_hidden:
            self._hidden.add(leaf.text or "")
        text = "null" if leaf.text is None else leaf.text
        value = MASK if is_hidden and leaf.text else text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
        return BindProblem(key, value, str(leaf.origin), reason, near)

    def _censored(self, problem: BindProblem) -> BindProblem:
        """Return *problem* without the secrets, of this field or of others, that a check may have put into its message."""
        reason = self.secrets.masked(hidden(problem.reason, self._hidden))
        value = None if problem.value is None else self.secrets.masked(problem.value)
        return problem.altered(reason=reason, value=value)


def _as_switch(text: str) -> bool | str:
    switch = switch_of(text)
    return text if switch is None else switch


def _names_in(shape: Shape) -> list[str]:
    """The settings of a group, as they are written."""
    return sorted({kebab(known.name) for known in (shape.fields or {}).values()})


def _without_tags(hint: Hint, loc: Path, seen: set[Path]) -> Path:
    """Return the place *loc* of a refusal without the members of unions that the validator has tried, which are no names of settings."""
    kept: Path = ()
    for part in loc:
        shape = shape_of(hint)
        field = shape.fields.get(uniform(part)) if shape.fields is not None and isinstance(part, str) else None
        if field is not None:
            hint = field.hint
        elif isinstance(part, int) and shape.item is not None:
            hint = shape.item
        elif shape.entry is not None and (*kept, part) in seen:
            hint = shape.entry
        elif (*kept, part) not in seen:
            continue
        kept = (*kept, part)
    return kept


@lru_cache(maxsize=512)
def _adapter(hint: Hint) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _has_unchecked_defaults(hint: Hint) -> TypeGuard[type[BaseModel]]:
    """Tell whether *hint* is a model whose defaults nobody would check: then its validator need not be built for a start that sets nothing.

    Building it is a tenth of a small start, and `ConfigDict(defer_build=True)` says that it is not there yet.
    """
    if not (isinstance(hint, type) and issubclass(hint, BaseModel)) or hint.__pydantic_complete__ or hint.__pydantic_custom_init__:
        return False
    if not hint.__pydantic_fields_complete__ or hint.__pydantic_root_model__:
        return False
    if hint.model_config.get("validate_default") or hint.__pydantic_decorators__.model_validators:
        return False
    return not any(field.is_required() or field.validate_default for field in hint.model_fields.values())


def validate(hint: Hint, data: object) -> Any:
    """Return *data* as an object of type *hint*, by pydantic alone.

    A ``BaseSettings`` would read the process environment again in its ``__init__``; it is filled without calling that.
    """
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint.__pydantic_custom_init__:
        return hint.__pydantic_validator__.validate_python(data, self_instance=hint.__new__(hint))
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint.__pydantic_validator__.validate_python(data)
    return _adapter(hint).validate_python(data)
