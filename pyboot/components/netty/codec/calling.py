"""The call of a user's ``decode`` or ``encode``: with or without an ``out`` list, as ``def`` or as ``async def``.

Each base writes its work once, as a generator that yields whatever the user's function returned and is sent what came of it.
`run` drives it for plain functions, `run_async` for coroutines. The class decides which, once, so that the pipeline knows.

A base declares such a function as ``decode(self, ctx, buffer, /, *out: Any, **unused: Any)``. Parameters of that form stand for any others
(the typing specification, "Meaning of ... in Callable"), so type checkers take an override with *out* and one without, and hold the
parameters before them, the message of ``encode`` for instance, and what is returned to their types.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from typing import Any, Final

from pyboot.components.netty.channel.coroutines.task import is_end
from pyboot.components.netty.channel.mask import refuse_generator
from pyboot.components.netty.errors import DecoderError, NettyError

__all__ = ["PAUSED", "Steps", "as_decoder_error", "is_coroutine", "run", "run_async", "takes_out"]

type Steps = Generator[Any, Any, Any]  # Any: what users' functions return, and what comes of awaiting it


# What steps give that have spent the turn of their channel: `run` leaves them there, and goes on with them when called again.
PAUSED: Final = object()


def takes_out(function: Callable[..., Any]) -> bool:
    """True if *function*, a method ``(self, ctx, message[, out])``, has the ``out`` parameter of Netty's form."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in inspect.signature(function).parameters.values()) > 3


def is_coroutine(*functions: Callable[..., Any]) -> bool:
    """True if one of *functions* is ``async def``; raises TypeError for a generator, of which nothing would run."""
    for function in functions:
        refuse_generator(function, getattr(function, "__qualname__", repr(function)))
    return any(inspect.iscoroutinefunction(inspect.unwrap(function)) for function in functions)


def run(steps: Steps) -> Any:
    """Do *steps* at once; what they return, or `PAUSED` where they want a turn of the loop before they go on."""
    outcome = None
    try:
        while outcome is not PAUSED:
            outcome = steps.send(outcome)
        return PAUSED
    except StopIteration as end:
        return end.value


async def run_async(steps: Steps) -> Any:
    """Do *steps*, awaiting each outcome that can be awaited; what they return. Cancelled, it closes them where they stand."""
    outcome = None
    try:
        while True:
            given = steps.send(outcome)
            while True:
                try:
                    outcome = await given if inspect.isawaitable(given) else given
                    break
                except GeneratorExit:
                    raise
                except BaseException as error:  # the steps decide what becomes of a user's error
                    if is_end(error):
                        raise
                    given = steps.throw(error)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


def as_decoder_error(handler: object, error: Exception) -> NettyError:
    """The error to report for *error*, which the user's function of *handler* raised: itself, or a `DecoderError` because of it."""
    if isinstance(error, NettyError):
        return error
    wrapper = DecoderError(f"decode() of {type(handler).__qualname__} raised {error!r}")
    wrapper.__cause__ = error
    return wrapper
