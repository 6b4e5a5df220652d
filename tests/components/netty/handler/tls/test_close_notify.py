"""The end of TLS on a channel: which closes wait, and for how long. What is sent and told: `test_ssl_handler.py`."""

from typing import Any

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.tls.close_notify import CloseNotify
from pyboot.components.netty.handler.tls.machine import TlsMachine


def closing_of(certificates: Any) -> CloseNotify:
    """Of a server whose handshake has not begun."""
    return CloseNotify(TlsMachine(certificates.server_context(), server_side=True, server_hostname=None), 3.0, 0.0)


def test_a_close_that_waits_is_bounded_by_the_channels_own_deadline(certificates: Any) -> None:
    """Thirty seconds, whatever is waited for."""
    channel = EmbeddedChannel()
    closing = closing_of(certificates)
    assert not closing.is_waiting
    closing.wait(channel, channel.new_promise())

    assert closing.is_waiting
    channel.advance_time(30)
    assert not channel.is_open
    assert 1 == len(closing.take_waiting())
    assert not closing.is_waiting
