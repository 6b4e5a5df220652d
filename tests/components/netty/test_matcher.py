"""Which channels of a group an operation is for."""

from typing import Any

from pyboot.components.netty import ChannelMatchers, EmbeddedChannel


async def test_matchers_pick_by_identity_class_and_combination(listen: Any) -> None:
    """Netty's set, as functions of a channel."""
    server = await listen(lambda channel: None)
    one, other = EmbeddedChannel(), EmbeddedChannel()

    def picked(matcher: Any) -> list[Any]:
        return [channel for channel in (server, one, other) if matcher(channel)]

    assert [server, one, other] == picked(ChannelMatchers.all())
    assert [one] == picked(ChannelMatchers.is_(one))
    assert [server, other] == picked(ChannelMatchers.is_not(one))
    assert [one, other] == picked(ChannelMatchers.instance_of(EmbeddedChannel))
    assert [server] == picked(ChannelMatchers.is_server_channel())
    assert [one, other] == picked(ChannelMatchers.is_non_server_channel())
    assert [other] == picked(ChannelMatchers.compose(ChannelMatchers.is_not(one), ChannelMatchers.is_non_server_channel()))
    assert [server] == picked(ChannelMatchers.invert(ChannelMatchers.is_non_server_channel()))
