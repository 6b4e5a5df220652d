"""Requests: read what a parameter asks for, which is one bean, a collection, a provider, or a setting."""

from collections.abc import Collection, Mapping, Sequence, Set as AbstractSet
from enum import Enum
from types import UnionType
from typing import Annotated, NamedTuple, Union, get_args

from pyboot.boot.model.generic import Hint, get_origin, unalias
from pyboot.boot.model.hints import Parameter
from pyboot.boot.model.injection import Lazy, Provider, Qualifier, Value
from pyboot.boot.model.key import BeanKey


class Kind(Enum):
    """The form in which beans are handed over."""

    ONE = "one"
    LIST = "list"
    TUPLE = "tuple"
    SET = "set"
    MAP = "map"
    PROVIDER = "provider"
    LAZY = "lazy"
    VALUE = "value"


_FORMS: dict[object, Kind] = {
    list: Kind.LIST,
    Sequence: Kind.LIST,
    Collection: Kind.LIST,
    tuple: Kind.TUPLE,
    set: Kind.SET,
    frozenset: Kind.SET,
    AbstractSet: Kind.SET,
    Provider: Kind.PROVIDER,
    Lazy: Kind.LAZY,
}

COLLECTIONS = frozenset({Kind.LIST, Kind.TUPLE, Kind.SET, Kind.MAP})


def is_deferred(kind: Kind) -> bool:
    """Tell whether a bean in this form need not be there yet."""
    return kind is Kind.PROVIDER or kind is Kind.LAZY  # asked often while a graph is built: a set would hash an enum, which is slow


class Request(NamedTuple):
    """One injection point as it was read: the form, the key of the bean or of the elements, and whether ``None`` will do.

    ``element`` is the form of each element of a collection: the bean itself, or a provider of it.
    """

    kind: Kind
    key: BeanKey
    is_optional: bool = False
    whole: Hint = None
    value: str | None = None
    element: Kind = Kind.ONE


def request_of(parameter: Parameter) -> Request:
    """Return what *parameter* asks for."""
    if type(parameter.hint) is type:
        return Request(Kind.ONE, BeanKey(parameter.hint), False, parameter.hint)
    hint, is_optional, metadata = _stripped(parameter.hint)
    for entry in metadata:
        if isinstance(entry, Value):
            return Request(Kind.VALUE, BeanKey(parameter.hint), is_optional, hint, entry.expression)
    qualifier = _qualifier(metadata, None)
    element = _element(hint)
    if element is None:
        return Request(Kind.ONE, BeanKey(hint, qualifier), is_optional, hint)
    kind, inner = element
    inner, _, metadata = _stripped(inner)
    qualifier = _qualifier(metadata, qualifier)
    deferred = _element(inner) if kind in COLLECTIONS else None
    if deferred is None or not is_deferred(deferred[0]):
        return Request(kind, BeanKey(inner, qualifier), is_optional, hint)
    inner, _, metadata = _stripped(deferred[1])
    return Request(kind, BeanKey(inner, _qualifier(metadata, qualifier)), is_optional, hint, element=deferred[0])


def misread(hint: Hint) -> str:
    """Return why a part of *hint* would be passed over, or nothing."""
    if type(hint) is type:
        return ""
    hint, _, metadata = _stripped(hint)
    if sum(isinstance(entry, Qualifier) for entry in metadata) > 1:
        return "it has several qualifiers, and a bean is told by one"
    element = _element(hint) if not any(isinstance(entry, Value) for entry in metadata) else None
    inner = _stripped(element[1])[2] if element is not None else ()
    value = next((entry for entry in inner if isinstance(entry, Value)), None)
    if value is None:
        return ""
    return f'Value("{value.expression}") stands inside of what it is to fill: write Annotated[..., Value(...)] around the whole'


def _qualifier(metadata: tuple[object, ...], default: object) -> object:
    return next((entry.value for entry in metadata if isinstance(entry, Qualifier)), default)


def _element(hint: Hint) -> tuple[Kind, Hint] | None:
    """Return the form and the element of a collection or a provider; a tuple of fixed length is a bean's type like any other."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (dict, Mapping) and len(arguments) == 2 and arguments[0] is str:
        return Kind.MAP, arguments[1]
    kind = _FORMS.get(origin)
    if kind is Kind.TUPLE and (len(arguments) != 2 or arguments[1] is not ...):
        return None
    return (kind, arguments[0]) if kind is not None and arguments else None


def _stripped(hint: Hint) -> tuple[Hint, bool, tuple[object, ...]]:
    """Return *hint* without ``Annotated`` and ``None``, whether ``None`` was among its members, and the metadata."""
    metadata: tuple[object, ...] = ()
    is_optional = False
    while True:
        hint = unalias(hint)
        if get_origin(hint) is Annotated:
            metadata += hint.__metadata__
            hint = hint.__origin__
        elif get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint):
            is_optional = True
            members = tuple(member for member in get_args(hint) if member is not type(None))
            hint = members[0] if len(members) == 1 else Union[members]  # noqa: UP007  built from a tuple
        else:
            return hint, is_optional, metadata
