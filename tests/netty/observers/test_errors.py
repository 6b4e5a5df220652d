"""What the errors of groups say."""

from pyboot.netty.observers.errors import ChannelGroupNameClashError, StrayChannelGroupError


def test_each_says_what_to_do() -> None:
    """And has a code of its own."""
    clash, stray = ChannelGroupNameClashError("room", "A", "B"), StrayChannelGroupError("room", "C")

    assert "There are two channel groups 'room': of A and of B." == str(clash)
    assert "@ChannelGroupBean(...)" in clash.action
    assert "beside @NettyServer" in stray.action
    assert ["PB-N037", "PB-N038"] == [clash.code, stray.code]
