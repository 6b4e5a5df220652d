"""The one place that touches ``dependency_injector``: a bean's provider, from which instances are taken and exposed.

Only its ``providers`` module is imported: ``containers`` and ``wiring`` import web frameworks where they are installed.
Providers get a function without parameters and never see the beans it uses, since they would await every argument
that looks like a future, and split keyword names at a double underscore.
"""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from dependency_injector import providers


class Provided(Protocol):
    """A bean's provider: calling it gives the bean."""

    def __call__(self) -> Any:
        """Return the bean."""


def value(bean: object) -> Provided:
    """Return the provider of a bean that is there already."""
    provider: Provided = providers.Object(bean)
    return provider


def once(make: Callable[[], object]) -> Provided:
    """Return a provider that calls *make* at the first call, under no lock: for beans made one after the other."""
    return _synchronous(providers.Singleton(make))


def once_locked(make: Callable[[], object]) -> Provided:
    """Return a provider that calls *make* at the first call, from whichever thread.

    The library's lock is one for all singletons of a class, which can deadlock; a subclass has a lock of its own.
    """
    kind = type("LazySingleton", (providers.ThreadSafeSingleton,), {"storage_lock": threading.RLock()})
    return _synchronous(kind(make))


def each(make: Callable[[], object]) -> Provided:
    """Return a provider that calls *make* at every call."""
    return _synchronous(providers.Factory(make))


def _synchronous(provider: Any) -> Provided:
    """Keep *provider* from taking an awaitable bean for a result to be awaited."""
    provider.disable_async_mode()
    made: Provided = provider
    return made
