"""The ends of the pipeline: what nobody handled is released, told once, and closes the channel if it is an error."""

import logging
from typing import Any

import pytest

from pyboot.components.netty.channel import Channel, ChannelConfig, ChannelHandler, EmbeddedChannel
from pyboot.components.netty.channel.head_tail import log_unhandled_message

LOGGER = "pyboot.components.netty.channel.head_tail"


class Bare(EmbeddedChannel):
    """An embedded channel that treats what is left over as a real one does."""

    unhandled_message = Channel.unhandled_message
    unhandled_error = Channel.unhandled_error


def test_an_unhandled_message_is_released_and_told_once_with_the_pipeline(caplog: pytest.LogCaptureFixture) -> None:
    """At debug level."""
    caplog.set_level(logging.DEBUG, LOGGER)
    channel = Bare(ChannelHandler())
    message = channel.allocate_bytebuffer(4)
    channel.write_inbound(message)
    assert 0 == message.ref_count
    texts = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert ["'ByteBuffer' reached the end of <ChannelPipeline ChannelHandler#0> unhandled"] == [text.partition(":")[0] for text in texts]


def test_an_unhandled_message_that_was_released_before_does_no_harm() -> None:
    """A handler that read it to its end may have given it back."""
    channel = Bare()
    message = channel.allocate_bytebuffer(4)
    message.release()
    channel.write_inbound(message)


@pytest.mark.parametrize(
    "event", ["registered", "unregistered", "active", "inactive", "read_complete", "writability_changed", "write_complete"]
)
def test_an_event_nobody_handles_is_over_at_the_tail(event: str, caplog: pytest.LogCaptureFixture) -> None:
    """Without a word."""
    getattr(Bare().pipeline().head, f"fire_channel_{event}")()
    assert [] == caplog.records


@pytest.mark.parametrize("closes", [False, True])
def test_an_unhandled_error_closes_the_channel_if_the_option_says_so(closes: bool) -> None:
    """On by default."""
    config = ChannelConfig()
    assert config.close_on_error
    config.close_on_error = closes
    channel = Bare(config=config)
    channel.pipeline().fire_exception_caught(ConnectionResetError())
    channel.run_pending_tasks()
    assert closes is not channel.is_open


def test_a_message_of_any_kind_may_be_unhandled(caplog: pytest.LogCaptureFixture) -> None:
    """Only buffers have memory to give back."""
    caplog.set_level(logging.DEBUG, LOGGER)
    log_unhandled_message(Bare().pipeline().tail, "text")
    assert ["'str' reached the end of <ChannelPipeline empty> unhandled"] == [r.getMessage().partition(":")[0] for r in caplog.records]


def test_operations_end_at_the_channel() -> None:
    """The head hands each over to the transport's verb."""
    log: list[Any] = []

    class Verbs(EmbeddedChannel):
        def do_bind(self, address: object, promise: Any) -> None:
            log.append(("bind", address))

        def do_connect(self, address: object, promise: Any) -> None:
            log.append(("connect", address))

        def do_disconnect(self, promise: Any) -> None:
            log.append("disconnect")

        def do_deregister(self, promise: Any) -> None:
            log.append("deregister")

        def begin_read(self) -> None:
            log.append("read")

        def begin_close(self, promise: Any) -> None:
            log.append("close")

    channel: Channel = Verbs(active=False)
    channel.has_disconnect = True
    made = channel.pipeline()
    made.bind("here")
    made.connect("there")
    made.read()
    made.disconnect()
    made.deregister()
    made.close()
    assert [("bind", "here"), ("connect", "there"), "read", "disconnect", "deregister", "close"] == log
