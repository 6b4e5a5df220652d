"""The decorators ``@Timed`` and ``@Counted`` for methods of beans: they label, and cost nothing where there is no actuator."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self, final, overload

from pyboot.boot import Label, Place

NO_TAGS: Mapping[str, str] = MappingProxyType({})


@final
class TimedLabel(Label):
    """Times each call of a method, ``def`` or ``async def``: ``@Timed("orders.place")``, or without parentheses as ``method.timed``.

    The timer has the tags ``class``, ``method``, and ``exception``, the class of what the call raised, or none. Source: Micrometer's
    ``@Timed``.

    Args:
        name: that of the timer.
        tags: further ones.
        histogram: whether it has buckets.
    """

    places: ClassVar = frozenset({Place.METHOD})

    def __init__(self, name: str = "method.timed", tags: Mapping[str, str] = NO_TAGS, histogram: bool = False) -> None:
        self.name = name
        self.tags = tags
        self.histogram = histogram

    @overload
    def __call__(self, name: str = "method.timed", /, *, tags: Mapping[str, str] = NO_TAGS, histogram: bool = False) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a method; with a name, return a label that holds it."""
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(**({"name": targets[0]} if targets else {}), **given)


@final
class CountedLabel(Label):
    """Counts the calls of a method, ``def`` or ``async def``: ``@Counted("orders.placed")``, or without parentheses as ``method.counted``.

    The counter has the tags ``class``, ``method``, ``result``, success or failure, and ``exception``. Source: Micrometer's ``@Counted``.

    Args:
        name: that of the counter.
        tags: further ones.
        failures_only: whether calls that raise nothing are not counted.
    """

    places: ClassVar = frozenset({Place.METHOD})

    def __init__(self, name: str = "method.counted", tags: Mapping[str, str] = NO_TAGS, failures_only: bool = False) -> None:
        self.name = name
        self.tags = tags
        self.failures_only = failures_only

    @overload
    def __call__(self, name: str = "method.counted", /, *, tags: Mapping[str, str] = NO_TAGS, failures_only: bool = False) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a method; with a name, return a label that holds it."""
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(**({"name": targets[0]} if targets else {}), **given)


Timed = TimedLabel()
Counted = CountedLabel()
