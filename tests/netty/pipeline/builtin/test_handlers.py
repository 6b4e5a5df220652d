"""The built-in handlers by name: their options reach them."""

import logging
from typing import Any

import pytest

from pyboot.components.netty import ByteCountingHandler, ChannelHandler, EmbeddedChannel, IdleState, LoggingHandler
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


class Hearing(ChannelHandler[Any]):
    """Notes what it hears."""

    def __init__(self) -> None:
        """Heard nothing yet."""
        self.heard: list[object] = []

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        """An event."""
        self.heard.append(event)

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        """An error."""
        self.heard.append(error)


def channel(name: str, *behind: ChannelHandler[Any], **options: object) -> EmbeddedChannel:
    """A channel with the handler and what stands *behind* it."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers(), *behind)


@pytest.mark.parametrize(
    ("option", "state"), [("reader", IdleState.READER_IDLE), ("writer", IdleState.WRITER_IDLE), ("all", IdleState.ALL_IDLE)]
)
def test_idle_tells_after_its_time(option: str, state: IdleState) -> None:
    """And closes nothing."""
    hearing = Hearing()
    embedded = channel("idle", hearing, **{option: "1m"})
    embedded.advance_time(59)
    assert [] == hearing.heard
    embedded.advance_time(2)

    assert [(state, True)] == hearing.heard
    assert embedded.is_active


def test_read_timeout_closes_after_its_time() -> None:
    """Who sends nothing loses the connection."""
    hearing = Hearing()
    embedded = channel("read-timeout", hearing, after="500ms")
    embedded.advance_time(1)

    assert [ReadTimeoutError] == [type(error) for error in hearing.heard]
    assert not embedded.is_open


def test_heartbeat_writes_its_payload() -> None:
    """After its interval without a write."""
    embedded = channel("heartbeat", interval="5s", payload="ping\n")
    embedded.advance_time(5)

    assert [b"ping\n"] == [bytes_of(message) for message in embedded.outbound_messages()]


def test_a_heartbeat_of_lines_goes_no_further_than_the_heartbeat() -> None:
    """Its end is written, and is cut off by the decoder of lines from what the peer writes: one handler knows both forms."""
    lines = CodecRegistry().codec("line").handlers()
    beat = CodecRegistry().codec("heartbeat", {"interval": "5s", "payload": "beat", "end": "\n"}).handlers()
    embedded = EmbeddedChannel(*lines, *beat)
    embedded.advance_time(5)
    embedded.receive(b"beat\nhello\nbeat\n")

    assert [b"beat\n"] == [bytes_of(message) for message in embedded.outbound_messages()]
    assert [b"hello"] == [bytes_of(message) for message in embedded.inbound_messages()]


def test_logging_logs_as_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Level, logger and form."""
    with caplog.at_level(logging.INFO, "wire"):
        channel("logging", level="info", logger="wire", content="simple").receive(b"abc")

    assert any(record.levelname == "INFO" and record.name == "wire" and "READ: 3B" in record.getMessage() for record in caplog.records)


def test_one_filter_serves_all_connections_of_a_pipeline() -> None:
    """Else each would be the first of its address."""
    for name in ("unique-ip", "ip-filter", "global-traffic-shaping", "byte-counting", "logging"):
        codec = CodecRegistry().codec(name)
        assert codec.handlers()[0] is codec.handlers()[0], name


def test_bytes_are_counted() -> None:
    """Of all connections of a pipeline."""
    (counting,) = CodecRegistry().codec("byte-counting").handlers()
    EmbeddedChannel(counting).receive(b"abc")
    EmbeddedChannel(counting).receive(b"de")

    assert isinstance(counting, ByteCountingHandler)
    assert 5 == counting.statistics().bytes_read


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("write-timeout", {"after": "1s"}),
        ("traffic-shaping", {"write-limit": "1MiB", "read-limit": "1MiB"}),
        ("global-traffic-shaping", {"write-limit": "1MiB", "write-channel-limit": "10KiB"}),
        ("ip-filter", {"allow": ["10.0.0.0/8", "::1"], "deny": ["10.1.2.3"]}),
        ("ip-rules", {"rules": [{"accept": "10.0.0.0/8"}, {"reject": "0.0.0.0/0"}], "otherwise": "reject"}),
        ("flush-consolidation", {"max-flushes": 8, "outside-reads": True}),
        ("flow-control", {}),
        ("chunked-write", {}),
    ],
)
def test_each_takes_its_options(name: str, options: dict[str, object]) -> None:
    """And lets messages pass."""
    embedded = channel(name, **options) if name not in ("ip-filter", "ip-rules") else EmbeddedChannel()
    assert CodecRegistry().codec(name, options).handlers()
    embedded.receive(b"abc")

    assert [b"abc"] == [bytes_of(message) for message in embedded.inbound_messages()]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("read-timeout", {}),
        ("read-timeout", {"after": "0s"}),
        ("write-timeout", {"after": "-1s"}),
        ("idle", {"reader": "-1s"}),
        ("heartbeat", {"interval": "0s"}),
        ("logging", {"level": "loud"}),
        ("ip-filter", {"allow": ["10.0.0.1/8"]}),
        ("ip-filter", {"allow": ["localhost"]}),
        ("ip-rules", {}),
        ("ip-rules", {"rules": [{"drop": "10.0.0.0/8"}]}),
        ("flush-consolidation", {"max-flushes": 0}),
        ("traffic-shaping", {"write-limit": "-1"}),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object]) -> None:
    """When the pipeline is put together, by the name of the codec."""
    with pytest.raises(CodecOptionsError, match=f"The codec '{name}' cannot be set up"):
        CodecRegistry().codec(name, options).handlers()


def test_levels_are_those_of_logging() -> None:
    """In lower case, as settings write words."""
    (handler,) = CodecRegistry().codec("logging", {"level": "warning"}).handlers()

    assert isinstance(handler, LoggingHandler)
