"""The decorators for methods that the container calls: on an event, on a schedule, in the background."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar, Never, Self, final, overload

from pyboot.boot.errors import DefinitionError

from .label import FlagLabel, Label, Place
from .origin import origin_of


class CalledLabel(Label):
    """Base for labels of methods that are called on a singleton when something happens; whoever brings the label calls them.

    ``arguments`` are the things that a method is called with besides its object, by place; ``called_with`` says the same in words. One
    that wants more is refused at start; one that takes fewer as well, where ``takes_all`` is set.
    """

    places: ClassVar = frozenset({Place.METHOD})
    arguments: ClassVar[int] = 0
    called_with: ClassVar[str] = "without arguments"
    takes_all: ClassVar[bool] = False


@final
class EventListenerLabel(CalledLabel):
    """A method called with every published event of its parameter's type: ``@EventListener``.

    Args:
        events: the types to listen to where the parameter's hint does not say.
        order: lower first, 0 by default.
        condition: asked with the event; the method is called if it answers true.
    """

    arguments: ClassVar = 1
    called_with: ClassVar = "with the event alone"

    def __init__(self, events: tuple[type, ...] = (), order: int = 0, condition: Any = None) -> None:
        self.events = events
        self.order = order
        self.condition = condition

    @overload
    def __call__(self, *events: type, order: int = 0, condition: Any = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        if targets and not isinstance(targets[0], type):
            return Label.__call__(self, *targets)
        return self.altered(events=targets, **given)


EventListener = EventListenerLabel()


@final
class Scheduled(CalledLabel):
    """Has a method called again and again while the application runs; give exactly one of *every*, *delay* and *cron*.

    Args:
        every: time between two starts (``"5s"``, or a setting ``"${poll.every:5s}"``); a late run does not pile up.
        delay: time between an end and the next start.
        cron: five or six fields, ``"*/5 * * * *"``; *zone* names the time zone, default: the machine's.
        initial: time before the first run; default: none for *every* and *delay*.
        cluster_once: one node of the cluster runs it, and none while the nodes cannot agree; it needs ``pyboot-starter-cluster``.

    Raises:
        DefinitionError: it stands bare, and so says no time.
    """

    def __init__(
        self,
        *target: Never,
        every: str | None = None,
        delay: str | None = None,
        cron: str | None = None,
        zone: str | None = None,
        initial: str | None = None,
        cluster_once: bool = False,
    ) -> None:
        if target:
            subject = f"@Scheduled on {getattr(target[0], '__qualname__', target[0])}"
            raise DefinitionError(
                subject, str(origin_of(target[0])), 'it says no time: write @Scheduled(every="5s"), or give delay= or cron='
            )
        self.every = every
        self.delay = delay
        self.cron = cron
        self.zone = zone
        self.initial = initial
        self.cluster_once = cluster_once


@final
class AsyncLabel(FlagLabel):
    """A method that callers do not wait for: it runs as a supervised task, a plain ``def`` in a worker thread: ``@Async``."""

    places: ClassVar = frozenset({Place.METHOD})

    @overload  # type: ignore[override]  # what the container gives can be awaited, where a plain method could not
    def __call__[**P, R](self, target: Callable[P, Coroutine[Any, Any, R]], /) -> Callable[P, Awaitable[R]]: ...
    @overload
    def __call__[**P, R](self, target: Callable[P, R], /) -> Callable[P, Awaitable[R]]: ...
    @overload
    def __call__(self) -> Self: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a method; without one, return the label itself."""
        return super().__call__(*targets, **given)


Async = AsyncLabel()
