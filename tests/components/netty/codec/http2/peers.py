"""A server's connection in memory, with h2 as its client, for tests."""

from collections.abc import Callable
from typing import Any

import h2.config
import h2.connection
import h2.events

from pyboot.components.netty.channel import ChannelHandler, EmbeddedChannel
from pyboot.components.netty.codec.http2.codec import Http2FrameCodec
from pyboot.components.netty.codec.http2.multiplex import Http2MultiplexHandler
from pyboot.components.netty.codec.http2.stream_channel import Http2StreamChannel
from pyboot.components.netty.wire.http2.config import Http2Config

ASKED = [(":method", "GET"), (":path", "/x"), (":scheme", "http"), (":authority", "a.b")]


class Server:
    """A connection whose streams get *handlers*, and its client."""

    def __init__(self, *handlers: Callable[[], ChannelHandler[Any]], config: Http2Config | None = None) -> None:
        self.streams: list[Http2StreamChannel] = []
        self.codec = Http2FrameCodec(is_server=True, config=config)
        self.multiplexer = Http2MultiplexHandler(self._init)
        self._handlers = handlers
        self.channel = EmbeddedChannel(self.codec, self.multiplexer)
        self.client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.client.initiate_connection()
        self.exchange()

    def _init(self, stream: Http2StreamChannel) -> None:
        self.streams.append(stream)
        stream.pipeline().add_last(*[make() for make in self._handlers])

    def exchange(self) -> list[Any]:
        """Let both sides say what they have to; the client's events."""
        events: list[Any] = []
        while True:
            out = self.client.data_to_send()
            if out and self.channel.is_open:
                self.channel.write_inbound(out)
            self.channel.run_pending_tasks()
            back = self.channel.outbound_bytes()
            if not back and not out:
                return events
            events += self.client.receive_data(back)

    def ask(self, stream_id: int = 1, headers: list[tuple[str, str]] = ASKED, content: bytes | None = None, ends: bool = True) -> list[Any]:
        """Send a request, and take what comes of it."""
        self.client.send_headers(stream_id, headers, end_stream=ends and content is None)
        if content is not None:
            self.client.send_data(stream_id, content, end_stream=ends)
        return self.exchange()


def named(events: list[Any]) -> list[str]:
    """The names of events of streams."""
    return [type(each).__name__ for each in events if getattr(each, "stream_id", 0)]
