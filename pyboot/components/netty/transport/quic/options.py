"""QuicChannelOption: the options of QUIC that a bootstrap takes beside those of every channel. Source: Netty's class of that name."""

from __future__ import annotations

from typing import Any, Final, final

from pyboot.components.netty.option import ChannelOption

__all__ = ["QuicChannelOption"]


@final
class QuicChannelOption:
    """The options.

    CONFIG: a `QuicServerConfig` for the option of a server, or a function that returns the one for connections from now on; a
    `QuicClientConfig` for that of a client; it cannot be left out.
    STREAM_HANDLER: what fills the pipeline of each stream that the peer opens, an initializer, a sharable handler, or a function of the
    channel; a child option of a server. Without it such streams are refused.
    """

    CONFIG: Final[ChannelOption[Any]] = ChannelOption("QUIC_CONFIG", None)
    STREAM_HANDLER: Final[ChannelOption[Any]] = ChannelOption("QUIC_STREAM_HANDLER", None)


for _option in (QuicChannelOption.CONFIG, QuicChannelOption.STREAM_HANDLER):
    ChannelOption.ALL[_option.name] = _option
