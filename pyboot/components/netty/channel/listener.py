"""Listeners that most programs need: what becomes of the channel when an operation is over. Source: Netty's ``ChannelFutureListener``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channel import Channel
    from .promise import ChannelPromise

__all__ = ["CLOSE", "CLOSE_ON_FAILURE", "FIRE_EXCEPTION_ON_FAILURE"]


def CLOSE(promise: ChannelPromise) -> None:  # Netty's name
    """Close the channel, whatever became of the operation: ``ctx.write_and_flush(answer, promise.add_listener(CLOSE))``."""
    _channel_of(promise).close()


def CLOSE_ON_FAILURE(promise: ChannelPromise) -> None:  # Netty's name
    """Close the channel if the operation failed or was cancelled."""
    if not promise.is_success:
        _channel_of(promise).close()


def FIRE_EXCEPTION_ON_FAILURE(promise: ChannelPromise) -> None:  # Netty's name
    """Tell exception_caught, from the head of the pipeline, why the operation failed; a cancelled one has no error to tell."""
    if isinstance(promise.error, Exception):
        _channel_of(promise).pipeline().fire_exception_caught(promise.error)


def _channel_of(promise: ChannelPromise) -> Channel:
    if promise.channel is None:
        raise ValueError(f"{promise!r} belongs to no channel: make it with new_promise() of the channel or the context")
    return promise.channel
