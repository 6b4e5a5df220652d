"""Settings documents: reads the files at a place, the parts of a file that a profile switches on, and the files that they import.

An import stands just above the document that names it, and is read once::

    pyboot:
      config:
        import:
          - more.yaml                     # beside this file
          - optional:/etc/app/site.toml   # may be missing
          - configtree:/run/secrets/      # a file's name is a key, its content the value
        activate:
          on-profile: prod & !cloud       # this document counts only then
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyboot.boot.config.tree import Branch, Leaf, Node, clash, colliding, descend, first_leaf, overlay, plant
from pyboot.boot.errors import ConfigFileError, ConfigNotFoundError
from pyboot.boot.model.origin import Origin, short_path

from .files import SUFFIXES, Document, read_file, read_text
from .profiles import ProfileError, matches
from .sources import PropertySources, Source, TreeSource

ACTIVATE = ("pyboot", "config", "activate", "on-profile")
IMPORT = ("pyboot", "config", "import")
PROFILES = ("pyboot", "profiles")
TOO_LATE = tuple(("pyboot", "config", name) for name in ("name", "location", "additional-location"))

_OPTIONAL = "optional:"
_TREE = "configtree:"


class Documents:
    """Reads settings files, each once; ``profiles`` is ``None`` while the active profiles are not known yet.

    *outer* are the sources above all files. Placeholders in what is imported, and in the profiles that switch a document on, may
    name what stands there or in the document itself.
    """

    def __init__(self, outer: Sequence[Source] = ()) -> None:
        self.profiles: Sequence[str] | None = None
        self.expressions: set[str] = set()
        self._outer = tuple(outer)
        self._files: dict[Path, tuple[Document, ...]] = {}
        self._imported: set[Path] = set()

    def read_on_with(self, profiles: Sequence[str]) -> None:
        """Read on with *profiles* as the active ones, which decide from now on which documents count."""
        self.profiles = profiles
        self._imported.clear()

    def at(self, place: Path, stem: str, *, of_profile: bool = False) -> list[TreeSource]:
        """Return the documents of the files called *stem* in the folder *place*, the winning one first.

        Raises:
            ConfigFileError: a file cannot be read, or one that belongs to a profile sets the active profiles.
            ConfigNotFoundError: an import that is not optional is missing.
        """
        paths = [place / f"{stem}{suffix}" for suffix in SUFFIXES]
        return [source for path in paths if path.exists() for source in self.read(path, of_profile=of_profile)]

    def read(self, path: Path, *, of_profile: bool = False) -> list[TreeSource]:
        """Return the documents of one file that count, the winning one first: it is the last of the file."""
        if path not in self._files:
            self._files[path] = read_file(path)
        found: list[TreeSource] = []
        for tree, line in self._files[path]:
            # several documents of one file are told apart by the lines where they begin, as the settings in them are
            source = TreeSource(str(Origin(short_path(str(path)), line if len(self._files[path]) > 1 else None)), tree)
            conditions = self._texts(source, ACTIVATE)
            if of_profile or conditions:
                _forbid(tree, ((*PROFILES, "active"), (*PROFILES, "include")), "be set by a document that belongs to a profile")
            _forbid(tree, TOO_LATE, "be set in a file: it decides which files are read; set it on the command line or as a variable")
            if not conditions or self._is_active(conditions):
                found = [*self._imports(source, path), source, *found]
        return found

    def _is_active(self, conditions: Iterable[tuple[str, Origin]]) -> bool:
        """Tell whether one of the expressions holds; all are read, so that a mistake in one is found under every profile."""
        answers = []
        for text, origin in conditions:
            try:
                answers.append(matches(text, self.profiles or ()))
            except ProfileError as error:
                raise ProfileError(error.text, f"{error.reason} ({origin})") from error
            self.expressions.add(text)
        return self.profiles is not None and any(answers)

    def _texts(self, source: TreeSource, key: tuple[str, ...]) -> list[tuple[str, Origin]]:
        """Return the texts of a document at *key*, which is one text or a list of them, with placeholders replaced."""
        node = descend(source.tree, key)
        return [] if node is None else PropertySources([*self._outer, source]).texts(node)

    def _imports(self, source: TreeSource, path: Path) -> Iterator[TreeSource]:
        named = [(part.strip(), origin) for text, origin in self._texts(source, IMPORT) for part in text.split(",")]
        for location, origin in reversed(named):
            if location:
                yield from self.include(location, origin, path.parent)

    def include(self, location: str, origin: Origin, folder: Path) -> list[TreeSource]:
        """Return the sources that *location* imports, a path that counts from *folder*; none if they have been read already.

        Raises:
            ConfigNotFoundError: it does not exist and is not ``optional:``.
        """
        path = existing(location, origin, folder, "import")
        if path is None or path.resolve() in self._imported:
            return []
        self._imported.add(path.resolve())
        is_tree = location.removeprefix(_OPTIONAL).startswith(_TREE)
        if is_tree is not path.is_dir():
            wanted = f"a folder, and a file is read without {_TREE}" if is_tree else f"a file; a folder of values is read with {_TREE}"
            raise ConfigNotFoundError(str(origin), f"the import '{location}' is to be {wanted}")
        return [read_secrets(path)] if is_tree else self.read(path)


def existing(location: str, origin: Origin, folder: Path, role: str) -> Path | None:
    """Return the path that *location* names from *folder*; ``None`` if it is missing and ``optional:``.

    Raises:
        ConfigNotFoundError: it is missing and is not ``optional:``; *role* says what it is named as.
    """
    wanted = location.removeprefix(_OPTIONAL)
    path = folder / wanted.removeprefix(_TREE).removeprefix("file:")
    if path.exists():
        return path
    if wanted is not location:
        return None
    raise ConfigNotFoundError(str(origin), f"the {role} '{location}' does not exist")


def _forbid(tree: Node, keys: Iterable[tuple[str, ...]], reason: str) -> None:
    for key in keys:
        node = descend(tree, key)
        if node is not None:
            leaf = first_leaf(node)
            raise ConfigFileError(str(leaf.origin) if leaf else "a document", f"{'.'.join(key)} cannot {reason}")


def read_secrets(folder: Path) -> TreeSource:
    """Return a folder of secret files as a source: a file's path below it is the key, its content the value.

    A trailing line end is left out. Names that begin with a dot are passed over: Kubernetes keeps its data there, and lays links
    to it beside them, to files and, where a secret's items have paths of their own, to folders.

    Raises:
        ConfigFileError: a file is not readable as text, or two files mean one setting.
    """
    tree: Node = Branch()
    for path in _files_below(folder):
        inner = path.relative_to(folder)
        text = read_text(path).removesuffix("\n").removesuffix("\r")
        parts = tuple(name for part in inner.parts for name in part.split(".") if name)
        planted = plant(parts, Leaf.of(text, Origin(short_path(str(path)))))
        if (both := clash(tree, planted)) is not None:
            raise ConfigFileError(short_path(str(path)), colliding(str(both[0].origin) if both[0] else "", short_path(str(path))))
        tree = overlay(tree, planted)
    return TreeSource(f"{_TREE}{short_path(str(folder))}", tree)


def _files_below(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Iterate over the files of *folder* and of the folders in it; links are followed, but not into a folder that they stand in."""
    real = folder.resolve()
    try:
        paths = sorted(folder.iterdir()) if real not in above else []
    except OSError as error:
        raise ConfigFileError(short_path(str(folder)), str(error)) from error
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files_below(path, (*above, real))
        elif path.is_file():
            yield path
