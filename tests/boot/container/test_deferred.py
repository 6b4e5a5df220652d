"""Deferred beans: asked for each time, or once."""

from typing import Any

from pyboot.boot.container.deferred import DeferredBean, RememberedBean
from pyboot.boot.container.scopes import ScopeStore
from pyboot.boot.model.definition import BeanDefinition

BEAN = BeanDefinition(name="bean", provides=object, factory=object, target=object)


class Counting:
    """Gives a new number each time."""

    def __init__(self) -> None:
        self.count = 0

    def get(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        assert definition is BEAN
        self.count += 1
        return self.count

    async def aget(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        return self.get(definition, store)


async def test_a_provider_asks_each_time() -> None:
    """With and without awaiting."""
    provider = DeferredBean(Counting(), BEAN, None)

    assert [1, 2, 3] == [provider.get(), await provider.aget(), provider.get()]


async def test_a_lazy_asks_once() -> None:
    """Whichever way comes first."""
    first, second = RememberedBean(Counting(), BEAN, None), RememberedBean(Counting(), BEAN, None)

    assert [1, 1] == [first.get(), await first.aget()]
    assert [1, 1] == [await second.aget(), second.get()]
