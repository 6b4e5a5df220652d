"""Keywords of the published package for parameters that have another name here: one decorator, said once a class."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["published_keywords"]

C = TypeVar("C", bound=type[Any])


def published_keywords(**aliases: str) -> Callable[[C], C]:
    """Let a class be made with the published package's keywords too: ``@published_keywords(maxLength="max_length")``.

    A parameter that is given under both names raises TypeError, as one given twice does. Only for classes that are not compiled.
    """

    def decorate(cls: C) -> C:
        plain = cls.__init__

        @functools.wraps(plain)
        def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: N807  # it is one
            for alias in aliases.keys() & keywords.keys():
                name = aliases[alias]
                if name in keywords:
                    raise TypeError(f"{cls.__qualname__}() got {name!r} twice: {alias!r} is the same")
                keywords[name] = keywords.pop(alias)
            plain(self, *arguments, **keywords)

        cls.__init__ = __init__
        return cls

    return decorate
