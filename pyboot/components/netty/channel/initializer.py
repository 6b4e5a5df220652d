"""ChannelInitializer: fills the pipeline of a new channel, then takes itself out."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from .fault import tell_fault
from .handler import ChannelHandler
from .mask import is_generator, refuse_generator
from .variable import C

if TYPE_CHECKING:
    from .channel import Channel
    from .context import ChannelHandlerContext

__all__ = ["ChannelInitializer", "FunctionInitializer"]


class ChannelInitializer(ChannelHandler[Any], Generic[C]):
    """Derive and write `init_channel`; one object serves all channels of a server. Source: Netty's class of that name.

    ``ChannelInitializer[SocketChannel]`` says to type checkers which channels they are. The initializer leaves the pipeline when it has
    filled it.
    """

    sharable: ClassVar[bool] = True

    @abstractmethod
    def init_channel(self, channel: C, /) -> None:
        """Add the handlers of *channel* to its pipeline. If it raises, the channel is closed, and the log says why.

        A plain function: of a coroutine function or a generator the channel is closed because of a TypeError.
        """

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self.fill(ctx.channel, ctx.name):
            ctx.close()
        # Also where it raised: the channel is closing, and nothing is to come through a handler that has done its one thing.
        if not ctx.is_removed:
            ctx.pipeline.remove(ctx.name)
        return None

    def fill(self, channel: Channel, name: str, /) -> bool:
        """Call `init_channel` for *channel*; False, after telling the log with the *name* of the initializer, if it raised."""
        try:
            new: Any = channel  # a C, as who writes the class says
            outcome: Any = self.init_channel(new)  # a coroutine, if it was written async
            if outcome is not None:
                if inspect.iscoroutine(outcome):
                    outcome.close()
                    raise TypeError("init_channel must be a plain function: the pipeline has to be there before the first event")
                if is_generator(outcome):
                    raise TypeError("init_channel must be a plain function: of a generator nothing would ever run")
        except BaseException as raised:  # noqa: BLE001  # whatever a user's code raises closes this channel only
            tell_fault(channel, f"{self} could not fill the pipeline: closing it", channel.loop_state.error_of(raised, name))
            return False
        return True


class FunctionInitializer(ChannelInitializer[Any]):
    """An initializer made of a function that takes the channel."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{function!r} is a coroutine function; what fills a pipeline must be a plain one")
        refuse_generator(function, repr(function))
        self._function = function

    def init_channel(self, channel: Channel, /) -> None:
        return self._function(channel)  # type: ignore[return-value]  # looked at in handler_added

    def __repr__(self) -> str:
        return f"<FunctionInitializer {getattr(self._function, '__qualname__', self._function)}>"
