"""The access log."""

import io
import json
import logging
import re

import pytest

from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.access_log import HttpAccessLogHandler
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpResponse,
)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged."""
    caplog.set_level(logging.INFO, "pyboot.access")
    return caplog


def test_a_line_in_the_combined_format(log: pytest.LogCaptureFixture) -> None:
    """When the response has left, with all bytes of its content."""
    channel = EmbeddedChannel(HttpAccessLogHandler())
    channel.write_inbound(FullHttpRequest("GET", "/a?b", headers={"Referer": "https://r/", "User-Agent": "curl/8"}))
    channel.write_outbound(FullHttpResponse(103), HttpResponse(200), DefaultHttpContent(b"12345"))
    channel.write_outbound(DefaultFileRegion(io.BytesIO(b"678")), b"9")
    assert [] == log.records
    channel.write_outbound(EMPTY_LAST_CONTENT)
    (line,) = [record.getMessage() for record in log.records]
    moment = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"
    assert re.fullmatch(rf'embedded - - {moment} "GET /a\?b HTTP/1\.1" 200 9 "https://r/" "curl/8" \d+\.\d{{6}}', line)


def test_a_line_of_json(log: pytest.LogCaptureFixture) -> None:
    """One object, without what nobody sent."""
    channel = EmbeddedChannel(HttpAccessLogHandler("json"))
    channel.write_inbound(FullHttpRequest("GET", "/\u00e4\n", headers={"Host": "h"}))
    channel.write_outbound(FullHttpResponse(404, b"no"))
    message = log.records[0].getMessage()
    fields = json.loads(message)
    assert message.isascii()
    assert "\n" not in message
    assert {"method": "GET", "uri": "/ä\n", "status": 404, "bytes": 2, "host": "h", "remote": "embedded", "version": "HTTP/1.1"} == {
        name: value for name, value in fields.items() if name not in ("time", "seconds")
    }


def test_nothing_that_a_client_sent_ends_a_line_or_a_field(log: pytest.LogCaptureFixture) -> None:
    """Or speaks to a terminal; a long field is cut."""
    channel = EmbeddedChannel(HttpAccessLogHandler())
    request = FullHttpRequest("GET", "/" + "x" * 5000)
    request.headers.fields.append((b"user-agent", b"User-Agent", b'a"b\\c\x1b[31m\r\n\x85'))  # as no reader would let pass
    channel.write_inbound(request)
    channel.write_outbound(FullHttpResponse(200))
    line = log.records[0].getMessage()
    assert '"a\\"b\\\\c\\x1b[31m\\x0d\\x0a\\x85"' in line
    assert line.isprintable()
    assert len(line) < 1300


def test_requests_are_logged_with_their_own_responses(log: pytest.LogCaptureFixture) -> None:
    """In their order; those that got none when the connection ends, too."""
    channel = EmbeddedChannel(HttpAccessLogHandler("json"))
    channel.write_inbound(*(FullHttpRequest("GET", f"/{number}") for number in range(3)))
    channel.write_outbound(FullHttpResponse(201), HttpResponse(202))
    channel.close()
    channel.run_pending_tasks()
    found = [json.loads(record.getMessage()) for record in log.records]
    assert [("/0", 201), ("/1", 499), ("/2", 499)] == [(each["uri"], each["status"]) for each in found]


def test_another_format_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="format 'xml'"):
        HttpAccessLogHandler("xml")  # type: ignore[arg-type]  # what the test is about
