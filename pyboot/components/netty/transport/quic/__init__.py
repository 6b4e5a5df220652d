"""QUIC: connections over UDP whose streams are channels. They need ``aioquic`` (extra ``quic``), which nothing else imports."""

import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channel import QuicChannel as QuicChannel
    from .codes import QuicCodes as QuicCodes
    from .config import QuicClientConfig as QuicClientConfig, QuicServerConfig as QuicServerConfig
    from .errors import (
        QuicClosedError as QuicClosedError,
        QuicDatagramError as QuicDatagramError,
        QuicStreamResetError as QuicStreamResetError,
        QuicStreamStoppedError as QuicStreamStoppedError,
    )
    from .events import (
        QuicConnectionClosed as QuicConnectionClosed,
        QuicHandshakeCompleted as QuicHandshakeCompleted,
        QuicPathMigrated as QuicPathMigrated,
        QuicSessionTicket as QuicSessionTicket,
        QuicStreamStopped as QuicStreamStopped,
    )
    from .options import QuicChannelOption as QuicChannelOption
    from .server import QuicServerChannel as QuicServerChannel
    from .stream import QuicStreamChannel as QuicStreamChannel
else:
    from pyboot.components.netty.surface import load_when_asked

    # A surface of its own: a star import of those above takes what is installed everywhere.
    if importlib.util.find_spec("aioquic") is None:
        raise ModuleNotFoundError('QUIC needs aioquic: pip install "pyboot-framework[quic]"', name="aioquic")
    __getattr__, __dir__, __all__ = load_when_asked()
