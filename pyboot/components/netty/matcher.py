"""ChannelMatchers: which channels of a group an operation is for. Any function of a channel is one; these are the usual ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, final

from pyboot.components.netty.channel.attribute import AttributeKey
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.transport.listening import ServerSocketChannel

__all__ = ["ChannelMatcher", "ChannelMatchers"]

type ChannelMatcher = Callable[[Channel], bool]

T = TypeVar("T")

_ABSENT: Final = object()


@final
class ChannelMatchers:
    """Matchers under Netty's names, all of them static. Source: Netty's class of that name."""

    @staticmethod
    def all() -> ChannelMatcher:
        """Match every channel."""
        return lambda _: True

    @staticmethod
    def is_(channel: Channel) -> ChannelMatcher:
        """Match this one channel."""
        return lambda other: other is channel

    @staticmethod
    def is_not(channel: Channel) -> ChannelMatcher:
        """Match all channels but this one: a message to everybody else."""
        return lambda other: other is not channel

    @staticmethod
    def instance_of(channel_class: type[Channel]) -> ChannelMatcher:
        """Match channels of that class."""
        return lambda channel: isinstance(channel, channel_class)

    @staticmethod
    def having(key: AttributeKey[T], value: T) -> ChannelMatcher:
        """Match channels whose attribute *key* equals *value* when the message is sent; one without the attribute does not match."""
        return lambda channel: channel.attributes.get(key, _ABSENT) == value

    @staticmethod
    def is_server_channel() -> ChannelMatcher:
        """Match channels that listen."""
        return ChannelMatchers.instance_of(ServerSocketChannel)

    @staticmethod
    def is_non_server_channel() -> ChannelMatcher:
        """Match connections, which are all channels that do not listen."""
        return ChannelMatchers.invert(ChannelMatchers.is_server_channel())

    @staticmethod
    def compose(*matchers: ChannelMatcher) -> ChannelMatcher:
        """Match channels that all *matchers* match."""
        return lambda channel: all(matcher(channel) for matcher in matchers)

    @staticmethod
    def invert(matcher: ChannelMatcher) -> ChannelMatcher:
        """Match channels that *matcher* does not match."""
        return lambda channel: not matcher(channel)
