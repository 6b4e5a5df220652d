"""Http2StreamChannelBootstrap: opens streams on a connection of HTTP/2. Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import FunctionInitializer
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ChannelPipelineError

from .multiplex import Http2MultiplexHandler

__all__ = ["Http2StreamChannelBootstrap"]


@final
class Http2StreamChannelBootstrap:
    """Opens streams on *connection*, whose pipeline has an `Http2MultiplexHandler`."""

    def __init__(self, connection: Channel) -> None:
        self._connection = connection
        self._handler: ChannelHandler[Any] | None = None

    def handler(self, handler: ChannelHandler[Any] | Callable[[Any], object]) -> Http2StreamChannelBootstrap:
        """Set what the pipeline of each stream begins with: an initializer, or a function that takes the channel."""
        self._handler = handler if isinstance(handler, ChannelHandler) else FunctionInitializer(handler)
        return self

    def open(self) -> ChannelPromise:
        """Open a stream as soon as the peer allows one more; awaiting gives its `Http2StreamChannel`, or raises why there is none.

        Call it on the loop of the connection; it raises `ChannelPipelineError` where that has no multiplexer. The stream has its number
        with its first head. Cancelling the awaiting opens it all the same.
        """
        multiplexer = self._connection.pipeline().get(Http2MultiplexHandler)
        if multiplexer is None:
            raise ChannelPipelineError(f"{self._connection!r} has no Http2MultiplexHandler")
        promise = self._connection.new_promise()
        multiplexer.open(self._handler, promise)
        return promise
