"""AttributeKey: typed attributes of a channel."""

from pyboot.components.netty.channel import AttributeKey, ChannelHandler, EmbeddedChannel

COUNT = AttributeKey[int]("count")


def test_an_attribute_is_kept_for_its_channel_alone() -> None:
    """And is seen through each context of it."""
    handler: ChannelHandler[object] = ChannelHandler()
    channel, other = EmbeddedChannel(handler), EmbeddedChannel()
    channel.attr(COUNT).set(3)
    assert 3 == channel.pipeline().context(handler).attr(COUNT).get()
    assert 3 == channel.attributes[COUNT]
    assert other.attr(COUNT).get() is None


def test_two_keys_of_one_name_are_two_attributes() -> None:
    """Nobody's is hit by accident."""
    channel = EmbeddedChannel()
    channel.attr(COUNT).set(3)
    assert not channel.attr(AttributeKey[int]("count")).is_set


def test_an_attribute_is_set_once_exchanged_and_removed() -> None:
    """Each tells what was there before."""
    attribute = EmbeddedChannel().attr(COUNT)
    assert (None, False, None) == (attribute.get(), attribute.is_set, attribute.remove())
    assert (None, 1) == (attribute.set_if_absent(1), attribute.set_if_absent(2))
    assert (1, 5) == (attribute.get_and_set(5), attribute.get())
    assert "<Attribute count: 5>" == repr(attribute)
    assert (True, 5, False) == (attribute.is_set, attribute.remove(), attribute.is_set)
