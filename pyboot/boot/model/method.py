"""The labelled methods of a class: found once for each class, and checked, so that no label stands where it does nothing.

A method that the container calls is a plain function of the class, ``def`` or ``async def``, that can be called with what the label
promises. What the container could only call in vain (a property, a static method, a generator) is refused with its place.
"""

import inspect
from functools import _lru_cache_wrapper, cached_property, partialmethod, singledispatchmethod
from types import FunctionType, GetSetDescriptorType, NoneType
from typing import Any
from weakref import WeakKeyDictionary

from pyboot.boot.errors import DefinitionError

from .bean import BeanLabel, Order, PostConstructLabel, PreDestroyLabel
from .interception import Interceptor
from .label import Label, Place, is_labelled, labels, misplaced, spelled, swallowed
from .origin import origin_of
from .task import AsyncLabel, CalledLabel, EventListenerLabel

type Member = tuple[str, Any]

_WRAPPERS = (staticmethod, classmethod, property, cached_property, partialmethod, singledispatchmethod, _lru_cache_wrapper)
_SILENT = frozenset({str, int, tuple, dict, NoneType, GetSetDescriptorType})  # most of what a class holds besides methods
_ENDS = (PostConstructLabel, PreDestroyLabel)
_CALLED = (*_ENDS, CalledLabel, AsyncLabel)
_SPREAD = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_BEFORE_AND_AFTER = "the bean is not there before it ends, nor after it has begun to: leave @Async out, and start a task in it"

NEEDS_PARENTHESES = "it needs its parentheses; without them what it stands on is taken for its argument"

_known: WeakKeyDictionary[type, tuple[Member, ...]] = WeakKeyDictionary()


def labelled_methods(target: type, kind: type[object]) -> tuple[str, ...]:
    """Return the names of the methods of *target* and its bases that carry a label of *kind*, base first.

    An overriding method counts by its own labels, as for every label.

    Raises:
        DefinitionError: a label of *target* stands where it does nothing.
    """
    members = labelled_members(target)
    return tuple(name for name, member in members if labels(member, kind)) if members else ()


def labelled_members(target: type) -> tuple[Member, ...]:
    """Return the methods of *target* and its bases that carry labels, with their names, base first.

    Raises:
        DefinitionError: a label of *target* stands where it does nothing.
    """
    known = _known.get(target)
    if known is None:
        members: dict[str, Any] = {}
        for base in reversed(target.__mro__[:-1]):
            members.update(vars(base))
        known = tuple(entry for entry in members.items() if type(entry[1]) not in _SILENT and _is_labelled_method(*entry))
        for _, member in known:
            _check(member)
        _known[target] = known
    return known


def own_labelled_members(target: type) -> tuple[Member, ...]:
    """Return the labelled methods that *target* defines itself, unchecked."""
    return tuple((name, member) for name, member in vars(target).items() if type(member) is FunctionType and is_labelled(member))


def _is_labelled_method(name: str, member: Any) -> bool:
    if type(member) is FunctionType:
        return is_labelled(member)
    if (function := swallowed(name, member)) is not None:
        raise refusal(member, function, NEEDS_PARENTHESES)
    if isinstance(member, _WRAPPERS):
        _refuse_wrapped(member)
        return False
    if not callable(member) or isinstance(member, type) or not is_labelled(member):
        return False
    if not hasattr(type(member), "__get__"):
        raise refusal(labels(member, Label)[0], name, f"it stands on a {type(member).__name__}, which Python does not make a method of")
    return True


def _refuse_wrapped(member: Any) -> None:
    """Refuse a labelled property, static method and the like; the label is on the wrapper or on the function inside."""
    inside = (getattr(member, name, None) for name in ("__func__", "fget", "func", "__wrapped__"))
    function = next((inner for inner in inside if inner is not None), member)
    found = [*labels(member, Label), *labels(function, Label)]
    if found:
        kind = "functools.cache" if isinstance(member, _lru_cache_wrapper) else type(member).__name__
        reason = f"it stands on a {kind}, where it would do nothing: labels stand on plain methods, 'def' or 'async def'"
        raise refusal(found[0], function, reason)


def _check(member: Any) -> None:
    """Refuse labels of *member*, a method, that would do nothing or cannot stand beside each other."""
    makes_bean = bool(labels(member, BeanLabel))
    wrong = misplaced(member, Place.BEAN if makes_bean else Place.METHOD)
    for entry in wrong:
        if isinstance(entry, BeanLabel):
            continue
        if makes_bean:
            raise refusal(entry, member, "beside @Bean it does nothing: it stands on a method of the bean's own class")
        if not (isinstance(entry, Order) and labels(member, EventListenerLabel)):
            raise refusal(entry, member, f"it stands on {' or '.join(sorted(place.value for place in entry.places))}, not on other methods")
    called = [entry for entry in labels(member, Label) if isinstance(entry, _CALLED)]
    if not called:
        return
    if (name := str(getattr(member, "__name__", ""))).startswith("__") and name.endswith("__"):
        raise refusal(called[0], member, "Python calls a special method by itself; give it a name of its own")
    if labels(member, AsyncLabel) and any(isinstance(entry, _ENDS) for entry in called):
        raise refusal(labels(member, AsyncLabel)[0], member, _BEFORE_AND_AFTER)
    if not labels(member, Interceptor):  # which may give what is called another form
        for entry in called:
            _check_form(entry, member)


def _check_form(entry: Label, member: Any) -> None:
    if inspect.isgeneratorfunction(member) or inspect.isasyncgenfunction(member):
        raise refusal(entry, member, "it is a generator function: calling it would run nothing; leave the 'yield' out")
    if not isinstance(entry, (*_ENDS, CalledLabel)):
        return
    told = entry if isinstance(entry, CalledLabel) else CalledLabel
    if len(wanted := required(member)) > told.arguments:
        raise refusal(entry, member, f"it is called {told.called_with}, and wants {', '.join(map(repr, wanted))}")
    if told.takes_all and not _takes(member, told.arguments):
        raise refusal(entry, member, f"it is called {told.called_with}, which it does not take")


def required(method: Any) -> tuple[str, ...]:
    """Return the names of what *method*, a function of a class, must be given besides its object."""
    return tuple(entry.name for entry in _wanted(method) or () if entry.default is entry.empty and entry.kind not in _SPREAD)


def takes_argument(method: Any) -> bool:
    """Tell whether *method*, a function of a class, can be called with one thing besides its object."""
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    wanted = _wanted(method)
    return wanted is None or any(entry.kind in by_place for entry in wanted)


def _takes(method: Any, count: int) -> bool:
    """Tell whether *method*, a function of a class, can be called with *count* things by place besides its object."""
    try:
        inspect.signature(method).bind(None, *(None,) * count)
    except TypeError:
        return False
    except ValueError:  # compiled, and does not tell
        return True
    return True


def _wanted(method: Any) -> tuple[inspect.Parameter, ...] | None:
    """Return the parameters of *method* after the first; ``None`` for one that is compiled and does not tell them."""
    try:
        return tuple(inspect.signature(method).parameters.values())[1:]
    except ValueError:
        return None


def refusal(entry: Label, function: Any, reason: str) -> DefinitionError:
    """Return the error for the label *entry* on *function*, a function or a class."""
    return DefinitionError(f"{spelled(entry)} on {getattr(function, '__qualname__', function)}", str(origin_of(function)), reason)
