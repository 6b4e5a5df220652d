"""The pipeline core, without sockets: channels, their handlers, and how events travel between them.

::

    transport <──> Channel ─────────── life/          closing, reading, writing: how it lives, and its budgets and deadlines
                      │
                   ChannelPipeline                    which handlers, in which order (`chain`, `mask`); how they come and go (`membership`)
                      │
      head <──> ChannelHandlerContext <──> tail       a handler in its place: what it fires and writes
                      │         │
                      │      coroutines/              runs its ``async def`` callbacks: mailbox, driver
                      │
                   ChannelHandler                     what a user writes

    stream                                            a Channel that one stream of another carries, as of HTTP/2 and QUIC
    embedded/                                         a Channel without a network, for tests
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .attribute import Attribute as Attribute, AttributeKey as AttributeKey
    from .channel import Channel as Channel
    from .close_reason import CloseReason as CloseReason, RefusalReason as RefusalReason, close_reason_of as close_reason_of
    from .combiner import PromiseCombiner as PromiseCombiner
    from .config import ChannelConfig as ChannelConfig
    from .context import ChannelHandlerContext as ChannelHandlerContext
    from .embedded.channel import EmbeddedChannel as EmbeddedChannel
    from .embedded.event_loop import EmbeddedEventLoop as EmbeddedEventLoop
    from .envelope import AddressedEnvelope as AddressedEnvelope, DatagramPacket as DatagramPacket
    from .event import DRAINING as DRAINING, INPUT_SHUTDOWN as INPUT_SHUTDOWN, ChannelDraining as ChannelDraining
    from .handler import ChannelHandler as ChannelHandler, ChannelHandlerAdapter as ChannelHandlerAdapter
    from .initializer import ChannelInitializer as ChannelInitializer
    from .life.memory import CHANNEL_MEMORY as CHANNEL_MEMORY, ChannelMemory as ChannelMemory
    from .life.pending_writes import PendingWriteQueue as PendingWriteQueue
    from .listener import CLOSE as CLOSE, CLOSE_ON_FAILURE as CLOSE_ON_FAILURE, FIRE_EXCEPTION_ON_FAILURE as FIRE_EXCEPTION_ON_FAILURE
    from .pipeline import ChannelPipeline as ChannelPipeline
    from .promise import ChannelProgressivePromise as ChannelProgressivePromise, ChannelPromise as ChannelPromise
    from .simple import SimpleChannelInboundHandler as SimpleChannelInboundHandler
    from .stream import StreamChannel as StreamChannel
else:
    from pyboot.components.netty.compat13.modules import names_of_13
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked(names_of_13(__name__))
