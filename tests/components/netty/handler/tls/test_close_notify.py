"""The end of TLS on a channel: which closes wait, and for how long. What is sent and told: `test_ssl_handler.py`."""

import logging
from typing import Any

import pytest

from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.channel.handler import ChannelHandler
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


class LastWord:
    """A machine that has only that to say."""

    def close(self) -> bytes:
        """Say it."""
        return b"close_notify"


@pytest.mark.parametrize(("seconds", "is_cut_off"), [(3.0, True), (0.0, False)])
def test_a_last_word_that_nobody_takes_has_a_time_of_its_own(seconds: float, is_cut_off: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Three seconds, named in the log and counted; 0 leaves it to the close timeout."""
    channel = EmbeddedChannel(handler := ChannelHandler[Any]())
    channel.hold_network()
    machine: Any = LastWord()
    closing = CloseNotify(machine, seconds, 0.0)
    ctx = channel.pipeline().context(handler)
    assert ctx is not None
    with caplog.at_level(logging.DEBUG, "pyboot.components.netty"):
        closing.send(ctx)
        channel.advance_time(2.9)
        assert channel.is_open
        channel.advance_time(0.2)

    assert channel.is_open is not is_cut_off
    assert ({"close-notify-timeout": 1} if is_cut_off else {}) == dict(log_of(channel).counts)
    if is_cut_off:
        assert "close-notify-timeout" == close_reason_of(channel)
        assert 1 == sum(": close-notify-timeout: " in record.getMessage() for record in caplog.records)
