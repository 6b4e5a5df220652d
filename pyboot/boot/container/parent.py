"""The parent of a context as a child sees it: its beans can be had from below, and stay the parent's own."""

from dataclasses import replace
from typing import Any, Protocol

from pyboot.boot.model.definition import BeanDefinition, Making

from .scopes import ScopeStore


class Parent(Protocol):
    """Answers what a child asks, by the parent's own definitions."""

    def bean(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean of *definition* without awaiting."""

    async def abean(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean of *definition*, awaiting its making."""

    def is_awaited(self, definition: BeanDefinition, scope: str = "") -> bool:
        """Tell whether only :meth:`abean` gives the bean of *definition*."""


def inherited(definition: BeanDefinition) -> BeanDefinition:
    """Return the definition that stands in a child for *definition* of its parent.

    It needs nothing of the child. It is lazy, since the parent has made what is to be made at the start.
    """
    return replace(
        definition,
        inherited=definition,
        making=Making.INSTANCE,
        lazy=True,
        owner=None,
        depends_on=(),
        prefix=None,
        source="parent",
    )
