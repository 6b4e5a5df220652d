"""Sources: the files whose change starts an application anew, and how they stand at a moment. No watching here.

Below the folder of the project code and settings count; below a folder that was named, every file. What tools keep there does not:
hidden folders (.git, .venv), virtual environments of any name, bytecode, packages of JavaScript, what was built, logs. Links to folders
are not followed; a link to a file is as good as the file.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, final

__all__ = ["Sources", "State"]

type State = Mapping[str, tuple[int, int, int]]
"""Files, each with the time of its change, its size and its inode: one that was replaced under its name has another inode."""

_SUFFIXES: Final = (".py", ".yaml", ".yml", ".toml", ".env")
_NEVER: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
_UNLESS_PACKAGES: Final = frozenset({"build", "dist", "log", "logs"})
# Editors write beside a file before they rename (vim: 4913, Emacs: .#a and #a#, PyCharm: a___jb_tmp___), and keep backups (a~, a.swp).
_PASSING: Final = re.compile(r"4913|[.#]#.*|.*(~|___|\.(swp|swx|swo|tmp|bak|orig|pyc|pyo|log|db|sqlite3?|db-\w+|sqlite3?-\w+))")


@final
class Sources:
    """The files of a project, of folders that were named, and files that the application has told."""

    def __init__(self, project: str, named: Iterable[str] = ()) -> None:
        """Begin with the *project*'s folder and those that were *named*."""
        self.project = os.path.abspath(project)
        self._named = [os.path.abspath(folder) for folder in named]
        self._files: frozenset[str] = frozenset()

    def add(self, files: Iterable[str]) -> frozenset[str]:
        """Let *files* count as well, wherever they are; return those that are new."""
        added = frozenset(map(os.path.abspath, files)) - self._files
        self._files |= added
        return added

    def folders(self) -> list[str]:
        """Return the folders that hold them: what happens there is worth a look."""
        below = (folder for root in (self.project, *self._named) for folder, _ in _walk(root))
        linked = (os.path.realpath(path) for path in self._paths() if os.path.islink(path))  # what they lead to is changed elsewhere
        told = (os.path.dirname(file) for file in (*self._files, *linked))
        return sorted({*below, *(folder for folder in told if os.path.isdir(folder))})

    def state(self) -> State:
        """Return how they stand now."""
        return {path: entry for path in self._paths() if (entry := _entry(path)) is not None}

    def _paths(self) -> Iterator[str]:
        yield from self._files
        for folder, names in _walk(self.project):
            yield from (f"{folder}/{name}" for name in names if _is_source(name))
        for root in self._named:
            for folder, names in _walk(root):
                yield from (f"{folder}/{name}" for name in names if not _PASSING.fullmatch(name))


def _is_source(name: str) -> bool:
    """Tell whether a file of the project counts: code, or what settings are written in."""
    return not _PASSING.fullmatch(name) and (name.endswith(_SUFFIXES) or name.startswith(".env."))


def _walk(root: str) -> Iterator[tuple[str, list[str]]]:
    """Iterate over the folders from *root* down, each with the names of its files; one that cannot be read is left out."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not _is_left_out(folder, name)]
        yield folder, files


def _is_left_out(parent: str, name: str) -> bool:
    path = os.path.join(parent, name)
    if name.startswith(".") or name in _NEVER or name.endswith(".egg-info") or os.path.exists(os.path.join(path, "pyvenv.cfg")):
        return True
    return name in _UNLESS_PACKAGES and not os.path.exists(os.path.join(path, "__init__.py"))


def _entry(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:  # it is gone meanwhile, or not there yet
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
