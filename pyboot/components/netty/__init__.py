"""A network framework in Netty's manner: channels, pipelines of handlers, codecs, bootstraps."""

from .core import CoreInfo as CoreInfo, core_info as core_info  # isort: skip  # decides which form of all the others is imported
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bootstrap import Bootstrap as Bootstrap, ServerBootstrap as ServerBootstrap
    from .buffer import *
    from .channel import *
    from .codec import *
    from .errors import NettyError as NettyError
    from .group import ChannelGroup as ChannelGroup, ChannelGroupFuture as ChannelGroupFuture
    from .handler import *
    from .matcher import ChannelMatchers as ChannelMatchers
    from .option import ChannelOption as ChannelOption, WriteBufferWaterMark as WriteBufferWaterMark
    from .pool import (
        ChannelPool as ChannelPool,
        ChannelPoolMap as ChannelPoolMap,
        FixedChannelPool as FixedChannelPool,
        PoolStatistics as PoolStatistics,
        SimpleChannelPool as SimpleChannelPool,
    )
    from .server import (
        EchoHandler as EchoHandler,
        EchoServer as EchoServer,
        HJ212Frame as HJ212Frame,
        HJ212FrameHandler as HJ212FrameHandler,
        HJ212Server as HJ212Server,
        Server as Server,
    )
    from .transport import *
else:
    from .surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
