"""MeteredMethods: puts the meters of ``@Timed`` and ``@Counted`` around the methods of beans that carry them."""

import asyncio
import concurrent.futures
import functools
import inspect
import time
from collections.abc import Callable
from typing import Any, final

from pyboot.boot import BeanDefinition, BeanPostProcessor
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.generic import get_origin
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.origin import origin_of

from .annotations import CountedLabel, TimedLabel
from .registry import MeterRegistry

type Ended = Callable[[float, BaseException | None], None]
"""Is told how long a call took, and what it raised."""


@final
class MeteredMethods(BeanPostProcessor):
    """Wraps them on each bean; a call that is cancelled ends with that, as with any exception."""

    def __init__(self, registry: MeterRegistry) -> None:
        """Take where it is told."""
        self._registry = registry

    def handles(self, definition: BeanDefinition, /) -> bool:
        """Tell whether the bean's class has such a method."""
        kind = get_origin(definition.provides) or definition.provides
        return isinstance(kind, type) and bool(_names(kind))

    def process(self, bean: Any, definition: BeanDefinition, /) -> Any:
        """Put what measures over the methods of *bean*.

        Raises:
            DefinitionError: its class has ``__slots__``, so nothing can be put over its methods; or a method gives its results one by one.
        """
        for name in _names(type(bean)):
            written, method = getattr(type(bean), name), getattr(bean, name)
            if inspect.isgeneratorfunction(written) or inspect.isasyncgenfunction(written):
                reason = "a generator has no single call that could be timed or counted"
                raise DefinitionError(f"'{definition.name}'", str(origin_of(written)), reason)
            try:
                object.__setattr__(bean, name, self._around(written, method, type(bean), name))  # a frozen dataclass lets nobody else
            except AttributeError as error:
                reason = f"the class of a @Timed or @Counted method must let its instances have attributes: {error}"
                raise DefinitionError(f"'{definition.name}'", str(definition.origin), reason) from error
        return bean

    def _around(self, written: Any, method: Callable[..., Any], kind: type, name: str) -> Callable[..., Any]:
        own = {"class": kind.__qualname__, "method": name}
        told: list[Ended] = [
            *(self._timed(mark, own) for mark in labels(written, TimedLabel)),
            *(self._counted(mark, own) for mark in labels(written, CountedLabel)),
        ]
        return _async_around(method, told) if inspect.iscoroutinefunction(method) else _around(method, told)

    def _timed(self, mark: TimedLabel, own: dict[str, str]) -> Ended:
        @functools.cache
        def timer(exception: str) -> Any:
            return self._registry.timer(mark.name, {**own, **mark.tags, "exception": exception}, histogram=mark.histogram)

        timer("none")  # so that a kind that does not fit is told at the start, and a rate has its beginning
        return lambda seconds, error: timer(_name_of(error)).record(seconds)

    def _counted(self, mark: CountedLabel, own: dict[str, str]) -> Ended:
        @functools.cache
        def counter(exception: str) -> Any:
            result = "success" if exception == "none" else "failure"
            return self._registry.counter(mark.name, {**own, **mark.tags, "result": result, "exception": exception})

        counter("none")

        def count(_: float, error: BaseException | None) -> None:
            if error is not None or not mark.failures_only:
                counter(_name_of(error)).increment()

        return count


def _around(method: Callable[..., Any], told: list[Ended]) -> Callable[..., Any]:
    @functools.wraps(method)
    def measured(*arguments: Any, **by_name: Any) -> Any:
        began = time.perf_counter()
        try:
            result = method(*arguments, **by_name)
        except BaseException as error:
            _tell(told, began, error)
            raise
        if isinstance(result, asyncio.Future | concurrent.futures.Future):  # as of an @Async method: the call is over when its work is
            result.add_done_callback(lambda done: _tell(told, began, None if done.cancelled() else done.exception()))
        else:
            _tell(told, began, None)
        return result

    return measured


def _async_around(method: Callable[..., Any], told: list[Ended]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def measured(*arguments: Any, **by_name: Any) -> Any:
        began = time.perf_counter()
        try:
            result = await method(*arguments, **by_name)
        except BaseException as error:
            _tell(told, began, error)
            raise
        _tell(told, began, None)
        return result

    return measured


def _tell(told: list[Ended], began: float, error: BaseException | None) -> None:
    seconds = time.perf_counter() - began
    for each in told:
        each(seconds, error)


def _names(kind: type) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*labelled_methods(kind, TimedLabel), *labelled_methods(kind, CountedLabel))))


def _name_of(error: BaseException | None) -> str:
    return "none" if error is None else type(error).__name__
