"""STOMP 1.2 in a pipeline: frames of servers and clients, and heart-beats.

::

    bytes  -->  StompFrameDecoder  -->  StompFrame
    bytes  <--  StompFrameEncoder  <--  StompFrame
                StompHeartbeatHandler   what both sides agree upon in their first frames, kept and asked for
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.stomp.config import StompDecoderConfig as StompDecoderConfig
    from pyboot.components.netty.wire.stomp.errors import (
        CorruptedStompFrameError as CorruptedStompFrameError,
        StompLimitError as StompLimitError,
    )
    from pyboot.components.netty.wire.stomp.frame import StompCommand as StompCommand, StompFrame as StompFrame
    from pyboot.components.netty.wire.stomp.heartbeat import StompHeartbeat as StompHeartbeat

    from .codec import StompFrameDecoder as StompFrameDecoder, StompFrameEncoder as StompFrameEncoder
    from .heartbeat import StompHeartbeatHandler as StompHeartbeatHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
