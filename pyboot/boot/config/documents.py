"""Settings documents: the files at a place, the parts of a file that a profile switches on, and what they import.

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

from collections.abc import Iterator, Sequence
from pathlib import Path

from pyboot.boot.errors import ConfigFileError, ConfigNotFoundError
from pyboot.boot.model.origin import Origin, short_path

from .profiles import matches
from .source import TreeSource
from .sources.files import SUFFIXES, read_file
from .tree import Branch, Leaf, Node, descend, leaves, overlay, plant

ACTIVATE = ("pyboot", "config", "activate", "on-profile")
IMPORT = ("pyboot", "config", "import")
PROFILES = ("pyboot", "profiles")

_OPTIONAL = "optional:"
_TREE = "configtree:"


class Documents:
    """Reads settings files, each once; ``profiles`` is ``None`` while they are still being found out."""

    def __init__(self, profiles: Sequence[str] | None = None) -> None:
        self.profiles = profiles
        self._files: dict[Path, tuple[Node, ...]] = {}
        self._imported: set[Path] = set()

    def known(self, profiles: Sequence[str]) -> None:
        """Read on with these active profiles."""
        self.profiles = profiles
        self._imported.clear()

    def at(self, place: Path, stem: str, *, of_profile: bool = False) -> list[TreeSource]:
        """Return the documents of the files called *stem* in the folder *place*, the winning one first.

        Raises:
            ConfigFileError: a file cannot be read, or one that belongs to a profile sets the active profiles.
            ConfigNotFoundError: an import that is not optional is missing.
        """
        paths = [place / f"{stem}{suffix}" for suffix in SUFFIXES]
        return [source for path in paths if path.is_file() for source in self.read(path, of_profile=of_profile)]

    def read(self, path: Path, *, of_profile: bool = False) -> list[TreeSource]:
        """Return the documents of one file that count, the winning one, which is the last, first."""
        if path not in self._files:
            self._files[path] = read_file(path)
        found: list[TreeSource] = []
        for tree in self._files[path]:
            is_conditional = descend(tree, ACTIVATE) is not None
            if of_profile or is_conditional:
                _forbid_profiles(tree)
            if not is_conditional or self._is_active(tree):
                found = [*self._imports(tree, path), TreeSource(short_path(str(path)), tree), *found]
        return found

    def _is_active(self, tree: Node) -> bool:
        node = descend(tree, ACTIVATE)
        if self.profiles is None or node is None:
            return False
        return any(matches(leaf.text or "", self.profiles) for _, leaf in leaves(node))

    def _imports(self, tree: Node, path: Path) -> Iterator[TreeSource]:
        node = descend(tree, IMPORT)
        named = [] if node is None else [(part.strip(), leaf) for _, leaf in leaves(node) for part in (leaf.text or "").split(",")]
        for location, leaf in reversed(named):
            if location:
                yield from self.include(location, leaf.origin, path.parent)

    def include(self, location: str, origin: Origin, folder: Path) -> list[TreeSource]:
        """Return what is imported by *location*, a path that counts from *folder*; nothing where it has been read already.

        Raises:
            ConfigNotFoundError: it does not exist and is not ``optional:``.
        """
        is_optional = location.startswith(_OPTIONAL)
        location = location.removeprefix(_OPTIONAL)
        path = folder / location.removeprefix(_TREE).removeprefix("file:")
        if not path.exists():
            if is_optional:
                return []
            raise ConfigNotFoundError(str(origin), f"the import '{location}' does not exist")
        if path.resolve() in self._imported:
            return []
        self._imported.add(path.resolve())
        return [read_secrets(path)] if location.startswith(_TREE) else self.read(path)


def _forbid_profiles(tree: Node) -> None:
    for name in ("active", "include"):
        node = descend(tree, (*PROFILES, name))
        if node is not None:
            leaf = next((leaf for _, leaf in leaves(node)), None)
            place = str(leaf.origin) if leaf else "a document of a profile"
            raise ConfigFileError(place, f"pyboot.profiles.{name} cannot be set by a document that belongs to a profile")


def read_secrets(folder: Path) -> TreeSource:
    """Return a folder of secret files as a source: a file's path below it is the key, its content the value.

    A trailing line end is left out; names that begin with a dot are passed over (Kubernetes keeps its data there).

    Raises:
        ConfigFileError: a file is not readable as text.
    """
    tree: Node = Branch()
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in inner.parts):
            try:
                text = path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigFileError(short_path(str(path)), str(error)) from error
            parts = tuple(name for part in inner.parts for name in part.split("."))
            tree = overlay(tree, plant(parts, Leaf.of(text, Origin(short_path(str(path))))))
    return TreeSource(f"{_TREE}{short_path(str(folder))}", tree)
