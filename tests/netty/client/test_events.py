"""The events of clients."""

import dataclasses

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.events import ClientConnected, ClientDisconnected, ClientEvent, ClientGaveUp, ClientWaiting


def test_events_are_values_of_one_family() -> None:
    """Who listens to `ClientEvent` hears all of them; none can be changed."""
    client, channel, cause = NettyClient.wired("up"), EmbeddedChannel(), ConnectionError("gone")
    events = (
        ClientConnected(client, channel, 2), ClientDisconnected(client, channel, cause), ClientWaiting(client, 1, cause, 0.5),
        ClientGaveUp(client, 3, cause),
    )  # fmt: skip

    assert [client] * 4 == [event.client for event in events if isinstance(event, ClientEvent)]
    assert ClientWaiting(client, 1, cause, 0.5) == events[2]
    with pytest.raises(dataclasses.FrozenInstanceError):
        events[0].attempts = 1  # type: ignore[misc]  # the mistake
