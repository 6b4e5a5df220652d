"""The user events of the framework."""

from pyboot.components.netty.channel.event import INPUT_SHUTDOWN, ChannelEvent, ChannelInputShutdown


def test_events_have_the_names_of_the_published_package() -> None:
    """Code that compares them by name goes on working."""
    names = ["CONNECTED", "DISCONNECTED", "EXCEPTION_CAUGHT", "READ_IDLE", "WRITE_IDLE", "READ_DO", "WRITE_DO", "UDF_EVENT"]
    assert names == [event.name for event in ChannelEvent]
    assert names == [event.value for event in ChannelEvent]


def test_the_end_of_input_shows_its_name() -> None:
    """As logs have it."""
    assert "ChannelInputShutdown" == repr(INPUT_SHUTDOWN)
    assert isinstance(INPUT_SHUTDOWN, ChannelInputShutdown)
