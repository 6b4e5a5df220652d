"""Which channels of a group an operation is for."""

from typing import Any

from pyboot.components.netty import AttributeKey, ChannelGroup, ChannelMatchers, EmbeddedChannel


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


def test_members_are_picked_by_an_attribute() -> None:
    """As it is when the message is sent; a channel without the attribute is not meant, not even by None."""
    room, name = AttributeKey[str | None]("room"), AttributeKey[str | None]("room")
    tea, hall, stranger = EmbeddedChannel(), EmbeddedChannel(), EmbeddedChannel()
    group = ChannelGroup("all")
    for channel in (tea, hall, stranger):
        group.add(channel)
    tea.attr(room).set("tea")
    hall.attr(room).set(None)
    stranger.attr(name).set("tea")  # of a key of the same name, which is another one

    group.write_and_flush(b"1", ChannelMatchers.having(room, "tea"))
    group.write_and_flush(b"2", ChannelMatchers.having(room, None))
    tea.attr(room).remove()
    group.write_and_flush(b"3", ChannelMatchers.having(room, "tea"))

    assert [b"1", None] == [tea.read_outbound(), tea.read_outbound()]
    assert [b"2", None] == [hall.read_outbound(), hall.read_outbound()]
    assert stranger.read_outbound() is None
