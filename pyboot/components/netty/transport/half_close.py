"""Half-close: an own side that has ended while the peer may still send.

What was flushed is delivered, then the end is sent; what was not flushed, and what is written later, fails. A handler next to
the network refuses it, so that nothing is asked on the way of messages where nobody half-closes. When the peer has ended
too, in either order, the channel closes. Source: Netty's ``DuplexChannel.shutdownOutput``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.closing import ACTIVE
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

    from .quic.stream import QuicStreamChannel
    from .tcp import SocketChannel

    type DuplexChannel = SocketChannel | QuicStreamChannel

__all__ = ["OUTPUT_SHUTDOWN", "output_lost", "send_end", "shut_output"]

_log = logging.getLogger(__name__)


@final
class ChannelOutputShutdown:
    """User event: our side has ended, nothing more can be written; the peer may still send."""

    def __repr__(self) -> str:
        return "ChannelOutputShutdown"


OUTPUT_SHUTDOWN: Final = ChannelOutputShutdown()


@final
class _NoOutput(ChannelHandler[Any]):
    """Refuses what is written after the end."""

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        release(msg)
        raise ClosedChannelError(f"the output of {ctx.channel!r} was shut down")

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None


def send_end(transport: Any) -> OSError | None:
    """Send our end; what the system answers where there is nobody to send it to, since a reset has come that was not met yet.

    asyncio raises that, uvloop finds it out later.
    """
    try:
        transport.write_eof()
    except OSError as error:
        return error
    return None


def shut_output(channel: DuplexChannel, promise: ChannelPromise) -> ChannelPromise:
    """End the own side of *channel*; on its loop. Ending it twice is harmless."""
    if channel.state < ACTIVE:
        promise.try_failure(NotYetConnectedError(f"{channel!r} is not connected yet"))
        return promise
    if channel.state > ACTIVE:
        promise.try_failure(channel.closed_error())
        return promise
    if channel.output_end is None:
        _begin(channel)
    assert channel.output_end is not None
    channel.output_end.add_listener(lambda end: promise.try_success() if end.error is None else promise.try_failure(end.error))
    return promise


def _begin(channel: DuplexChannel) -> None:
    channel.output_end = ChannelPromise(channel)
    lost = channel.outbound.fail_unflushed(ClosedChannelError(f"the output of {channel!r} was shut down before it was flushed"))
    if lost:  # told to the log alone: what the peer still sends is wanted, and an error may close the channel
        _log.warning("%r: %d written messages are lost, the output was shut down before they were flushed", channel, lost)
    delivered = ChannelPromise(channel)
    delivered.add_listener(lambda _: _end(channel, delivered))
    if channel.state != ACTIVE:  # closed by whoever was told of a lost write
        delivered.try_failure(channel.closed_error())
        return
    # An empty message behind all that was flushed: its promise ends when they have gone, and only then may the end be sent.
    channel.add_outbound(b"", delivered)
    channel.flush_outbound()
    channel.pipeline().add_first(_NoOutput(), name="output-shutdown")


def output_lost(channel: DuplexChannel, error: Exception | None) -> None:
    """Nothing of *channel* reaches the peer any more, and what the peer has sent is still to be read: whatever is written fails."""
    closed = ClosedChannelError(f"the output of {channel!r} is lost")
    closed.__cause__ = error
    if channel.output_end is None:
        channel.output_end = ChannelPromise(channel)
        channel.pipeline().add_first(_NoOutput(), name="output-shutdown")
    channel.output_end.try_failure(closed)
    lost = channel.outbound.fail_all(closed)
    if lost:
        _log.debug("%r: %d written messages are lost with the connection", channel, lost)


def _end(channel: DuplexChannel, delivered: ChannelPromise) -> None:
    """All that was flushed is delivered, or the channel has closed before."""
    end = channel.output_end
    assert end is not None
    if delivered.error is not None:
        end.try_failure(delivered.error)
        return
    refusal = send_end(channel.get_transport())
    if refusal is not None:
        channel.fail(refusal)  # first, so that the error below knows its cause
        end.try_failure(channel.closed_error())
        return
    end.try_success()
    channel.pipeline().fire_user_event_triggered(OUTPUT_SHUTDOWN)
    if channel.has_peer_ended:
        channel.close()
