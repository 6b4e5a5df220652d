"""The decorators for methods of beans that hear of channels: when they begin and end, their events, and errors that nobody kept."""

from types import UnionType
from typing import Any, ClassVar, Self, final, overload

from pyboot.boot import Label
from pyboot.netty.annotations import ChannelListenerLabel


@final
class OnChannelActiveLabel(ChannelListenerLabel):
    """A method ``(self, channel)`` called when a connection is active, before its handlers hear of it: ``@OnChannelActive``."""


@final
class OnChannelInactiveLabel(ChannelListenerLabel):
    """A method ``(self, channel)`` called when a connection has closed, before its handlers hear of it: ``@OnChannelInactive``."""


@final
class OnExceptionLabel(ChannelListenerLabel):
    """A method ``(self, channel, error)`` called with each error that no handler kept: ``@OnException``, ``@OnException(TimeoutError)``.

    What becomes of the channel then is as without it: it is closed, unless that is off, and the error is logged.

    Args:
        errors: the types, of which it hears those alone; default: all.
        server, client: as for the others.
    """

    arguments: ClassVar = 2
    called_with: ClassVar = "with the channel and the error"

    def __init__(self, *errors: type[BaseException], server: str | None = None, client: str | None = None) -> None:
        super().__init__(server, client)
        self.types = errors

    @overload
    def __call__(
        self, error: type[BaseException] | UnionType, /, *errors: type[BaseException], server: str | None = None, client: str | None = None
    ) -> Self: ...
    @overload
    def __call__(self, *, server: str | None = None, client: str | None = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a method; with types of errors, or other arguments, return a label that holds them."""
        says_types = targets and isinstance(targets[0], type | UnionType | tuple)
        return self.altered(types=targets, **given) if says_types else super().__call__(*targets, **given)


@final
class OnUserEvent(ChannelListenerLabel):
    """A method ``(self, channel, event)`` called with each user event of a type that no handler kept: ``@OnUserEvent(IdleStateEvent)``.

    Args:
        events: the types, one at least.
        server, client: as for the others.
    """

    arguments: ClassVar = 2
    called_with: ClassVar = "with the channel and the event"

    def __init__(self, *events: type[Any] | UnionType, server: str | None = None, client: str | None = None) -> None:
        super().__init__(server, client)
        self.types = events

    def __call__[T](self, target: T) -> T:  # type: ignore[override]  # it is made with its arguments, and called with a method alone
        """Label a method."""
        return Label.__call__(self, target)


OnChannelActive = OnChannelActiveLabel()
OnChannelInactive = OnChannelInactiveLabel()
OnException = OnExceptionLabel()
