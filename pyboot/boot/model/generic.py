"""Type hints as keys: what a class offers once its type parameters are bound, and how a hint is spelled for a person."""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, Protocol, TypeAliasType, TypeVar, get_args

type Hint = Any  # a type hint has no type of its own before PEP 747

_NOT_KEYS = (object, Generic, Protocol)


def get_origin(hint: Hint) -> Hint:
    """Return the class behind a subscripted hint, else ``None``; the standard function's declared type is too narrow here."""
    return None if type(hint) is type else typing.get_origin(hint)


def unalias(hint: Hint) -> Hint:
    """Return *hint* with ``type X = ...`` aliases replaced by what they stand for."""
    while True:
        if isinstance(hint, TypeAliasType):
            hint = hint.__value__
        elif isinstance(get_origin(hint), TypeAliasType):
            alias = get_origin(hint)
            hint = substitute(alias.__value__, dict(zip(alias.__type_params__, get_args(hint), strict=False)))
        else:
            return hint


def bare(hint: Hint) -> Hint:
    """Return *hint* without ``Annotated`` around it."""
    hint = unalias(hint)
    return bare(get_args(hint)[0]) if get_origin(hint) is Annotated else hint


def offered(hint: Hint) -> tuple[Hint, ...]:
    """Return every key a bean of type *hint* answers to: itself, its bases, and its bases with bound parameters."""
    if type(hint) is type and not any("__orig_bases__" in vars(base) for base in hint.__mro__):
        return hint.__mro__[:-1]  # most classes: nothing is generic
    return tuple(dict.fromkeys(_offered(bare(hint))))


def _offered(hint: Hint) -> Iterator[Hint]:
    origin = get_origin(hint) or hint
    if origin in _NOT_KEYS:
        return
    yield hint
    if origin is not hint:
        yield origin
    if not isinstance(origin, type):
        return
    bound: Mapping[Any, Hint] = dict(zip(getattr(origin, "__parameters__", ()), get_args(hint), strict=False))
    for base in types.get_original_bases(origin):
        if get_origin(base) not in (Generic, Protocol):
            yield from _offered(substitute(base, bound))


def substitute(hint: Hint, bound: Mapping[Any, Hint]) -> Hint:
    """Return *hint* with the type variables in *bound* replaced; an unbound one is left as it is."""
    if isinstance(hint, TypeVar):
        return bound.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if not parameters or isinstance(hint, type):
        return hint
    return hint[tuple(bound.get(parameter, parameter) for parameter in parameters)]


def leaves_open(hint: Hint) -> bool:
    """Tell whether ``Any`` stands somewhere among the arguments of *hint*."""
    return any(argument is Any or leaves_open(argument) for argument in get_args(hint))


def fits(hint: Hint, wanted: Hint) -> bool:
    """Tell whether *hint* is what *wanted* asks for, where ``Any`` is fulfilled by everything: ``Store[int]`` fits ``Store[Any]``."""
    if wanted is Any or hint == wanted:
        return True
    if not leaves_open(wanted) or get_origin(wanted) not in (hint, get_origin(hint)):
        return False
    given = get_args(hint) or (Any,) * len(get_args(wanted))
    return len(given) == len(get_args(wanted)) and all(map(fits, given, get_args(wanted)))


def spell(hint: Hint) -> str:
    """Return *hint* as a person writes it: ``Repository[User]``, not ``<class 'app.Repository'>``."""
    if get_origin(hint) is not None:
        arguments = ", ".join(spell(argument) for argument in get_args(hint))
        return f"{spell(get_origin(hint))}[{arguments}]"
    name = getattr(hint, "__qualname__", None) or str(hint)
    return str(name).rpartition("<locals>.")[2]


def bindings(hint: Hint) -> dict[Any, Hint]:
    """Return what the type variables of every base of *hint* are bound to, as seen from *hint*."""
    bound: dict[Any, Hint] = {}
    for key in offered(hint):
        origin = get_origin(key)
        if origin is not None:
            bound.update(zip(getattr(origin, "__parameters__", ()), get_args(key), strict=False))
    return bound
