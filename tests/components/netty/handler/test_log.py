"""LoggingHandler: every event, and nothing of it changed."""

import logging
from enum import Enum
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.log import LoggingHandler


class Level(Enum):
    """As the published family's Logger.LEVEL is."""

    INFO = 20


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged, without the channel in front."""
    return [message.partition("> ")[2] for message in caplog.messages]


def test_every_event_of_a_channel_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Under Netty's names."""
    caplog.set_level(logging.DEBUG)
    channel = EmbeddedChannel(LoggingHandler())
    channel.write_inbound(ByteBuffer(b"in"))
    channel.pipeline().fire_user_event_triggered("event")
    channel.write_outbound(b"out")
    channel.outbound.set_user_defined_writability(1, False)
    channel.read()
    channel.finish()
    events = [line.partition(":")[0].splitlines()[0] for line in said(caplog)]

    for event in (
        "REGISTERED",
        "ACTIVE",
        "READ",
        "READ COMPLETE",
        "USER_EVENT",
        "WRITE",
        "FLUSH",
        "WRITE COMPLETE",
        "WRITABILITY CHANGED",
        "CLOSE",
        "INACTIVE",
        "UNREGISTERED",
    ):
        assert event in events
    assert b"in" == channel.read_inbound()


def test_operations_that_an_embedded_channel_does_not_know_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    """Before they fail."""
    caplog.set_level(logging.DEBUG)
    channel = EmbeddedChannel(LoggingHandler())
    channel.pipeline().bind(("127.0.0.1", 1))
    channel.pipeline().connect(("127.0.0.1", 2))
    channel.pipeline().deregister()
    channel.pipeline().disconnect()

    assert {"BIND: ('127.0.0.1', 1)", "CONNECT: ('127.0.0.1', 2)", "DEREGISTER"} <= set(said(caplog))


def test_bytes_are_shown_or_counted(caplog: pytest.LogCaptureFixture) -> None:
    """As is wanted."""
    caplog.set_level(logging.DEBUG)
    EmbeddedChannel(LoggingHandler()).write_inbound(ByteBuffer(b"secret"))
    assert any(line.startswith("READ: 6B\n") and "73 65 63 72 65 74" in line and "|secret " in line for line in said(caplog))

    caplog.clear()
    EmbeddedChannel(LoggingHandler(byte_buffer_format="simple")).write_inbound(b"secret", bytearray(b"ab"))
    assert ["READ: 6B", "READ: 2B"] == [line for line in said(caplog) if line.startswith("READ:")]


def test_no_peer_writes_lines_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Control characters are escaped, those of terminals and of texts from right to left too."""
    caplog.set_level(logging.DEBUG)
    EmbeddedChannel(LoggingHandler()).write_inbound("ok\r\n2026 ERROR forged\x1b[2J\u202e")

    assert "READ: ok\\r\\n2026 ERROR forged\\x1b[2J\\u202e" in said(caplog)


def test_errors_are_logged_and_go_on(caplog: pytest.LogCaptureFixture) -> None:
    """To the next handler."""
    caplog.set_level(logging.DEBUG)
    channel = EmbeddedChannel(LoggingHandler())
    channel.pipeline().fire_exception_caught(ValueError("bad\nthing"))

    assert "EXCEPTION: ValueError: bad\\nthing" in said(caplog)
    with pytest.raises(ValueError, match="bad"):
        channel.check_exception()


@pytest.mark.parametrize(("level", "number"), [(logging.INFO, 20), ("info", 20), (Level.INFO, 20), ("ERROR", 40)])
def test_levels_in_every_form(level: Any, number: int, caplog: pytest.LogCaptureFixture) -> None:
    """Numbers, names, and enums of such."""
    caplog.set_level(logging.DEBUG)
    EmbeddedChannel(LoggingHandler(level, name="mine"))

    assert {("mine", number)} == {(record.name, record.levelno) for record in caplog.records if record.name == "mine"}


def test_nothing_is_built_for_a_level_that_is_off(caplog: pytest.LogCaptureFixture) -> None:
    """Not even the text of a message that cannot be shown."""

    class Unshowable:
        def __str__(self) -> str:
            raise AssertionError("nobody may ask")

    caplog.set_level(logging.INFO)
    EmbeddedChannel(LoggingHandler(logging.DEBUG)).write_inbound(Unshowable())

    assert [] == caplog.records


def test_what_is_no_level_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="log level 'loud'"):
        LoggingHandler("loud")
    with pytest.raises(ValueError, match="byte_buffer_format 'xml'"):
        LoggingHandler(byte_buffer_format="xml")  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(("level", "method"), [(logging.DEBUG, "debug"), (logging.INFO, "info"), (logging.ERROR, "error")])
def test_records_are_written_by_the_method_of_their_level(level: int, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyboot-commons replaces these methods, and formats no record that came another way."""
    said: list[str] = []
    monkeypatch.setattr(logging.Logger, method, lambda log, text, *arguments: said.append(text % arguments))
    monkeypatch.setattr(logging.Logger, "isEnabledFor", lambda *_: True)

    EmbeddedChannel(LoggingHandler(level))

    assert any("ACTIVE" in line for line in said)
