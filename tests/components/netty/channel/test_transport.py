"""The verbs of a transport: what one that lacks them says."""

from typing import Any

import pytest

from pyboot.components.netty.channel import EmbeddedChannel


@pytest.mark.parametrize("operation", ["bind", "connect"])
def test_a_transport_that_cannot_do_something_fails_the_operation(operation: str) -> None:
    """The error names the transport and what it cannot do."""
    channel = EmbeddedChannel()
    promise: Any = getattr(channel.pipeline(), operation)(("host", 1))
    assert isinstance(promise.error, NotImplementedError)
    assert f"EmbeddedChannel cannot {operation}" == str(promise.error)


def test_without_a_socket_there_are_no_options_of_one_and_the_connection_is_not_gone() -> None:
    """A transport overrides what it knows better."""
    channel = EmbeddedChannel()
    option: Any = object()
    assert (None, False, False) == (channel.get_socket_option(option), channel.set_socket_option(option, 1), channel.is_carrier_gone())


def test_a_channel_that_cannot_give_up_its_peer_closes_instead() -> None:
    """Netty's rule for what is connection-oriented."""
    channel = EmbeddedChannel()
    channel.pipeline().disconnect()
    channel.run_pending_tasks()
    assert not channel.is_open
