"""Environment: the sources of settings and the active profiles of an application, asked by key or bound to a class."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from pyboot.boot.errors import BindError, BindProblem, PlaceholderError
from pyboot.boot.model.generic import Hint
from pyboot.boot.model.origin import Origin

from .bind.binder import Binder
from .bind.known import Asked, KnownSettings
from .names import join_key, kebab, split_key, uniform
from .read.placeholder import keys_in, only_key, resolve
from .read.profiles import ProfileError, matches, names_in, resembles
from .read.sources import Path, PropertySources, Source, canonical
from .read.variables import Variable, near_path
from .secrets import MASK, Secrets
from .shape import shape_of
from .tree import Branch, Leaf, Node, first_leaf, leaves

_log = logging.getLogger(__name__)


class Environment(PropertySources):
    """The settings of an application and its active profiles.

    Args:
        sources: where the settings come from, highest first.
        profiles: the active profiles.
        secrets: decides what is shown of the settings; by default one of its own.
    """

    def __init__(self, sources: Sequence[Source], profiles: Sequence[str] = (), secrets: Secrets | None = None) -> None:
        super().__init__(sources)
        self.active_profiles = tuple(profiles)
        self.secrets = Secrets() if secrets is None else secrets
        self.secrets.watch(self)
        self.files: tuple[str, ...] = ()
        """The files that the settings were read from, the winning one first, each once."""
        self.known_profiles: set[str] = set()
        self.profile_origins: dict[str, str] = {}
        self.known = KnownSettings()
        self.known.ask_also(lambda: Asked(self._placeholders()))
        self._defaults: tuple[Source, ...] = ()
        self._doubted: set[str] = set()

    @overload
    def get(self, key: str) -> str | None: ...
    @overload
    def get[T](self, key: str, kind: type[T]) -> T | None: ...
    @overload
    def get[T](self, key: str, kind: type[T], default: T) -> T: ...
    def get(self, key: str, kind: Hint = str, default: Any = None) -> Any:
        """Return the setting *key* as a *kind*, or *default* where nobody sets it.

        Raises:
            BindError: the value is no *kind*; the error names its origin.
            PlaceholderError: the value holds a placeholder that cannot be replaced.
        """
        if (whole := self._whole(key, kind)) is not None:
            return Binder(split_key(key), self.resolve, secrets=self.secrets).bind(whole, kind)
        if kind is str:
            text = self.text(key)
            return default if text is None else text
        leaf = self.leaf(key)
        if leaf is None or leaf.text is None:
            return default
        return Binder(split_key(key), self.resolve, secrets=self.secrets).bind(leaf, kind)

    def _whole(self, key: str, kind: Hint) -> Node | None:
        """Return the tree below *key* for a *kind* that is made of several settings; ``None`` where one text, or nothing, is there."""
        shape = shape_of(kind)
        if shape.fields is None and shape.entry is None and shape.item is None:
            return None
        self.known.ask(key)
        node = self.node(key, kind)
        return None if isinstance(node, Leaf) else node

    def text(self, key: str) -> str | None:
        """Return the setting *key* as it was written, placeholders replaced; ``None`` where nobody sets it.

        Raises:
            PlaceholderError: the value holds a placeholder that cannot be replaced.
        """
        leaf = self.leaf(key)
        if leaf is None or leaf.text is None:
            return None
        try:
            return self.resolved(leaf)
        except PlaceholderError as error:
            if not self.secrets.is_secret(key):
                raise
            raise PlaceholderError(f"${{{key}}}", error.reason, error.origin) from error

    def leaves(self, key: str) -> Iterator[tuple[Leaf, Source]]:
        """Iterate over the values of *key* in all sources, the winning one first, and note that the key is asked for."""
        self.known.ask(key)
        yield from super().leaves(key)

    def shown(self, key: str) -> str | None:
        """Return the setting *key* as it may be shown, a secret masked; ``None`` where nobody sets it."""
        text = self.text(key)
        return None if text is None else self.secrets.shown(key, text)

    def shown_leaf(self, key: str, leaf: Leaf) -> str | None:
        """Return the value of *leaf*, of the setting *key*, with placeholders replaced; a secret, also one that it names, is masked."""
        if leaf.text is None or self.secrets.is_secret(key):
            return None if leaf.text is None else MASK

        def looked_up(name: str) -> str | None:
            found = self.leaf(name)
            return None if found is None else MASK if self.secrets.is_secret(name) else found.text or ""

        try:
            return self.secrets.masked(resolve(leaf.text, looked_up))
        except PlaceholderError as error:
            return self.secrets.masked(f"{leaf.text} ({error})")

    def convert(self, text: str, kind: Hint, origin: Origin) -> Any:
        """Return *text*, written at *origin*, as a *kind*, by the rules of :meth:`bind` and with its placeholders replaced.

        A text that is one placeholder stands for the whole of what it names: a list or a map as a file writes it.

        Raises:
            BindError: *text* is no *kind*.
        """
        shape = shape_of(kind)
        if shape.is_secret or (shape.item is not None and shape_of(shape.item).is_secret):
            for key in keys_in(text):
                self.secrets.declare(key, kind)
        named = only_key(text)
        if named is not None and (whole := self._whole(named, kind)) is not None:
            return Binder(split_key(named), self.resolve, secrets=self.secrets).bind(whole, kind)
        return Binder((text,), self.resolve, secrets=self.secrets).bind(Leaf.of(text, origin), kind)

    def bind[T](self, prefix: str, model: type[T], *, judged: bool = True) -> T:
        """Return the settings below *prefix* as a *model*: a pydantic model, a dataclass, or a hint such as ``dict[str, Server]``.

        Args:
            prefix: where the settings stand.
            model: what they become.
            judged: look for unknown names as well; not where the application's own wishes are not known yet.

        Raises:
            BindError: with every value that was refused and every unknown name, each with its origin.
        """
        parts = tuple(str(part) for part in split_key(prefix))
        self.known.claim(prefix, model if judged else None)
        node = self.judged_node(prefix, model) if judged else self.node(prefix, model)

        def is_known(path: Path) -> bool:
            return not judged or self.known.knows(path, parts)

        self.secrets.declare(prefix, model)
        bound: T = Binder(parts, self.resolve, is_known, self.secrets, self.known.names_below).bind(node, model)
        return bound

    def claim(self, prefix: str, model: Hint = None) -> None:
        """Announce that *prefix* is bound to a *model*, so that no class which is bound at or above it calls a name there unknown."""
        self.known.claim(prefix, model)

    def judged_node(self, prefix: str, hint: Hint) -> Node | None:
        """Return everything below *prefix* as :meth:`node` does, and warn once of each variable below it that means nothing."""
        parts = split_key(prefix)

        def judge(variable: Variable, taken: int, path: Path | None) -> None:
            if variable.name in self._doubted:
                return
            if variable.rivals:
                self._doubted.add(variable.name)
                _log.warning("%s and %s mean one setting; %s counts", ", ".join(variable.rivals), variable.name, variable.name)
            elif not path and not self.known.knows_variable("".join(variable.tokens), parts, hint):
                self._doubted.add(variable.name)
                _log.warning("%s means no setting below '%s'%s", variable.name, join_key(parts), _asked(variable, taken, parts, hint))

        return self.node(prefix, hint, judge)

    def _placeholders(self) -> Iterator[str]:
        """Iterate over the settings that placeholders in other settings name."""
        for _, leaf in self.everything():
            if leaf.text is not None and "${" in leaf.text:
                yield from keys_in(leaf.text)

    def strangers(self) -> BindError | None:
        """Return as one error the names at the top of files that nobody knows and that are one slip away from a bound one, or ``None``."""
        problems = []
        for root, (name, node) in sorted(self._roots().items()):
            meant = self.known.slip_of(root)
            leaf = first_leaf(node)
            if meant is not None and leaf is not None:
                problems.append(
                    BindProblem(name, None, str(leaf.origin), f"nothing is known below this name; did you mean '{meant}'?", meant)
                )
        return BindError("", "", tuple(problems)) if problems else None

    def _roots(self) -> dict[str, tuple[str, Node]]:
        branches = [tree for tree in reversed(self.trees()) if isinstance(tree, Branch)]
        return {uniform(name): (name, node) for tree in branches for name, node in tree.items()}

    def strange_profiles(self, expressions: Iterable[str]) -> Iterator[ProfileError]:
        """Iterate over the active profiles that switch nothing on and are a slip of one that does; log a warning for the others.

        A profile is known if a file, a document, a group, a list of profiles, or one of *expressions* names it.
        """
        known = self.known_profiles.union(*map(names_in, expressions))
        for name in self.active_profiles:
            if name not in known:
                place = self.profile_origins.get(name, "")
                meant = resembles(name, known)
                if meant is not None:
                    yield ProfileError(name, f"it switches nothing on ({place}); did you mean '{meant}'?")
                else:
                    _log.warning("the profile '%s' (%s) switches nothing on", name, place)

    def effective(self, bound: Iterable[tuple[str, Hint]]) -> dict[str, Leaf]:
        """Return the winning value of every key: those of :meth:`settings`, and the variables below each *bound* prefix, read by its
        model.
        """
        found = self.settings()
        for prefix, model in bound:
            parts, node = split_key(prefix), self.node(prefix, model)
            own = [] if node is None else [(canonical((*parts, *path)), leaf) for path, leaf in leaves(node)]
            found = {key: leaf for key, leaf in found.items() if split_key(key)[: len(parts)] != parts} | dict(own)
        return found

    def follow(self, other: "Environment") -> None:
        """Take over the sources of *other*, which were read from the same places later; the defaults stay."""
        self.sources = (*other.sources, *self._defaults)

    def add_defaults(self, source: Source) -> None:
        """Add *source* below all others."""
        self._defaults = (*self._defaults, source)
        self.sources = (*self.sources, source)

    @property
    def has_defaults(self) -> bool:
        """Tell whether any source was added below those that the environment was read from."""
        return bool(self._defaults)

    def accepts_profiles(self, expression: str) -> bool:
        """Tell whether the active profiles satisfy *expression*: names with ``!``, ``&``, ``|`` and parentheses."""
        self.known_profiles.update(names_in(expression))
        return matches(expression, self.active_profiles)


def _asked(variable: Variable, taken: int, parts: Path, hint: Hint) -> str:
    near = near_path(variable, taken, hint)
    if near is None:
        return ""
    key = join_key((*parts, *map(kebab, near)))
    is_branch = "".join(map(uniform, near)) == "".join(variable.tokens[taken:])
    return f"; {key} is a branch, and what is below it can be set" if is_branch else f"; did you mean {key}?"
