"""The callbacks that a handler class really has, and those of them that are coroutine functions: worked out once a class.

A callback that a class leaves as `ChannelHandler` has it would only pass the event on, so the pipeline does not
call it at all. Source: Netty's ``ChannelHandlerMask``.

A callback may be anything that can be called: a function, a static or class method, a ``partial``, a property that gives one, an object.
What it gives may be awaited; a generator, plain or asynchronous, is neither run nor awaited by anybody, so a callback that
is written as one is refused when its handler is added, and one that returns one raises. A method that has Netty's name for a callback
(``channelRead``) is called by nobody, and warned of.
"""

from __future__ import annotations

import inspect
import logging
from functools import partial, partialmethod
from types import AsyncGeneratorType, GeneratorType
from typing import Any, Final, NamedTuple

from .handler import ChannelHandler

__all__ = ["INBOUND", "LIFE", "OUTBOUND", "Traits", "is_generator", "refuse_generator", "traits_of"]

_log = logging.getLogger(__name__)

_INBOUND_NAMES: Final = (
    "channel_registered",
    "channel_unregistered",
    "channel_active",
    "channel_inactive",
    "channel_read",
    "channel_read_complete",
    "channel_writability_changed",
    "user_event_triggered",
    "exception_caught",
    "channel_event",
    "channel_write_complete",
)
_OUTBOUND_NAMES: Final = (
    "bind",
    "connect",
    "disconnect",
    "close",
    "deregister",
    "read",
    "write",
    "flush",
)
_LIFE_NAMES: Final = (
    "handler_added",
    "handler_removed",
)
BITS: Final = {name: 1 << position for position, name in enumerate(_INBOUND_NAMES + _OUTBOUND_NAMES + _LIFE_NAMES)}
INBOUND: Final = sum(BITS[name] for name in _INBOUND_NAMES)
OUTBOUND: Final = sum(BITS[name] for name in _OUTBOUND_NAMES)
LIFE: Final = sum(BITS[name] for name in _LIFE_NAMES)  # told to the handler alone, in turn with its inbound events
_GENERATORS: Final = (GeneratorType, AsyncGeneratorType)


class Traits(NamedTuple):
    """The facts that a pipeline needs of a handler class.

    *overrides*: the callbacks that the class has itself, a bit each (`BITS`). *mask*: those to call, which is more where
    some are coroutine functions. *coroutines*: those among them that are ``async def``.
    *native*: the class is compiled, so its callbacks are reached without going through the interpreter.
    *overrides_channel_write*: it has the write without a promise.
    """

    overrides: int
    mask: int
    coroutines: int
    native: bool
    overrides_channel_write: bool


def traits_of(handler_class: type[Any]) -> Traits:
    """The traits of *handler_class*. Callbacks set on an object instead of its class are not seen.

    Raises TypeError for a callback that is a generator function.
    """
    traits: Traits | None = handler_class.__dict__.get(_KEPT_IN)
    if traits is None:
        traits = _examine(handler_class)
        setattr(handler_class, _KEPT_IN, traits)
    return traits


# Kept in the class itself: it is asked for with each handler that is added, and goes with a class that is dropped.
_KEPT_IN: Final = "_pyboot_netty_traits"


def _examine(handler_class: type[Any]) -> Traits:
    overrides = coroutines = 0
    for name, bit in BITS.items():
        function = _override(handler_class, name)
        if function is not None:
            refuse_generator(function, f"{name} of {handler_class.__qualname__}")
            overrides |= bit
            if _is_coroutine_function(function):
                coroutines |= bit
    overrides_channel_write = _override(handler_class, "channel_write")
    if overrides_channel_write is not None:
        refuse_generator(overrides_channel_write, f"channel_write of {handler_class.__qualname__}")
        overrides |= BITS["write"]
        coroutines |= BITS["write"] if _is_coroutine_function(overrides_channel_write) else 0
    _warn_of_other_names(handler_class)
    mask = overrides
    # Events a handler does not override must still not overtake those that wait in its mailbox.
    if coroutines & (INBOUND | LIFE):
        mask |= INBOUND
    if coroutines & OUTBOUND:
        mask |= OUTBOUND
    return Traits(overrides, mask, coroutines, "__mypyc_attrs__" in handler_class.__dict__, overrides_channel_write is not None)


def _warn_of_other_names(handler_class: type[Any]) -> None:
    """Tell of methods that look like callbacks to who comes from Java; one beside the real callback knows what it is for."""
    for name in handler_class.__dict__:
        # The names of the class alone, as those of its bases were looked at with them.
        meant = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        if meant != name and meant in BITS and _override(handler_class, meant) is None:
            _log.warning("%s.%s is called by nobody: the callback is called %s", handler_class.__qualname__, name, meant)


def _is_coroutine_function(function: Any) -> bool:
    """True if a callback gives coroutines, itself or what it is wrapped around."""
    # Both: a decorator may mark its plain wrapper (``inspect.markcoroutinefunction``), or leave that to the function inside.
    function = _called(function)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(inspect.unwrap(function))


def _called(function: Any) -> Any:
    """The function that runs when *function*, as it stands in a class, is called."""
    while True:
        if isinstance(function, staticmethod | classmethod):
            function = function.__func__
        elif isinstance(function, partial | partialmethod):
            function = function.func
        elif not inspect.isroutine(function) and not isinstance(function, property) and callable(function):
            return type(function).__call__
        else:
            return function


def refuse_generator(function: Any, what: str) -> None:
    """Raise TypeError if *function*, *what* of a user, is a generator function: calling it would do nothing."""
    called = _called(function)
    if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
        raise TypeError(f"{what} is a generator function, of which nothing would ever run: write def or async def, without yield")


def is_generator(outcome: object) -> bool:
    """True if a callback returned what nobody runs."""
    return outcome is not None and isinstance(outcome, _GENERATORS)


def _override(handler_class: type[Any], name: str) -> Any:
    """The function that *handler_class* puts in the place of `ChannelHandler`'s callback, or None."""
    # Static, so that no descriptor of a user runs, and a static method is not mistaken for its function.
    function = inspect.getattr_static(handler_class, name)
    return None if function is ChannelHandler.__dict__[name] else function
