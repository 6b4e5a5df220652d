"""The bridge, and what an application imports: servers, clients and handlers as beans, and the whole network library."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.boot import run as run
    from pyboot.components.netty import *
    from pyboot.components.netty.errors import (
        ClosedChannelError as ClosedChannelError,
        CorruptedFrameError as CorruptedFrameError,
        DecoderError as DecoderError,
        EncoderError as EncoderError,
        TooLongFrameError as TooLongFrameError,
    )

    from .annotations import (
        ChannelGroupBean as ChannelGroupBean,
        ChannelHandlerBean as ChannelHandlerBean,
        NettyServer as NettyServer,
    )
    from .client.client import NettyClient as NettyClient
    from .client.clients import NettyClients as NettyClients
    from .client.errors import ClientUnavailableError as ClientUnavailableError
    from .client.events import (
        ClientConnected as ClientConnected,
        ClientDisconnected as ClientDisconnected,
        ClientEvent as ClientEvent,
        ClientGaveUp as ClientGaveUp,
        ClientWaiting as ClientWaiting,
    )
    from .client.group import NettyClientGroup as NettyClientGroup
    from .client.state import ClientState as ClientState
    from .customizers import BootstrapCustomizer as BootstrapCustomizer, ServerBootstrapCustomizer as ServerBootstrapCustomizer
    from .errors import AssemblyError as AssemblyError
    from .observers.labels import (
        OnChannelActive as OnChannelActive,
        OnChannelInactive as OnChannelInactive,
        OnException as OnException,
        OnUserEvent as OnUserEvent,
    )
    from .pipeline.codec import Codec as Codec, CodecDefinition as CodecDefinition, Handlers as Handlers
    from .pipeline.registry import CodecRegistry as CodecRegistry
    from .properties import NettyProperties as NettyProperties
    from .servers import NettyServers as NettyServers
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
