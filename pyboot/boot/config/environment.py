"""Environment: the ordered sources of settings and the active profiles, asked by key or bound to a class."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from pyboot.boot.errors import BindError, BindProblem, PlaceholderError
from pyboot.boot.model.generic import Hint
from pyboot.boot.model.origin import Origin

from .binder import Binder
from .known import Asked, KnownSettings
from .names import join_key, kebab, split_key, uniform
from .placeholder import keys_in, only_key, resolve
from .profiles import ProfileError, matches, names_in, resembles
from .random import random_value
from .relax import near_path, path_of
from .secrets import Secrets
from .shape import shape_of
from .source import Source, TreeSource, value_at
from .sources.env import EnvironmentVariables, Variable
from .tree import Branch, Leaf, Node, first_leaf, leaves, overlay, plant

_log = logging.getLogger(__name__)

type Path = tuple[str | int, ...]


class Environment:
    """All settings of an application. ``sources`` stand highest first; a name may be written in any relaxed form."""

    def __init__(self, sources: Sequence[Source], profiles: Sequence[str] = (), secrets: Secrets | None = None) -> None:
        self.sources = tuple(sources)
        self.active_profiles = tuple(profiles)
        self.secrets = Secrets() if secrets is None else secrets
        self.secrets.watch(self)
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
        leaf = self.leaf(key)
        if leaf is None or leaf.text is None:
            return default
        if kind is str:
            return self.resolved(leaf, key)
        return Binder(split_key(key), self.resolve, secrets=self.secrets).bind(leaf, kind)

    def _whole(self, key: str, kind: Hint) -> Node | None:
        """What stands below *key*, for a *kind* that is made of several settings; ``None`` where one text or nothing is there."""
        shape = shape_of(kind)
        if shape.fields is None and shape.entry is None and shape.item is None:
            return None
        self.known.ask(key)
        node = self.node(key, kind)
        return None if isinstance(node, Leaf) else node

    def text(self, key: str) -> str | None:
        """Return the setting *key* as it was written, placeholders replaced."""
        leaf = self.leaf(key)
        return None if leaf is None or leaf.text is None else self.resolved(leaf, key)

    def leaf(self, key: str) -> Leaf | None:
        """Return the value of *key* from the highest source that has it, with its origin."""
        return next((leaf for leaf, _ in self.leaves(key)), None)

    def leaves(self, key: str) -> Iterator[tuple[Leaf, Source]]:
        """Iterate over the values of *key* in all sources, the winning one first."""
        self.known.ask(key)
        if key.startswith("random."):
            yield random_value(key), self.sources[0]
        parts = split_key(key)
        for source in self.sources:
            leaf = value_at(source, parts)
            if leaf is not None:
                yield leaf, source

    def shown(self, key: str) -> str | None:
        """Return the setting *key* as it may be shown: a secret is masked."""
        text = self.text(key)
        return None if text is None else self.secrets.shown(key, text)

    def everything(self) -> Iterator[tuple[Path, Leaf]]:
        """Iterate over every value of every source with its path; that of a variable has one word in each part."""
        for source in self.sources:
            if isinstance(source, EnvironmentVariables):
                yield from ((("-".join(variable.tokens),), variable.leaf) for variable, _ in source.below(()))
            elif isinstance(source, TreeSource):
                yield from leaves(source.tree)

    def resolve(self, text: str) -> str:
        """Return *text* with its placeholders replaced by settings."""
        return resolve(text, self._lookup) if "${" in text else text

    def resolved(self, leaf: Leaf, key: str = "") -> str:
        """Return the text of *leaf*, the setting *key*, with its placeholders replaced.

        Raises:
            PlaceholderError: one cannot be replaced; with the origin of the text.
        """
        try:
            return self.resolve(leaf.text or "")
        except PlaceholderError as error:
            text = f"${{{key}}}" if key and self.secrets.is_secret(key) else error.text
            raise PlaceholderError(text, error.reason, str(leaf.origin)) from error

    def _lookup(self, key: str) -> str | None:
        try:
            leaf = self.leaf(key)
        except ValueError as error:
            raise PlaceholderError(f"${{{key}}}", str(error)) from error
        return None if leaf is None else leaf.text or ""

    def convert(self, text: str, kind: Hint, origin: Origin) -> Any:
        """Return *text*, written at *origin*, as a *kind*, placeholders replaced, by the rules of :meth:`bind`.

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
        node = self.node(prefix, model, judged=judged)

        def is_known(path: Path) -> bool:
            return not judged or self.known.knows(path, parts)

        self.secrets.declare(prefix, model)
        bound: T = Binder(parts, self.resolve, is_known, self.secrets).bind(node, model)
        return bound

    def claim(self, prefix: str, model: Hint = None) -> None:
        """Announce that *prefix* is bound to a *model*, so that a class bound at or above it does not call that unknown."""
        self.known.claim(prefix, model)

    def node(self, prefix: str, hint: Hint, *, judged: bool = False) -> Node | None:
        """Return everything below *prefix*, all sources laid over each other; environment variables read against *hint*.

        Where it is *judged*, a variable that means nothing is warned about, once.
        """
        parts, is_structure = split_key(prefix), shape_of(hint).is_structure
        tree: Node | None = None
        for source in reversed(self.sources):
            if isinstance(source, EnvironmentVariables):
                tree = self._with_variables(source, parts, hint, tree, judged=judged)
            # a variable that happens to be called like a prefix (USER, PATH, SSL) is somebody else's
            node = None if is_structure and isinstance(source, EnvironmentVariables) else source.find(parts)
            if node is not None:
                tree = node if tree is None else overlay(tree, node)
        return tree

    def _with_variables(self, source: EnvironmentVariables, parts: Path, hint: Hint, tree: Node | None, *, judged: bool) -> Node | None:
        for variable, taken in source.below(parts):
            if judged and variable.rivals and variable.name not in self._doubted:
                self._doubted.add(variable.name)
                _log.warning("%s and %s mean one setting; %s counts", ", ".join(variable.rivals), variable.name, variable.name)
            path = path_of(variable, taken, hint, tree)
            if path:
                planted = plant(path, variable.leaf)
                tree = planted if tree is None else overlay(tree, planted)
            elif judged and variable.name not in self._doubted and not self.known.knows_variable("".join(variable.tokens), parts, hint):
                self._doubted.add(variable.name)
                _log.warning("%s means no setting below '%s'%s", variable.name, join_key(parts), _asked(variable, taken, parts, hint))
        return tree

    def _placeholders(self) -> Iterator[str]:
        """The settings that placeholders in other settings name."""
        for _, leaf in self.everything():
            if leaf.text is not None and "${" in leaf.text:
                yield from keys_in(leaf.text)

    def strangers(self) -> BindError | None:
        """Return the names at the top of files that nobody knows, one slip away from one that is bound, as one error."""
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
        branches = [tree for tree in reversed(self._trees()) if isinstance(tree, Branch)]
        return {uniform(name): (name, node) for tree in branches for name, node in tree.items()}

    def strange_profiles(self, expressions: Iterable[str]) -> Iterator[ProfileError]:
        """Iterate over the active profiles that switch nothing on, one slip away from one that does; warn of others that do not.

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

    def _trees(self) -> list[Node]:
        return [source.tree for source in self.sources if isinstance(source, TreeSource)]

    def settings(self) -> dict[str, Leaf]:
        """Return the winning value of every key that a file, a command line or a test sets; variables have no keys of their own."""
        tree: Node | None = None
        for above in reversed(self._trees()):
            tree = above if tree is None else overlay(tree, above)
        return {} if tree is None else {_canonical(path): leaf for path, leaf in leaves(tree)}

    def effective(self, bound: Iterable[tuple[str, Hint]]) -> dict[str, Leaf]:
        """Return the winning value of every key: of :meth:`settings`, and of the variables below each *bound* prefix, read by its model."""
        found = self.settings()
        for prefix, model in bound:
            parts, node = split_key(prefix), self.node(prefix, model)
            own = [] if node is None else [(_canonical((*parts, *path)), leaf) for path, leaf in leaves(node)]
            found = {key: leaf for key, leaf in found.items() if split_key(key)[: len(parts)] != parts} | dict(own)
        return found

    def follow(self, other: "Environment") -> None:
        """Take over the sources of *other*, read from the same places later; defaults stay."""
        self.sources = (*other.sources, *self._defaults)

    def add_defaults(self, source: Source) -> None:
        """Add *source* below all others."""
        self._defaults = (*self._defaults, source)
        self.sources = (*self.sources, source)

    @property
    def has_defaults(self) -> bool:
        """Whether anything was added below the sources that the environment was read from."""
        return bool(self._defaults)

    def accepts_profiles(self, expression: str) -> bool:
        """Tell whether the active profiles satisfy *expression*: names with ``!``, ``&``, ``|`` and parentheses."""
        self.known_profiles.update(names_in(expression))
        return matches(expression, self.active_profiles)


def _canonical(path: tuple[str | int, ...]) -> str:
    return join_key(tuple(kebab(part) if isinstance(part, str) else part for part in path))


def _asked(variable: Variable, taken: int, parts: Path, hint: Hint) -> str:
    near = near_path(variable, taken, hint)
    if near is None:
        return ""
    key = join_key((*parts, *map(kebab, near)))
    is_branch = "".join(map(uniform, near)) == "".join(variable.tokens[taken:])
    return f"; {key} is a branch, and what is below it can be set" if is_branch else f"; did you mean {key}?"
