"""Methods of beans that hear of channels: gathered for each server and client, and made steps at the two ends of its pipeline.

The law of listeners: they observe. Who hears that a channel begins and ends stands first, so that no handler can hide it by not passing
it on; who hears user events and errors stands last, and hears what no handler kept. All of it goes on to where it would go without them,
and what a listener raises is logged and changes nothing. They are called on the loop of the channel. An ``async def`` one is awaited, and
what comes for the channel meanwhile waits for it, so that one hears the end of a channel after the beginning.
"""

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from pyboot.boot import ApplicationContext, BeanDefinition, Interceptor
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import refusal
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.task import AsyncLabel
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.channel.fault import tell_fault
from pyboot.netty.annotations import ChannelListenerLabel
from pyboot.netty.pipeline.belonging import Owners, owner_of
from pyboot.netty.pipeline.steps import Edges, Step

from .labels import OnChannelActiveLabel, OnChannelInactiveLabel, OnExceptionLabel, OnUserEvent

type Callback = Callable[..., Any]  # Any: plain, or a coroutine function

_FIRST: Final[Mapping[type[ChannelListenerLabel], str]] = {
    OnChannelActiveLabel: "channel_active",
    OnChannelInactiveLabel: "channel_inactive",
}
_LAST: Final[Mapping[type[ChannelListenerLabel], str]] = {OnUserEvent: "user_event_triggered", OnExceptionLabel: "exception_caught"}


@final
class Listener(NamedTuple):
    """A method of a bean with the *label* for which it hears; *is_awaited*: its calls may have to be awaited."""

    label: ChannelListenerLabel
    method: Callback
    name: str
    is_awaited: bool

    def hears(self, told: tuple[object, ...]) -> bool:
        """Tell whether it wants what is *told* besides the channel."""
        return not self.label.types or isinstance(told[0], self.label.types)


def listening_edges(
    context: ApplicationContext, methods: Iterable[tuple[BeanDefinition, type, str]], owners: Owners
) -> tuple[dict[str, Edges], dict[str, Edges]]:
    """Return the steps of *methods* for the servers, and for the clients, by name; raises as `edges_of` does."""
    servers: defaultdict[str, list[Listener]] = defaultdict(list)
    clients: defaultdict[str, list[Listener]] = defaultdict(list)
    for definition, kind, name in methods:
        function, method = getattr(kind, name), getattr(context.bean(definition), name)
        for label in labels(function, ChannelListenerLabel):
            is_client, owner = listens_to(label, function, owners)
            (clients if is_client else servers)[owner].append(Listener(label, method, function.__qualname__, _is_awaited(function)))
    return {name: _edges(each) for name, each in servers.items()}, {name: _edges(each) for name, each in clients.items()}


def listens_to(label: ChannelListenerLabel, function: Callback, owners: Owners) -> tuple[bool, str]:
    """Return whether *function* listens to a client for its *label*, and the name of its client or server; raises as `edges_of` does."""
    _check_types(label, function)
    return owner_of(f"The method {function.__module__}.{function.__qualname__} ({origin_of(function)})", label, owners)


def _check_types(label: ChannelListenerLabel, function: object) -> None:
    if isinstance(label, OnUserEvent) and not label.types:
        raise refusal(label, function, "it says no type: write @OnUserEvent(IdleStateEvent)")
    told = "errors" if isinstance(label, OnExceptionLabel) else "events"
    try:
        isinstance(None, label.types)
    except TypeError as error:
        raise refusal(label, function, f"it cannot tell its {told}: {error}") from error
    if isinstance(label, OnExceptionLabel):
        for kind in label.types:
            if isinstance(kind, type) and not issubclass(kind, BaseException):
                raise refusal(label, function, f"{kind.__name__} is no type of errors: write @OnException(TimeoutError)")


def _is_awaited(function: object) -> bool:
    if labels(function, AsyncLabel):
        return False  # it runs by itself
    return inspect.iscoroutinefunction(function) or bool(labels(function, Interceptor))  # which may give it another form


def _edges(listeners: Sequence[Listener]) -> Edges:
    return Edges(_steps(listeners, _FIRST), _steps(listeners, _LAST))


def _steps(listeners: Sequence[Listener], table: Mapping[type[ChannelListenerLabel], str]) -> tuple[Step, ...]:
    """Return the step of a handler that has only the callbacks that *listeners* of the *table* want; none where they want none."""
    heard = {name: [each for each in listeners if isinstance(each.label, kind)] for kind, name in table.items()}
    callbacks = {name: _callback(name, wanted) for name, wanted in heard.items() if wanted}
    if not callbacks:
        return ()
    handler: ChannelHandler[Any] = type("ChannelListeners", (ChannelHandler,), {"__module__": __name__, "sharable": True, **callbacks})()
    title = f"listeners {', '.join(each.name for wanted in heard.values() for each in wanted)}"
    return (Step(title, lambda _: (handler,)),)


def _callback(name: str, listeners: Sequence[Listener]) -> Callback:
    """Return the callback *name* of a handler: it calls *listeners* and passes on; a coroutine function only where one is awaited."""
    pass_on = getattr(ChannelHandlerContext, f"fire_{name}")

    def told(self: object, ctx: ChannelHandlerContext, /, *told: object) -> None:
        for listener in listeners:
            if listener.hears(told):
                try:
                    listener.method(ctx.channel, *told)
                except Exception as error:  # noqa: BLE001  a listener changes nothing for the channel
                    _tell(ctx, listener, error)
        pass_on(ctx, *told)

    async def awaited(self: object, ctx: ChannelHandlerContext, /, *told: object) -> None:
        for listener in listeners:
            if listener.hears(told):
                try:
                    heard = listener.method(ctx.channel, *told)
                    if inspect.isawaitable(heard) and not isinstance(heard, asyncio.Future):
                        await heard
                except Exception as error:  # noqa: BLE001  as above
                    _tell(ctx, listener, error)
        pass_on(ctx, *told)

    return awaited if any(listener.is_awaited for listener in listeners) else told


def _tell(ctx: ChannelHandlerContext, listener: Listener, error: Exception) -> None:
    tell_fault(ctx.channel, f"the listener {listener.name} raised", error)
