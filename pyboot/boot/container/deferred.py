"""What ``Provider[T]`` and ``Lazy[T]`` parameters are given."""

from typing import Any, Protocol

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.injection import Lazy, Provider

from .scopes import ScopeStore

_UNSET = object()


class Maker(Protocol):
    """Where a deferred bean comes from in the end."""

    def get(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean without awaiting."""

    async def aget(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean, awaiting its making."""


class DeferredBean(Provider[Any]):
    """Asks the container each time."""

    __slots__ = ("_definition", "_maker", "_store")

    def __init__(self, maker: Maker, definition: BeanDefinition, store: ScopeStore | None) -> None:
        self._maker = maker
        self._definition = definition
        self._store = store

    def get(self, store: ScopeStore | None = None) -> Any:
        """Return the bean, of *store* or of that of who holds the provider."""
        return self._maker.get(self._definition, store or self._store)

    async def aget(self, store: ScopeStore | None = None) -> Any:
        """Return the bean as :meth:`get` does, awaiting its making."""
        return await self._maker.aget(self._definition, store or self._store)


class RememberedBean(Lazy[Any]):
    """Asks the container once."""

    def __init__(self, maker: Maker, definition: BeanDefinition, store: ScopeStore | None) -> None:
        self._source = DeferredBean(maker, definition, store)
        self._bean: Any = _UNSET

    def get(self, store: ScopeStore | None = None) -> Any:
        """Return the bean, the same each time; of a given *store* its own."""
        if store is not None:
            return self._source.get(store)
        if self._bean is _UNSET:
            self._bean = self._source.get()
        return self._bean

    async def aget(self, store: ScopeStore | None = None) -> Any:
        """Return the bean as :meth:`get` does, awaiting its making."""
        if store is not None:
            return await self._source.aget(store)
        if self._bean is _UNSET:
            self._bean = await self._source.aget()
        return self._bean
