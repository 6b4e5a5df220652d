"""Application events: every published object goes to the listeners of its type, in their order."""

from collections.abc import Callable
from typing import Any, get_args

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.generic import Hint, bare, get_origin
from pyboot.boot.model.hints import parameters
from pyboot.boot.model.label import labels
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.task import EventListenerLabel
from pyboot.boot.record import Record

from .callbacks import finished


class Listener(Record):
    """One listening method: the types it wants, its order, its condition."""

    method: Callable[..., Any]
    types: tuple[type, ...]
    order: int
    condition: Callable[[Any], bool] | None


class EventBus:
    """The listeners of a context. Plain ones are called, asynchronous ones awaited, one after the other; then those of its parent."""

    def __init__(self, parent: "EventBus | None" = None) -> None:
        self._listeners: list[Listener] = []
        self._parent = parent

    def subscribe(self, method: Callable[..., Any]) -> None:
        """Add *method*, a bound method labelled ``@EventListener``.

        Raises:
            DefinitionError: it does not say which events it wants.
        """
        function = getattr(method, "__func__", method)
        for entry in labels(function, EventListenerLabel):
            types = entry.events or _wanted(function)
            self._listeners.append(Listener(method, types, entry.order, entry.condition))
        self._listeners.sort(key=lambda listener: listener.order)

    async def publish(self, event: object) -> None:
        """Hand *event* to its listeners, one after the other; what one returns, unless ``None``, is published as well.

        An exception goes to the publisher, and the listeners after it are not called. After a cancel the same holds.
        """
        for listener in tuple(self._listeners):
            if isinstance(event, listener.types) and (listener.condition is None or listener.condition(event)):
                result = await finished(listener.method(event))
                if result is not None:
                    await self.publish(result)
        if self._parent is not None:
            await self._parent.publish(event)


def _wanted(function: Callable[..., Any]) -> tuple[type, ...]:
    found = parameters(function, skip_self=True)
    types = _classes(found[0].hint) if len(found) == 1 else ()
    if not types:
        reason = "@EventListener wants one parameter with the event's type, or the types in parentheses"
        raise DefinitionError(function.__qualname__, str(origin_of(function)), reason)
    return types


def _classes(hint: Hint) -> tuple[type, ...]:
    hint = bare(hint)
    members = get_args(hint) if not isinstance(hint, type) and get_args(hint) else (hint,)
    return tuple(member for member in (get_origin(member) or member for member in members) if isinstance(member, type))
