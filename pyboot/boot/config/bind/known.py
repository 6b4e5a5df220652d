"""Known settings: the one place that judges whether the name of a setting means anything.

The law: **a setting is known if anything declares it or asks for it.** Declared is what a bound class has as a field, and what
lies below another bound prefix. Asked for is what ``Value("${a.b}")``, a condition, a schedule, ``environment.get("a.b")`` and the
placeholders inside other settings name, whether or not the bean that asks is there under these profiles and conditions. Only what
is neither is a stranger: an error in a file or on the command line, a warning where a variable says it, since that may be
somebody else's.

Who asks is found out only when there is a stranger to be judged: a start whose settings are right pays for none of it.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from pyboot.boot.config.names import is_name, split_key, uniform
from pyboot.boot.config.shape import shape_of
from pyboot.boot.model.generic import Hint
from pyboot.boot.model.nearest import is_slip

type Path = tuple[str, ...]


class Asked(NamedTuple):
    """The settings that a part of the application asks for: single names, and whole branches below a prefix."""

    keys: Iterable[str] = ()
    prefixes: Iterable[str] = ()


class KnownSettings:
    """Holds the names that something declares or asks for."""

    def __init__(self) -> None:
        self._prefixes: set[Path] = set()
        self._written: set[Path] = set()  # the same, as they were spelled
        self._models: list[tuple[Path, Hint]] = []
        self._keys: set[str] = set()
        self._askers: list[Callable[[], Asked]] = []

    def claim(self, prefix: str, model: Hint = None) -> None:
        """Note that everything below *prefix* is bound to a *model* by somebody, who judges the names there."""
        self._prefixes.add(_names(prefix))
        if is_name(prefix):  # else it is refused by who binds it
            self._written.add(tuple(map(str, split_key(prefix))))
        if model is not None:
            self._models.append((_names(prefix), model))

    def ask(self, key: str) -> None:
        """Note that the setting *key* has been asked for."""
        self._keys.add(key)

    def ask_also(self, asker: Callable[[], Asked]) -> None:
        """Note that *asker* names more settings, once a stranger is to be judged."""
        self._askers.append(asker)

    def names_below(self, path: tuple[str | int, ...]) -> set[str]:
        """Return the names that other classes are bound to right below *path*: ``clients`` below ``netty``."""
        depth, own = len(path), _uniform(path)
        return {written[depth] for written in self._written if len(written) > depth and _names(".".join(written))[:depth] == own}

    def is_bound(self, path: tuple[str, ...]) -> bool:
        """Tell whether *path* lies below a prefix that is bound."""
        return any(path[: len(prefix)] == prefix for prefix in self._prefixes)

    def asks(self, key: str) -> bool:
        """Tell whether anything asks for the setting *key* itself."""
        return _names(key) in self._asked()[0]

    def knows(self, path: tuple[str | int, ...], bound: tuple[str | int, ...]) -> bool:
        """Tell whether the setting at *path* is known although the class bound at *bound* has no such field."""
        own, above = _uniform(path), len(_uniform(bound))
        if any(len(prefix) > above and _is_on(prefix, own) for prefix in self._prefixes):
            return True
        if any(own[: len(prefix)] == prefix and leads_to_field(own[len(prefix) :], model) for prefix, model in self._models):
            return True
        keys, prefixes = self._asked()
        return own in keys or any(len(prefix) > above and _is_on(prefix, own) for prefix in prefixes)

    def knows_variable(self, joined: str, bound: tuple[str | int, ...], judging: Hint = None) -> bool:
        """Tell whether the variable *joined* (its name without underscores) is known although *judging*, bound at *bound*, has no such
        field.
        """
        own = _uniform(bound)

        def means(prefix: Path) -> bool:
            return len(prefix) > len(own) and prefix[: len(own)] == own and joined.startswith("".join(prefix))

        if any(map(means, self._prefixes)) or any(
            _leads_joined(joined, prefix, model) for prefix, model in self._models if model is not judging
        ):
            return True
        keys, prefixes = self._asked()
        return any("".join(key) == joined for key in keys) or any(map(means, prefixes))

    def slip_of(self, root: str) -> str | None:
        """Return the first part of a bound prefix that *root*, the first part of an unknown name, is a slip of; else ``None``."""
        roots = {prefix[0] for prefix in self._prefixes if prefix}
        meant = None if root in roots else next((name for name in sorted(roots) if is_slip(root, name)), None)
        if meant is None:
            return None
        keys, prefixes = self._asked()
        return None if any(path[:1] == (root,) for path in (*keys, *prefixes)) else meant

    def _asked(self) -> tuple[set[Path], set[Path]]:
        told = [asker() for asker in self._askers]
        keys = {_names(key) for key in (*self._keys, *(key for asked in told for key in asked.keys))}
        return keys, {_names(prefix) for asked in told for prefix in asked.prefixes}


def leads_to_field(path: Path, model: Hint) -> bool:
    """Tell whether *path* leads to a field of *model* or into one; names that an open model takes besides do not count."""
    shape = shape_of(model)
    if not path:
        return True
    if shape.fields is not None:
        field = shape.fields.get(path[0])
        return field is not None and leads_to_field(path[1:], field.hint)
    if shape.entry is not None:
        return leads_to_field(path[1:], shape.entry)
    return shape.item is not None and leads_to_field(path, shape.item)  # an index is no part of a name


def _leads_joined(joined: str, prefix: Path, model: Hint) -> bool:
    start = "".join(prefix)
    return joined.startswith(start) and any(joined[len(start) :].startswith(name) for name in shape_of(model).fields or ())


def _is_on(prefix: Path, path: Path) -> bool:
    """Tell whether one of the two paths is the beginning of the other."""
    shorter = min(len(prefix), len(path))
    return prefix[:shorter] == path[:shorter]


def _names(key: str) -> Path:
    try:
        return _uniform(split_key(key))
    except ValueError:  # asked for by somebody, and no name: nothing can be set there
        return ()


def _uniform(path: tuple[str | int, ...]) -> Path:
    """Return the names of *path* as they are compared, without the indexes of lists."""
    return tuple(uniform(part) for part in path if isinstance(part, str))
