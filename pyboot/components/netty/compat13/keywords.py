"""The keywords of 1.3.4: ``maxLength`` for ``max_length``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["keyword_aliases"]

C = TypeVar("C", bound=type[Any])


def keyword_aliases(**aliases: str) -> Callable[[C], C]:
    """Let a class be made with the keywords of 1.3 too: ``@keyword_aliases(maxLength="max_length")``.

    A parameter that is given under both names raises TypeError, as one given twice does. Only for classes that are not compiled:
    the constructor of a compiled one cannot be replaced, so `LineBasedFrameDecoder` writes the keywords itself.
    """

    def decorate(cls: C) -> C:
        construct = cls.__init__

        @functools.wraps(construct)
        def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: N807  # it is one
            for alias in aliases.keys() & keywords.keys():
                name = aliases[alias]
                if name in keywords:
                    raise TypeError(f"{cls.__qualname__}() got {name!r} twice: {alias!r} is the same")
                keywords[name] = keywords.pop(alias)
            construct(self, *arguments, **keywords)

        cls.__init__ = __init__
        return cls

    return decorate
