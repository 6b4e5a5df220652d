"""RecordingHandler: what passed, in order."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.recording import RecordingHandler


def test_events_are_kept_and_passed_on() -> None:
    """A buffer as the bytes it held then."""
    recorder = RecordingHandler()
    channel = EmbeddedChannel(recorder)
    buffer = ByteBuffer(b"in")
    channel.write_inbound(buffer)
    channel.pipeline().fire_user_event_triggered("event")
    channel.outbound.set_user_defined_writability(1, False)
    channel.write_outbound(b"out")
    error = ValueError()
    channel.pipeline().fire_exception_caught(error)
    try:
        channel.check_exception()
    except ValueError:
        channel.finish()

    assert [
        ("channel_active", None),
        ("channel_read", b"in"),
        ("channel_read_complete", None),
        ("user_event_triggered", "event"),
        ("channel_writability_changed", False),
        ("write", b"out"),
        ("flush", None),
        ("exception_caught", error),
        ("close", None),
        ("channel_inactive", None),
    ] == recorder.events
    assert ([buffer], [b"in"]) == (channel.inbound_messages(), recorder.arguments("channel_read"))
