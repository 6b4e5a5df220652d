"""Behaviour around methods: labels wrap the methods that they stand on, and are woven in when the bean has been made."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from .definition import BeanDefinition
from .label import Label, Place


class Interceptor(Label):
    """Base for decorators of your own that add behaviour to a bean's method::

        class Retryable(Interceptor):
            def __init__(self, times: int) -> None:
                self.times = times

            def wrap(self, method):
                async def retrying(*args, **kwargs):
                    for left in range(self.times, 0, -1):
                        try:
                            return await method(*args, **kwargs)
                        except OSError:
                            if left == 1:
                                raise

                return retrying

    The class stays as it was written; the container gives the bean a subclass of its class, so ``isinstance`` holds, and
    calls of the bean to itself are wrapped too. The label that stands on top is the outermost. The other labels of the method
    (``@EventListener``, ``@Scheduled``, ``@Async``) hold for what stands in its place.
    """

    places: ClassVar = frozenset({Place.METHOD})

    def wrap(self, method: Callable[..., Any], /) -> Callable[..., Any]:
        """Return what is called instead of *method*, a plain or coroutine function whose first argument is the bean."""
        raise NotImplementedError


class BeanPostProcessor(ABC):
    """A bean that sees every other bean after it has been made, except those that it needs itself, which are made first."""

    def handles(self, definition: BeanDefinition, /) -> bool:
        """Tell whether :meth:`process` wants to see beans of *definition*; short-lived ones that nobody sees are made faster.

        Of a bean whose function promises a base only, this is asked again with a definition that provides the class it is of.
        """
        return True

    @abstractmethod
    def process(self, bean: Any, definition: BeanDefinition, /) -> Any:
        """Return *bean*, or what shall stand for it."""
