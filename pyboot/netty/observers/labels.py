"""The decorators for methods of beans that hear of channels: when they begin and end, their events, and errors that nobody kept."""

from typing import Any, ClassVar, final

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
    """A method ``(self, channel, error)`` called with each error that no handler kept: ``@OnException``.

    What becomes of the channel then is as without it: it is closed, unless that is off, and the error is logged.
    """

    arguments: ClassVar = 2
    called_with: ClassVar = "with the channel and the error"


@final
class OnUserEvent(ChannelListenerLabel):
    """A method ``(self, channel, event)`` called with each user event of a type that no handler kept: ``@OnUserEvent(IdleStateEvent)``.

    Args:
        events: the types, one at least.
        server, client: as for the others.
    """

    arguments: ClassVar = 2
    called_with: ClassVar = "with the channel and the event"

    def __init__(self, *events: type[Any], server: str | None = None, client: str | None = None) -> None:
        super().__init__(server, client)
        self.events = events

    def __call__[T](self, target: T) -> T:  # type: ignore[override]  # it is made with its arguments, and called with a method alone
        """Label a method."""
        return Label.__call__(self, target)


OnChannelActive = OnChannelActiveLabel()
OnChannelInactive = OnChannelInactiveLabel()
OnException = OnExceptionLabel()
