"""Application events: every published object goes to the listeners of its type, in their order."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import UnionType
from typing import Any, TypeVar, Union, get_args

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Order
from pyboot.boot.model.generic import Hint, bare, bindings, fits, get_origin, offered, substitute
from pyboot.boot.model.hints import parameters
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import takes_argument
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.task import AsyncLabel, EventListenerLabel
from pyboot.boot.record import Record

from .callbacks import finished
from .teardown import Ending


class Listener(Record):
    """One listening method: the types it wants, its order, condition, name, whether it takes the event, whether it is waited for."""

    method: Callable[..., Any]
    types: tuple[Hint, ...]
    order: int
    condition: Callable[[Any], bool] | None
    name: str = ""
    takes_event: bool = True
    is_background: bool = False

    def hears(self, event: object) -> bool:
        """Tell whether *event* is of a type that is wanted and fulfils the condition."""
        return any(_is_a(event, wanted) for wanted in self.types) and (self.condition is None or self.condition(event))


class EventBus:
    """The listeners of a context. Plain ones are called, asynchronous ones awaited, one after the other; then those of its parent.

    One that is ``@Async`` as well runs in the background: nobody waits for it, and what it returns is not published.
    """

    def __init__(self, parent: "EventBus | None" = None) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._parent = parent

    def subscribe(self, method: Callable[..., Any], labelled: Any = None, owner: Hint = None) -> None:
        """Add *method*, to be called with events; its labels are those of *labelled*, its function where that is not given.

        *owner* is the class whose type parameters its hint may name, that of its object where it is not given.

        Raises:
            DefinitionError: it does not say which events it wants.
        """
        function = getattr(method, "__func__", method) if labelled is None else labelled
        owner = type(getattr(method, "__self__", None)) if owner is None else owner
        orders = [entry.value for entry in labels(function, Order)]
        is_background = bool(labels(function, AsyncLabel))
        for entry in labels(function, EventListenerLabel):
            types = entry.events or _wanted(function, owner)
            _check_known(types, function)
            order = entry.order or (orders[-1] if orders else 0)
            listener = Listener(method, types, order, entry.condition, function.__qualname__, takes_argument(function), is_background)
            with self._lock:  # beans are made in any thread
                self._listeners = sorted([*self._listeners, listener], key=lambda listener: listener.order)

    def clear(self) -> None:
        """Forget all listeners: their beans have ended."""
        with self._lock:
            self._listeners = []

    async def publish(self, event: object) -> None:
        """Hand *event* to its listeners, one after the other; what one returns, unless ``None``, is published as well.

        An exception goes to the publisher, and the listeners after it are not called. After a cancel the same holds.
        """
        for listener in self._listeners:
            await self._hand(listener, event)
        if self._parent is not None:
            await self._parent.publish(event)

    async def announce(self, event: object, seconds: float | None) -> None:
        """Hand *event*, which tells of an end, to its listeners as :meth:`publish` does; each has *seconds*, and each hears it.

        Raises:
            ExceptionGroup: some of them failed.
        """
        ending = Ending()
        bus: EventBus | None = self
        listeners = list[tuple[EventBus, Listener]]()
        while bus is not None:
            listeners += [(bus, listener) for listener in bus._listeners]
            bus = bus._parent
        for owner, listener in listeners:
            doing = f"telling {listener.name} of {type(event).__name__}"
            late = f"{listener.name} did not end within {seconds} s, told of {type(event).__name__}"
            await ending.step(doing, partial(owner._hand, listener, event), seconds, late)
        ending.finish("some listeners failed")

    async def _hand(self, listener: Listener, event: object) -> None:
        if not listener.hears(event):
            return
        result = listener.method(event) if listener.takes_event else listener.method()
        if listener.is_background and isinstance(result, asyncio.Future):
            return
        if (published := await finished(result)) is not None:
            await self.publish(published)


def _wanted(function: Callable[..., Any], owner: Hint) -> tuple[Hint, ...]:
    found = parameters(function, skip_self=True)
    types = _members(_closed(found[0].hint, bindings(owner))) if len(found) == 1 and found[0].hint is not None else ()
    if not types:
        reason = "@EventListener wants one parameter with the event's type, or the types in parentheses"
        raise DefinitionError(function.__qualname__, str(origin_of(function)), reason)
    return types


def _closed(hint: Hint, bound: Mapping[Any, Hint]) -> Hint:
    """Return *hint* with what the type parameters of the bean's class stand for; one that stands for nothing hears everything."""
    hint = substitute(hint, bound)
    return substitute(hint, dict.fromkeys(getattr(hint, "__parameters__", (hint,)), Any)) if not isinstance(hint, type) else hint


def _check_known(types: Iterable[Hint], function: Callable[..., Any]) -> None:
    """Refuse types by which Python does not know an object: a ``TypedDict``, a protocol that is not ``@runtime_checkable``."""
    for hint in types:
        try:
            isinstance(None, get_origin(hint) or hint)
        except TypeError as error:
            raise DefinitionError(
                function.__qualname__, str(origin_of(function)), f"@EventListener cannot tell its events: {error}"
            ) from error


def _members(hint: Hint) -> tuple[Hint, ...]:
    """Return the types that *hint* means: those of a union, each with its arguments."""
    hint = bare(hint)
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return tuple(member for member in map(bare, members) if isinstance(get_origin(member) or member, type))


def _is_a(event: object, wanted: Hint) -> bool:
    """Tell whether *event* is a *wanted*. An event that does not know its type arguments may be one of any."""
    origin = get_origin(wanted)
    if origin is None:
        return isinstance(event, wanted)
    if not isinstance(event, origin):
        return False
    known = [
        given for given in offered(getattr(event, "__orig_class__", type(event))) if get_origin(given) is origin and not _is_open(given)
    ]
    return not known or any(fits(given, wanted) for given in known)


def _is_open(hint: Hint) -> bool:
    return any(isinstance(argument, TypeVar) for argument in get_args(hint))
