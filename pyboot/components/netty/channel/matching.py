"""The messages that a handler is for: the type argument of its class, ``MessageToByteEncoder[str | Packet]``, as something to test by."""

from __future__ import annotations

import types
import typing
from typing import Any, TypeVar, Union

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer

__all__ = ["Frame", "accepted_types", "type_argument"]

# Whatever holds bytes: who decodes one of these decodes all, for `take_bytes` does.
type Frame = ByteBuffer | CompositeByteBuffer | bytes | bytearray | memoryview


def accepted_types(codec: type[Any], base: type[Any], position: int = 0) -> tuple[type[Any], ...]:
    """The classes that the type argument number *position* of *base* names where *codec* derives from it.

    ``(object,)``, everything, where none is named. A union gives its members, a generic alias its origin (``dict[str, int]``
    gives ``dict``), a type variable its constraints or its bound.
    """
    argument = type_argument(codec, base, position)
    return tuple(dict.fromkeys(_classes(argument))) or (object,)


def type_argument(codec: type[Any], base: type[Any], position: int = 0) -> Any:
    """The type that *codec*, or a class between it and *base*, puts in the place of its type variable number *position*; Any for none."""
    for parent in getattr(codec, "__orig_bases__", ()):
        origin = typing.get_origin(parent)
        if not isinstance(origin, type) or not issubclass(origin, base):
            continue
        arguments = typing.get_args(parent)
        if origin is base:
            return arguments[position] if position < len(arguments) else Any
        # A generic class in between: what it puts there may be a variable of its own, for which *codec* says what stands there.
        found = type_argument(origin, base, position)
        variables = getattr(origin, "__parameters__", ())
        return arguments[variables.index(found)] if found in variables else found
    for parent in codec.__bases__:
        if parent is not base and issubclass(parent, base):
            return type_argument(parent, base, position)
    return Any


def _classes(argument: Any) -> list[type[Any]]:
    if argument is Any:
        return []
    if isinstance(argument, TypeVar):
        named = argument.__constraints__ or ((argument.__bound__,) if argument.__bound__ else ())
        return [found for each in named for found in _classes(each)]
    if isinstance(argument, typing.TypeAliasType):
        return _classes(argument.__value__)
    origin = typing.get_origin(argument)
    if origin in (Union, types.UnionType):
        return [found for each in typing.get_args(argument) for found in _classes(each)]
    if isinstance(origin, type):
        return [origin]
    return [argument] if isinstance(argument, type) else []
