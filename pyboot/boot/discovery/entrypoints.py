"""Entry points of the installed distributions whose group begins with ``pyboot.``; they are read once, straight from their files.

``importlib.metadata`` reads every distribution there is through an email parser; of sixty distributions that made a
tenth of a small application's start. Distributions inside zip files are not seen.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from pyboot.boot.record import Record

_MARK = "[pyboot."


class EntryPoint(Record):
    """One line of a distribution's ``entry_points.txt``: ``name = module:attribute``."""

    name: str
    value: str
    group: str

    @property
    def module(self) -> str:
        """The name of the module."""
        return self.value.partition(":")[0].strip()

    @property
    def attribute(self) -> str:
        """The name inside the module."""
        return self.value.partition(":")[2].partition("[")[0].strip()

    def load(self) -> Any:
        """Import the module and return the object that is named in it; ``None`` if it is not there.

        Raises:
            ImportError: the module cannot be imported.
        """
        return getattr(importlib.import_module(self.module), self.attribute, None)


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of *group*, sorted by value."""
    return tuple(sorted((entry for entry in _all() if entry.group == group), key=lambda entry: entry.value))


@cache
def version_of(distribution: str) -> str | None:
    """Return the version of an installed *distribution*, given by its normalised name (``pyboot_framework``)."""
    for folder in _distributions():
        name, _, version = os.path.basename(folder).removesuffix(".dist-info").partition("-")
        if name == distribution:
            return version
    return None


@cache
def _all() -> tuple[EntryPoint, ...]:
    return tuple(entry for folder in _distributions() for entry in _read(os.path.join(folder, "entry_points.txt")))


@cache
def _distributions() -> tuple[str, ...]:
    """Return the ``.dist-info`` folders on the import path; of two of one distribution the first counts."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = sorted(os.listdir(place or "."))
        except OSError:  # not a folder: a zip file, or gone
            continue
        for name in names:
            if name.endswith(".dist-info"):
                found.setdefault(name.partition("-")[0].lower(), os.path.join(place, name))
    return tuple(found.values())


def _read(path: str) -> Iterator[EntryPoint]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:  # a distribution without entry points
        return
    if _MARK not in text:
        return
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]")
        elif "=" in line and group.startswith(_MARK[1:]):
            name, _, value = line.partition("=")
            yield EntryPoint(name.strip(), value.strip(), group)
