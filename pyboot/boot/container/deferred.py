"""Deferred beans: the objects that ``Provider[T]`` and ``Lazy[T]`` parameters are given."""

from typing import Any, Protocol

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.injection import Lazy, Provider
from pyboot.boot.model.scope import Scope

from .scopes import ScopeStore


class Maker(Protocol):
    """Gives the bean that a deferred one stands for."""

    store: ScopeStore

    def get(self, definition: BeanDefinition, store: ScopeStore | None = None, kept: ScopeStore | None = None) -> Any:
        """Return the bean without awaiting; a prototype is made once for *kept*."""

    async def aget(self, definition: BeanDefinition, store: ScopeStore | None = None, kept: ScopeStore | None = None) -> Any:
        """Return the bean, awaiting its making; a prototype is made once for *kept*."""


class DeferredBean(Provider[Any]):
    """Asks the container each time."""

    __slots__ = ("_definition", "_maker", "_store")

    def __init__(self, maker: Maker, definition: BeanDefinition, store: ScopeStore | None) -> None:
        self._maker = maker
        self._definition = definition
        self._store = store

    def get(self, store: ScopeStore | None = None) -> Any:
        """Return the bean, out of *store*; by default out of the store of the bean that holds the provider."""
        return self._maker.get(self._definition, store or self._store)

    async def aget(self, store: ScopeStore | None = None) -> Any:
        """Return the bean as :meth:`get` does, awaiting its making."""
        return await self._maker.aget(self._definition, store or self._store)


class RememberedBean(Lazy[Any]):
    """Gives the same bean each time: the container keeps it, but for a prototype, which is kept here."""

    __slots__ = ("_definition", "_kept", "_maker", "_store")

    def __init__(self, maker: Maker, definition: BeanDefinition, store: ScopeStore | None) -> None:
        self._maker = maker
        self._definition = definition
        self._store = store
        self._kept = ScopeStore(Scope.PROTOTYPE, whole=store or maker.store) if definition.scope == Scope.PROTOTYPE else None

    def get(self, store: ScopeStore | None = None) -> Any:
        """Return the bean, the same each time; of a given *store* its own."""
        return self._maker.get(self._definition, store or self._store, self._kept if store is None else None)

    async def aget(self, store: ScopeStore | None = None) -> Any:
        """Return the bean as :meth:`get` does, awaiting its making."""
        return await self._maker.aget(self._definition, store or self._store, self._kept if store is None else None)
