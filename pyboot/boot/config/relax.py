"""Environment variables below a prefix: which field, map entry or list item the tokens of a name mean."""

from collections.abc import Iterator

from pyboot.boot.model.generic import Hint
from pyboot.boot.model.nearest import nearest

from .names import uniform
from .shape import Field, shape_of
from .sources.env import Variable
from .tree import Branch, Items, Node

type Path = tuple[str | int, ...]


def path_of(variable: Variable, taken: int, hint: Hint, below: Node | None) -> Path | None:
    """Return the path that the tokens after *taken* mean for a target of type *hint*, or ``None`` if they mean nothing.

    *below* are the settings of the lower sources: their map keys are preferred over cutting a key at an underscore.
    """
    shape = shape_of(hint)
    if taken == len(variable.tokens):
        return None if shape.is_structure and not variable.leaf.is_off else ()
    if shape.fields is not None:
        found = _field(variable, taken, dict(shape.fields), below)
        if found is not None:
            return found
    if shape.item is not None and variable.tokens[taken].isdecimal():
        index = int(variable.tokens[taken])
        item = below.entries.get(index) if isinstance(below, Items) else None
        rest = path_of(variable, taken + 1, shape.item, item)
        return None if rest is None else (index, *rest)
    return _entry(variable, taken, shape.entry, below) if shape.entry is not None else None


def near_path(variable: Variable, taken: int, hint: Hint) -> tuple[str, ...] | None:
    """Return the path of fields whose name is nearest to what the tokens after *taken* say, if one is near."""
    paths = {"".join(map(uniform, path)): path for path in _paths(hint)}
    found = nearest("".join(variable.tokens[taken:]), list(paths))
    return paths[found[0]] if found else None


def _paths(hint: Hint, above: tuple[Hint, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all fields of *hint*, but for what lies below a map or a list, or in a class that holds itself."""
    for field in (shape_of(hint).fields or {}).values() if hint not in above else ():
        yield (field.name,)
        yield from ((field.name, *rest) for rest in _paths(field.hint, (*above, hint)))


def _field(variable: Variable, taken: int, fields: dict[str, Field], below: Node | None) -> Path | None:
    """The longest run of tokens that is a field's name and leaves a rest that means something."""
    for end in range(len(variable.tokens), taken, -1):
        field = fields.get("".join(variable.tokens[taken:end]))
        if field is not None:
            child = below.find(field.name) if isinstance(below, Branch) else None
            rest = path_of(variable, end, field.hint, child)
            if rest is not None:
                return (field.name, *rest)
    return None


def _entry(variable: Variable, taken: int, hint: Hint, below: Node | None) -> Path | None:
    """One entry of a map: a key that is there already, else up to the double underscore, else one token."""
    known = {uniform(name): (name, child) for name, child in below.items()} if isinstance(below, Branch) else {}
    for end in range(len(variable.tokens), taken, -1):
        if (entry := known.get("".join(variable.tokens[taken:end]))) is not None:
            rest = path_of(variable, end, hint, entry[1])
            if rest is not None:
                return (entry[0], *rest)
    for end in (*sorted(end for end in variable.firm if end > taken), taken + 1, len(variable.tokens)):
        rest = path_of(variable, end, hint, None)
        if rest is not None:
            return ("-".join(variable.tokens[taken:end]), *rest)
    return None
