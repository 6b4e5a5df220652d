"""Requests of a client, on a clock that is turned: by the handler of the connection that is there."""

from pyboot.components.netty import RequestResponseHandler, RequestTimeoutError
from pyboot.components.netty.errors import ClosedChannelError, HandlerNotFoundError
from pyboot.netty.client.errors import ClientUnavailableError
from pyboot.netty.client.outage import OutageQueue

from .turned import STEADY, Turned


class Calls(RequestResponseHandler[bytes, bytes]):
    """The first byte is the id."""

    def id_of(self, msg: bytes) -> bytes:
        return msg[:1]


def test_a_request_returns_its_answer() -> None:
    """By the handler of the connection that is there; a lazy client begins."""
    turned = Turned(STEADY, None, Calls)
    asking = turned.task(turned.client.request(Calls, b"1?"))
    channel = turned.connect()
    with turned.loop.as_running_loop():
        channel.pipeline().fire_channel_read(b"1!")
    turned.loop.run_ready()

    assert (b"1!", [b"1?"]) == (asking.result(), list(channel.outbound_messages()))


def test_a_request_has_a_time_and_hears_of_a_loss() -> None:
    """Its own time where it says one."""
    turned = Turned(STEADY, OutageQueue(10, 100), Calls)
    turned.start()
    turned.connect()
    late, lost = turned.task(turned.client.request(Calls, b"1", timeout=2)), turned.task(turned.client.request(Calls, b"2"))
    turned.loop.advance(2)
    turned.lose()

    assert isinstance(late.exception(), RequestTimeoutError)
    assert isinstance(lost.exception(), ClosedChannelError)
    assert isinstance(turned.task(turned.client.request(Calls, b"3")).exception(), ClientUnavailableError)


def test_a_request_without_its_handler_says_what_there_is() -> None:
    """The class is that of a handler in the pipeline."""
    turned = Turned()
    turned.start()
    turned.connect()
    error = turned.task(turned.client.request(Calls, b"1")).exception()

    assert isinstance(error, HandlerNotFoundError)
    assert Calls is error.wanted
