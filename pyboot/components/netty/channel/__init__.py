"""The pipeline core, without sockets: channels, their handlers, and how events travel between them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .attribute import Attribute as Attribute, AttributeKey as AttributeKey
    from .channel import Channel as Channel
    from .combiner import PromiseCombiner as PromiseCombiner
    from .config import ChannelConfig as ChannelConfig
    from .context import ChannelHandlerContext as ChannelHandlerContext
    from .embedded import EmbeddedChannel as EmbeddedChannel
    from .embedded_loop import EmbeddedEventLoop as EmbeddedEventLoop
    from .envelope import AddressedEnvelope as AddressedEnvelope, DatagramPacket as DatagramPacket
    from .event import INPUT_SHUTDOWN as INPUT_SHUTDOWN
    from .handler import ChannelHandler as ChannelHandler, ChannelHandlerAdapter as ChannelHandlerAdapter
    from .initializer import ChannelInitializer as ChannelInitializer
    from .listener import CLOSE as CLOSE, CLOSE_ON_FAILURE as CLOSE_ON_FAILURE, FIRE_EXCEPTION_ON_FAILURE as FIRE_EXCEPTION_ON_FAILURE
    from .memory import CHANNEL_MEMORY as CHANNEL_MEMORY, ChannelMemory as ChannelMemory
    from .pending_writes import PendingWriteQueue as PendingWriteQueue
    from .pipeline import ChannelPipeline as ChannelPipeline
    from .promise import ChannelPromise as ChannelPromise
    from .simple import SimpleChannelInboundHandler as SimpleChannelInboundHandler
else:
    from pyboot.components.netty.compat13.modules import names_of_13
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked(names_of_13(__name__))
