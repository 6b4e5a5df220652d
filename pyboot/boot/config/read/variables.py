"""Settings from environment variables: ``SERVER_MAX_SIZE``, ``SERVER_MAXSIZE`` and ``SERVER__MAX_SIZE`` all mean ``server.max-size``.

A variable's name cannot tell a word's end from a part's end, so it is read against what is asked for: a key
(:meth:`EnvironmentVariables.find`), or the shape of a class, where a model takes the longest run of tokens that is a field, a list
an index, and a map a key that is there already, else what a double underscore ends, else one token (:func:`path_of`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pyboot.boot.config.names import DEEPEST, uniform
from pyboot.boot.config.shape import Field, shape_of
from pyboot.boot.config.tree import Branch, Items, Leaf, Node
from pyboot.boot.model.generic import Hint
from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.origin import Origin

type Path = tuple[str | int, ...]


class Variable(NamedTuple):
    """One variable, its name cut into tokens; ``firm`` are the places where a double underscore ends a part.

    ``rivals`` are the names of others, with other values, that mean the same and do not count.
    """

    name: str
    value: str
    tokens: tuple[str, ...]
    firm: frozenset[int]
    place: str = ""
    rivals: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Variable {self.name}>"  # not its value, which may be a secret

    @property
    def leaf(self) -> Leaf:
        """The variable's value with its origin."""
        origin = f"{self.place} ({self.name})" if self.place else f"environment variable {self.name}"
        return Leaf.of(self.value, Origin(origin))

    def after(self, parts: Sequence[str | int]) -> int | None:
        """Return how many tokens the path *parts* takes, or ``None`` where the variable lies elsewhere."""
        position = 0
        for part in parts:
            wanted, seen = uniform(str(part)), ""
            while position < len(self.tokens) and len(seen) < len(wanted):
                seen += self.tokens[position]
                position += 1
            if seen != wanted:
                return None
        return position


class EnvironmentVariables:
    """The process environment, or a ``.env`` *file*, as a source of settings."""

    def __init__(self, variables: Mapping[str, str], file: str = "") -> None:
        self.variables = variables
        self.file = file
        self._by_name: dict[str, Variable] = {}
        for name in sorted(self.variables):
            variable = _cut(name, self.variables[name], self.file)
            former = self._by_name.setdefault("".join(variable.tokens), variable)
            if former.value != variable.value:  # HTTP_PROXY and http_proxy: capitals come first
                self._by_name["".join(variable.tokens)] = former._replace(rivals=(*former.rivals, name))

    @property
    def place(self) -> str:
        """The name of the source in listings."""
        return self.file or "environment variables"

    def find(self, parts: Sequence[str | int]) -> Leaf | None:
        """Return the value of the variable that the whole path *parts* means."""
        variable = self._by_name.get("".join(uniform(str(part)) for part in parts))
        return variable.leaf if variable else None

    def below(self, parts: Sequence[str | int]) -> tuple[tuple[Variable, int], ...]:
        """Return the variables below the path *parts*, each with the number of tokens that the path took."""
        start = uniform(str(parts[0])) if parts else ""
        found = []
        for joined, variable in self._by_name.items():
            if joined.startswith(start):
                taken = variable.after(parts)
                if taken is not None and taken < len(variable.tokens) <= DEEPEST:
                    found.append((variable, taken))
        return tuple(found)


def _cut(name: str, value: str, file: str) -> Variable:
    tokens: list[str] = []
    firm: set[int] = set()
    for group in name.lower().split("__"):
        tokens.extend(token for token in group.split("_") if token)
        firm.add(len(tokens))
    firm.discard(len(tokens))
    return Variable(name, value, tuple(tokens), frozenset(firm), file)


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
    """Iterate over the paths of all fields of *hint*, except below a map or a list, or inside a class that holds itself."""
    for field in (shape_of(hint).fields or {}).values() if hint not in above else ():
        yield (field.name,)
        yield from ((field.name, *rest) for rest in _paths(field.hint, (*above, hint)))


def _field(variable: Variable, taken: int, fields: dict[str, Field], below: Node | None) -> Path | None:
    """Return the path that begins with the longest run of tokens which is a field's name and leaves a rest that means something."""
    for end in range(len(variable.tokens), taken, -1):
        field = fields.get("".join(variable.tokens[taken:end]))
        if field is not None:
            child = below.find(field.name) if isinstance(below, Branch) else None
            rest = path_of(variable, end, field.hint, child)
            if rest is not None:
                return (field.name, *rest)
    return None


def _entry(variable: Variable, taken: int, hint: Hint, below: Node | None) -> Path | None:
    """Return the path into a map: by a key that is there already, else up to a double underscore, else by one token."""
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
