"""The one place that touches ``dependency_injector``: gives each bean a provider for programs that use the library.

Only its ``providers`` module is imported: ``containers`` and ``wiring`` import web frameworks where they are installed.
A provider here wraps a bean that is there, or a function without parameters. What the library would do itself is done by
the container instead, because its ``Singleton`` takes ``None`` for "not made" and any bean that looks like a future for
one, its ``Resource`` enters every context manager and ends in no certain order, and its factories split keyword names at
a double underscore.
"""

from collections.abc import Callable
from typing import Any, Protocol

from dependency_injector import providers


class Provided(Protocol):
    """A bean's provider: calling it gives the bean."""

    def __call__(self) -> Any:
        """Return the bean."""


def value(bean: object) -> Provided:
    """Return the provider of a bean that is there already."""
    return _synchronous(providers.Object(bean))


def call(get: Callable[[], object]) -> Provided:
    """Return a provider that calls *get* each time."""
    return _synchronous(providers.Callable(get))


def _synchronous(provider: Any) -> Provided:
    """Keep *provider* from taking an awaitable bean for a result to be awaited."""
    provider.disable_async_mode()
    made: Provided = provider
    return made
