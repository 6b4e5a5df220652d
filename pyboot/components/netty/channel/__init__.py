"""The pipeline core, without sockets: channels, their handlers, and how events travel between them."""

from .channel import Channel
from .config import ChannelConfig
from .context import ChannelHandlerContext
from .embedded import EmbeddedChannel
from .embedded_loop import EmbeddedEventLoop
from .event import INPUT_SHUTDOWN, ChannelEvent
from .handler import ChannelHandler, ChannelHandlerAdapter
from .initializer import ChannelInitializer
from .pipeline import ChannelPipeline
from .promise import ChannelPromise

__all__ = [
    "INPUT_SHUTDOWN",
    "Channel",
    "ChannelConfig",
    "ChannelEvent",
    "ChannelHandler",
    "ChannelHandlerAdapter",
    "ChannelHandlerContext",
    "ChannelInitializer",
    "ChannelPipeline",
    "ChannelPromise",
    "EmbeddedChannel",
    "EmbeddedEventLoop",
]
