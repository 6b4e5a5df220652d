"""Scope stores: what lives as long as a connection, or a scope of your own, and is destroyed with it."""

from collections.abc import Awaitable, Callable

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.scope import Scope

from .teardown import Teardown


class ScopeStore:
    """The beans of one connection (or of one scope of your own). It is passed along explicitly, not hidden in a context variable."""

    __slots__ = ("_teardown", "beans", "scope")

    def __init__(self, scope: str = Scope.CHANNEL) -> None:
        self.scope = scope
        self.beans: dict[BeanDefinition, object] = {}
        self._teardown: Teardown | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the store has to be destroyed."""
        return self._teardown is None

    def on_close(self, name: str, callback: Callable[[], Awaitable[object] | object]) -> None:
        """Call *callback* when the store closes, the last registered first."""
        if self._teardown is None:
            self._teardown = Teardown()
        self._teardown.add(name, callback)

    async def aclose(self) -> None:
        """Destroy the beans of the store, the last made first.

        Raises:
            ExceptionGroup: some of them failed; the others were destroyed all the same.
        """
        self.beans.clear()
        teardown, self._teardown = self._teardown, None
        if teardown is not None:
            await teardown.run()
