"""Hosts told apart by the first message of a client; who cannot be told apart gets nothing. Netty's SniHandlerTest among it."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import NotSslRecordError, SslHandshakeError, SslHandshakeTimeoutError, UnknownServerNameError
from pyboot.components.netty.handler.tls.context import ssl_context_for_server
from pyboot.components.netty.handler.tls.event import SniCompletionEvent
from pyboot.components.netty.handler.tls.sni import SniHandler
from pyboot.components.netty.handler.tls.ssl_handler import SslHandler

UNRECOGNIZED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"
DECODE_ERROR = b"\x15\x03\x03\x00\x02\x02\x32"
INTERNAL_ERROR = b"\x15\x03\x03\x00\x02\x02\x50"


class Notes(ChannelHandler[Any]):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.errors: list[Exception] = []
        self.received = b""
        self.told = asyncio.Event()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.received += msg.take_bytes()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
        self.events.append(event)
        self.told.set()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)

    @property
    def sni(self) -> list[SniCompletionEvent]:
        """The events of names."""
        return [event for event in self.events if isinstance(event, SniCompletionEvent)]


class Ends:
    """A server that tells hosts apart, and a client of one of them."""

    def __init__(self, handler: SniHandler, context: ssl.SSLContext, hostname: str | None, **options: Any) -> None:
        self.notes = Notes()
        self.server = EmbeddedChannel(handler, self.notes, **options)
        self.client_handler = SslHandler(context, server_hostname=hostname)
        self.client_notes = Notes()
        self.client = EmbeddedChannel(self.client_handler, self.client_notes)

    def exchange(self, chunk: int = 1 << 20) -> None:
        """Until neither has anything to say."""
        while self._carry(self.client, self.server, chunk) + self._carry(self.server, self.client, chunk):
            pass

    def _carry(self, sender: EmbeddedChannel, receiver: EmbeddedChannel, chunk: int) -> int:
        data = sender.outbound_bytes()
        for start in range(0, len(data), chunk):
            if receiver.is_open:
                receiver.receive(data[start : start + chunk])
        return len(data)


@pytest.fixture
def contexts(certificates: Any) -> dict[str, ssl.SSLContext]:
    """Of two hosts."""
    return {
        "server.test": ssl_context_for_server(certificates.certfile, certificates.keyfile),
        "other.test": ssl_context_for_server(certificates.other_certfile, certificates.other_keyfile),
    }


type MakeEnds = Callable[..., Ends]


@pytest.fixture
def ends(certificates: Any, contexts: dict[str, ssl.SSLContext]) -> MakeEnds:
    """Makes both ends."""

    def make(handler: SniHandler | None = None, hostname: str | None = "server.test", **options: Any) -> Ends:
        context = certificates.client_context()
        context.check_hostname = hostname is not None
        return Ends(handler if handler is not None else SniHandler(contexts), context, hostname, **options)

    return make


@pytest.mark.parametrize("chunk", [1, 50, 1 << 20])
@pytest.mark.parametrize("name", ["server.test", "other.test", "Other.Test"])
def test_each_host_shows_its_own_certificate(ends: MakeEnds, name: str, chunk: int) -> None:
    """However the hello is cut; the name is told before the handshake, in lower case."""
    both = ends(hostname=name)
    both.client.write_and_flush(b"hello")
    both.exchange(chunk)

    assert [SniCompletionEvent(None, name.lower())] == both.notes.sni
    assert both.notes.events[0] is both.notes.sni[0]
    assert b"hello" == both.notes.received
    assert both.client_handler.handshake_future.is_success
    assert ["SslHandler#0", "Notes#0"] == both.server.pipeline().names()


def test_what_a_server_writes_first_waits_for_the_right_host(ends: MakeEnds) -> None:
    """It never leaves in clear."""
    both = ends()
    both.server.write_and_flush(b"welcome")
    assert b"" == both.server.outbound_bytes()
    both.exchange()

    assert b"welcome" == both.client_notes.received


@pytest.mark.parametrize("name", ["unknown.test", None])
def test_a_host_that_is_not_served_gets_an_alert_and_no_certificate(ends: MakeEnds, name: str | None) -> None:
    """One event, one exception; the client hears what it was."""
    both = ends(hostname=name)
    both.server.receive(both.client.outbound_bytes())
    sent = both.server.outbound_bytes()
    both.client.receive(sent)

    assert UNRECOGNIZED_NAME == sent
    assert not both.server.is_open
    assert [(name, UnknownServerNameError)] == [(event.hostname, type(event.error)) for event in both.notes.sni]
    assert [name] == [error.name for error in both.notes.errors if isinstance(error, UnknownServerNameError)]
    assert "the peer says: unrecognized name" in str(both.client_notes.errors[0])


@pytest.mark.parametrize("name", ["unknown.test", None])
def test_a_default_serves_the_others(ends: MakeEnds, contexts: dict[str, ssl.SSLContext], name: str | None) -> None:
    """Where one was given on purpose."""
    both = ends(SniHandler({}, default=contexts["server.test"]), hostname=None)
    both.exchange()

    assert both.client_handler.handshake_future.is_success


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", DECODE_ERROR),
        (b"\x16\x03\x01\x00\x04\x01\xff\xff\xff", DECODE_ERROR),
        (b"\x17\x03\x03\x00\x02hi", DECODE_ERROR),
        (b"GET / HTTP/1.1\r\n", b""),
    ],
)
def test_what_is_no_hello_never_meets_a_default(ends: MakeEnds, contexts: dict[str, ssl.SSLContext], sent: bytes, answer: bytes) -> None:
    """Its rules may be laxer than those of the host that was meant (CVE-2026-75595)."""
    both = ends(SniHandler(contexts, default=contexts["server.test"]))
    both.server.receive(sent)

    assert answer == both.server.outbound_bytes()
    assert not both.server.is_open
    assert [SslHandshakeError if answer else NotSslRecordError] == [type(error) for error in both.notes.errors]
    assert [False] == [event.is_success for event in both.notes.sni]


def test_a_client_that_says_nothing_is_left(ends: MakeEnds) -> None:
    """Ten seconds for the whole hello, a byte at a time or not."""
    both = ends()
    both.server.receive(b"\x16")
    both.server.advance_time(9.9)
    assert both.server.is_active
    both.server.advance_time(0.1)

    assert not both.server.is_open
    assert [SslHandshakeTimeoutError] == [type(error) for error in both.notes.errors]


def test_a_hello_without_end_is_refused(ends: MakeEnds, contexts: dict[str, ssl.SSLContext]) -> None:
    """At the limit that was set."""
    both = ends(SniHandler(contexts, max_client_hello_bytes=100))
    both.exchange()

    assert "limit 100" in str(both.notes.errors[0])
    assert not both.server.is_open


async def test_a_lookup_may_take_its_time(ends: MakeEnds, contexts: dict[str, ssl.SSLContext]) -> None:
    """Nothing more is read meanwhile, and what had come is not lost."""
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def look_up(name: str) -> ssl.SSLContext:
        await gate
        return contexts[name]

    both = ends(SniHandler(look_up), loop=asyncio.get_running_loop())
    hello = both.client.outbound_bytes()
    both.server.receive(hello)
    assert not both.server.is_reading
    assert b"" == both.server.outbound_bytes()
    gate.set_result(None)
    async with asyncio.timeout(20):
        await both.notes.told.wait()
    both.exchange()

    assert both.client_handler.handshake_future.is_success
    assert ["server.test"] == [event.hostname for event in both.notes.sni]
    both.server.abort()
    await asyncio.sleep(0)


@pytest.mark.parametrize("outcome", [KeyError("nothing here"), "no context"])
async def test_a_lookup_that_fails_ends_the_connection(ends: MakeEnds, outcome: object) -> None:
    """Plain or coroutine; with an alert that it is our fault."""

    def plain(name: str) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def coroutine(name: str) -> Any:
        return plain(name)

    for look_up in (plain, coroutine):
        both = ends(SniHandler(look_up), loop=asyncio.get_running_loop())
        both.server.receive(both.client.outbound_bytes())
        await both.server.close_future

        assert INTERNAL_ERROR == both.server.outbound_bytes()
        assert ["no context for 'server.test' could be had"] == [str(error).split(": ")[1] for error in both.notes.errors]


async def test_a_channel_that_closes_during_a_lookup_forgets_it(ends: MakeEnds) -> None:
    """The function is cancelled."""
    cancelled = asyncio.Event()

    async def look_up(name: str) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.set()

    both = ends(SniHandler(look_up), loop=asyncio.get_running_loop())
    both.server.receive(both.client.outbound_bytes())
    await asyncio.sleep(0)
    both.server.abort()
    async with asyncio.timeout(20):
        await cancelled.wait()

    assert [] == both.notes.errors


def test_a_handler_of_ones_own_takes_over(ends: MakeEnds, contexts: dict[str, ssl.SSLContext]) -> None:
    """Netty's replaceHandler."""

    class Own(SslHandler):
        pass

    class MySni(SniHandler):
        def new_ssl_handler(self, context: ssl.SSLContext) -> SslHandler:
            return Own(context, server_side=True)

    both = ends(MySni(contexts))
    both.exchange()

    assert ["Own#0", "Notes#0"] == both.server.pipeline().names()
