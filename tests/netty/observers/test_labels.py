"""The decorators for methods that hear of channels."""

from pyboot.boot.model.label import labels
from pyboot.netty.annotations import ChannelListenerLabel
from pyboot.netty.observers.labels import OnChannelActive, OnChannelInactive, OnException, OnUserEvent


def test_a_method_stays_what_it_is() -> None:
    """With parentheses or without, and with several labels."""

    def method(self: object, channel: object) -> None: ...

    assert OnChannelInactive(OnChannelActive(server="a")(method)) is method
    assert [OnChannelActive(server="a"), OnChannelInactive] == list(labels(method, ChannelListenerLabel))


def test_labels_are_spelled_as_they_are_written() -> None:
    """In reports."""
    assert ["OnChannelActive", "OnException", "OnUserEvent"] == [each.spelling for each in (OnChannelActive, OnException, OnUserEvent(int))]
    assert (int, str) == OnUserEvent(int, str, client="up").types

    assert ((OSError, ValueError), "a") == (OnException(OSError, ValueError, server="a").types, OnException(OSError, server="a").server)
    assert () == OnException.types == OnException(server="a").types
