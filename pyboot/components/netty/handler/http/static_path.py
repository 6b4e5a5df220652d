"""From the path of a request to a file below a folder, and to nothing else.

Laws. A path is divided first and decoded then, once: a separator that was encoded stays in its name, and is refused there. A name that is
empty, ``.``, ``..``, hidden, holds a control character or a backslash, or means something to Windows when that serves, names nothing. What
is left is resolved, and must still lie below the folder, with no hidden part: a link may lead within the folder, and not out of it. What is
opened is the resolved file, without following a link that somebody put there meanwhile, and only if it is an ordinary one.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.query import decode_component

__all__ = ["find", "names_of", "open_file"]

_DEVICES: Final = frozenset({"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))})
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def names_of(raw_path: str, *, windows: bool = os.name == "nt", allow_hidden: bool = False) -> list[str] | None:
    """Return the names that *raw_path*, as it came, leads through, the last one "" for a folder; None if it names nothing here."""
    if not raw_path.startswith("/"):
        return None
    names: list[str] = []
    for part in raw_path[1:].split("/"):
        try:
            name = decode_component(part)
        except HttpDecoderError:
            return None
        if not _is_allowed(name, windows=windows, allow_hidden=allow_hidden):
            return None
        names.append(name)
    return None if "" in names[:-1] else names


def _is_allowed(name: str, *, windows: bool, allow_hidden: bool) -> bool:
    if name in (".", "..") or any(each in "/\\" or each < " " or each == "\x7f" for each in name):
        return False
    if name.startswith(".") and not allow_hidden:
        return False
    if not windows:
        return True
    # NTFS: streams of a file, short names, names that end in what is cut off, and devices in every folder.
    stem = name.partition(".")[0].rstrip(" ").lower()
    return not (":" in name or "~" in name or name.endswith((".", " ")) or stem in _DEVICES)


def find(root: Path, names: list[str], *, allow_hidden: bool = False) -> Path | None:
    """Return the resolved path that *names* lead to below *root*, which is resolved already; None if there is nothing, or outside."""
    try:
        path = root.joinpath(*names).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # nothing there, too long, a link to itself
        return None
    if not path.is_relative_to(root):
        return None
    if not allow_hidden and any(part.startswith(".") for part in path.relative_to(root).parts):
        return None
    return path


def open_file(path: Path) -> tuple[BinaryIO, os.stat_result] | None:
    """Open the ordinary file *path*, and return it with what the system knows of it; None if it is none, or cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    except (OSError, ValueError):
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb", buffering=0), status
