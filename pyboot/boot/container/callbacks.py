"""A bean's own callbacks: what runs when it has been made, and what ends it."""

import inspect
from collections.abc import Awaitable, Callable
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import PostConstructLabel, PreDestroyLabel
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.origin import origin_of

_END = object()
_NEVER_RUN = (GeneratorType, AsyncGeneratorType)


async def finished(result: Any) -> Any:
    """Return what a callback has returned, or, of one that was written ``async def``, what awaiting it gives.

    Raises:
        TypeError: it is a generator, of which nothing has run.
    """
    if type(result) in _NEVER_RUN:
        raise TypeError(f"'{result.__qualname__}' is a generator function: calling it has run nothing; leave the 'yield' out")
    return await result if inspect.isawaitable(result) else result


type Step = Callable[[str, Callable[[], Awaitable[object] | object]], Awaitable[object]]
"""Takes a step of a start: its name, such as "making the bean 'mailer'", and a plain or coroutine function."""


async def take(doing: str, work: Callable[[], Awaitable[object] | object]) -> None:
    """Take a step that nobody wants to break off."""
    await finished(work())


async def called[T](function: Callable[[], Awaitable[T] | T]) -> T:
    """Call *function*, and await what it returns where it was written ``async def``."""
    result: T = await finished(function())
    return result


def post_constructs(bean_type: type) -> tuple[str, ...]:
    """Return the names of the ``@PostConstruct`` methods of *bean_type*."""
    return labelled_methods(bean_type, PostConstructLabel)


def has_async_start(bean_type: type) -> bool:
    """Tell whether making a bean of *bean_type* ends with something to await."""
    return any(inspect.iscoroutinefunction(getattr(bean_type, name)) for name in post_constructs(bean_type))


def endings(definition: BeanDefinition, bean: object) -> tuple[Callable[[], Any], ...]:
    """Return what ends *bean*, in order: its ``@PreDestroy`` methods, else its named or usual closing method.

    Raises:
        DefinitionError: ``destroy=`` names a method that the bean does not have.
    """
    own = tuple(getattr(bean, name) for name in labelled_methods(type(bean), PreDestroyLabel))
    if own or definition.destroy == "" or definition.making in (Making.INSTANCE, Making.GENERATOR, Making.ASYNC_GENERATOR):
        return own
    if definition.destroy is not None:
        method = getattr(bean, definition.destroy, None)
        if not callable(method):
            reason = f"destroy names the method '{definition.destroy}', which {type(bean).__qualname__} does not have"
            raise DefinitionError(f"'{definition.name}'", str(origin_of(definition.target)), reason)
        return (method,)
    return tuple(filter(None, [_closing(bean)]))


def _closing(bean: object) -> Callable[[], Any] | None:
    """Return ``aclose`` or ``close``, if the bean's class has one that can be called without arguments."""
    for name in ("aclose", "close"):
        if inspect.isfunction(getattr(type(bean), name, None)) or inspect.ismethoddescriptor(getattr(type(bean), name, None)):
            method: Callable[[], Any] = getattr(bean, name)
            return method if _takes_nothing(method) else None
    return None


def _takes_nothing(method: Callable[..., Any]) -> bool:
    try:
        wanted = inspect.signature(method).parameters.values()
    except ValueError:  # written in C without a signature
        return True
    spread = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(entry.default is not entry.empty or entry.kind in spread for entry in wanted)


def exhaust(generator: Any, definition: BeanDefinition) -> None:
    """Run the teardown part of a generator *definition*."""
    if next(generator, _END) is not _END:
        raise RuntimeError(f"the generator '{definition.name}' yields more than once")


async def aexhaust(generator: Any, definition: BeanDefinition) -> None:
    """Run the teardown part of an asynchronous generator *definition*."""
    if await anext(generator, _END) is not _END:
        raise RuntimeError(f"the generator '{definition.name}' yields more than once")
