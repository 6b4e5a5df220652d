"""Loggers in the settings: finds the logger that a name below ``logging.level`` means, and checks that it can be set.

A file spells a logger's name: ``my_app``, ``my-app`` and ``my.app`` are three loggers. A variable cannot, so ``LOGGING_LEVEL_MY_APP``
means each logger that could be written so with dots and underscores; a double underscore is a dot for certain.
"""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from pyboot.boot.errors import BindError, BindProblem
from pyboot.boot.log import LEVELS, level_of

from .environment import Environment
from .names import join_key
from .read.variables import EnvironmentVariables, Variable
from .tree import Leaf, leaves

_LEVEL = ("logging", "level")
_MOST_WORDS = 6  # of a variable's name that are tried with both signs; a longer one has dots only


def levels(environment: Environment) -> dict[str, str]:
    """Return the levels by logger name.

    Raises:
        BindError: a text is no level; with its origin.
        PlaceholderError: a level is a placeholder that leads nowhere.
    """
    found: dict[str, tuple[str, Leaf]] = {}
    for source in reversed(environment.sources):
        if isinstance(source, EnvironmentVariables):
            for variable, taken in source.below(_LEVEL):
                found.update(dict.fromkeys(_names(variable, taken), (variable.name, variable.leaf)))
        elif (node := source.find(_LEVEL)) is not None:
            for path, leaf in leaves(node):
                found[".".join(map(str, path))] = (join_key((*_LEVEL, *path)), leaf)
    texts = {name: environment.resolved(leaf) for name, (_, leaf) in found.items() if leaf.text is not None}
    wrong = {found[name][0]: (text, found[name][1]) for name, text in texts.items() if level_of(text) is None}
    if wrong:
        reason = f"it is no level; allowed are {', '.join(LEVELS)}"
        raise BindError(
            "logging.level", "levels", [BindProblem(key, text, str(leaf.origin), reason) for key, (text, leaf) in wrong.items()]
        )
    return texts


def check_file(environment: Environment, name: str) -> None:
    """Make sure that the log file *name* can be written.

    Raises:
        BindError: its folder is missing or closed to this user, or it is no file.
    """
    path = Path(name)
    if not path.parent.is_dir():
        reason = f"the folder {path.parent.absolute()} does not exist; make it, or log elsewhere"
    elif path.is_dir():
        reason = "this is a folder; name a file in it"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        reason = "this user may not write there; change who may, or log elsewhere"
    else:
        return
    leaf = environment.leaf("logging.file.name")
    raise BindError("logging", "log file", [BindProblem("logging.file.name", name, str(leaf.origin) if leaf else None, reason)])


def _names(variable: Variable, taken: int) -> Iterator[str]:
    words = variable.tokens[taken:]
    gaps = [("." if taken + place in variable.firm else "._") for place in range(1, len(words))]
    if variable.firm & set(range(taken + 1, len(variable.tokens))) or len(words) > _MOST_WORDS:
        gaps = ["." if gap == "." or len(words) > _MOST_WORDS else "_" for gap in gaps]
    for signs in product(*gaps):
        yield words[0] + "".join(sign + word for sign, word in zip(signs, words[1:], strict=True))
