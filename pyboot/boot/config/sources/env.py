"""Settings from environment variables: ``SERVER_MAX_SIZE``, ``SERVER_MAXSIZE`` and ``SERVER__MAX_SIZE`` all mean ``server.max-size``.

A variable's name cannot tell a word's end from a part's end, so it is read against what is asked for: a key, or the
fields of a properties class.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyboot.boot.config.names import DEEPEST, uniform
from pyboot.boot.config.tree import Leaf
from pyboot.boot.model.origin import Origin


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
        """What a listing calls the source."""
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
