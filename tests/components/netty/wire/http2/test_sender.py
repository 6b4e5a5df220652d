"""What goes out of a connection."""

from collections.abc import Callable

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.frame import Http2Headers

from .bytes import GET, PREFACE, frame, read, server


def test_a_connection_begins_with_settings_and_a_clients_with_the_preface() -> None:
    """What a server allows, and a client: no pushes."""
    machine = Http2Connection(is_server=True)
    machine.sender.begin()
    settings = b"\x00\x01\x00\x00\x10\x00\x00\x04\x00\x00\xff\xff\x00\x05\x00\x00\x40\x00\x00\x06\x00\x00\x40\x00"
    more = frame(8, 0, 0, b"\x00\x0f\x00\x01")
    assert frame(4, 0, 0, settings + b"\x00\x03\x00\x00\x00\x64") + more == machine.sender.take()
    machine = Http2Connection(Http2Config(connection_window_size=65535), is_server=False)
    machine.sender.begin()
    assert PREFACE + frame(4, 0, 0, settings + b"\x00\x02\x00\x00\x00\x00") == machine.sender.take()


def asked() -> Http2Connection:
    """A server with a request to answer."""
    machine = server()
    read(machine, frame(1, 5, 1, GET))
    return machine


def test_content_goes_as_far_as_the_windows_and_the_end_behind_it() -> None:
    """In frames of the size that the peer takes."""
    machine = asked()
    machine.sender.headers(1, Http2Headers(status=200), False)
    assert 65535 == machine.sender.data(1, bytes(70000), True)
    out = machine.sender.take()
    assert frame(1, 4, 1, b"\x88") + b"\x00\x40\x00\x00\x00" == out[:15]
    assert 0 == machine.sender.data(1, bytes(4465), True)
    read(machine, frame(8, 0, 0, b"\x00\x01\x00\x00") + frame(8, 0, 1, b"\x00\x01\x00\x00"))
    assert (4465, True) == (machine.sender.data(1, bytes(4465), True), machine.is_over(1))
    assert frame(0, 1, 1, bytes(4465)) == machine.sender.take()


def test_an_end_without_content_needs_no_room() -> None:
    """Also where the window is below zero."""
    machine = asked()
    machine.sender.headers(1, Http2Headers(status=200), False)
    machine.sender.data(1, bytes(65535), False)
    machine.sender.take()
    read(machine, frame(4, 0, 0, b"\x00\x04\x00\x00\x00\x00"))
    machine.sender.take()
    assert (0, frame(0, 1, 1), True) == (machine.sender.data(1, b"", True), machine.sender.take(), machine.is_over(1))


@pytest.mark.parametrize("act", ["head", "content", "free", "ping"])
def test_what_is_out_of_turn_raises_and_sends_nothing(act: str) -> None:
    """A mistake of ours does not reach the peer."""
    machine = asked()
    machine.sender.headers(1, Http2Headers(status=200), act != "free")
    machine.sender.take()
    acts: dict[str, Callable[[], object]] = {
        "head": lambda: machine.sender.headers(1, Http2Headers(), True),
        "content": lambda: machine.sender.data(1, b"x", True),
        "free": lambda: machine.sender.headers(4, Http2Headers(method="GET", path="/", scheme="http", authority="a"), True),
        "ping": lambda: machine.sender.ping(b"short"),
    }
    with pytest.raises(HttpEncoderError):
        acts[act]()
    assert b"" == machine.sender.take()


def test_small_windows_are_a_budget() -> None:
    """A peer that has us send a byte at a time is told to calm down, with the next frame that it sends (CVE-2019-9511)."""
    machine = server(Http2Config(max_small_frames=3))
    read(machine, frame(4, 0, 0, b"\x00\x04\x00\x00\x00\x01") + frame(1, 5, 1, GET))
    machine.sender.headers(1, Http2Headers(status=200), False)

    def dribble() -> None:
        for _ in range(5):
            machine.sender.data(1, bytes(100), True)
            read(machine, frame(8, 0, 1, b"\x00\x00\x00\x01"))

    with pytest.raises(Http2ConnectionError, match="more than 3 frames of less than 256 bytes"):
        dribble()


def test_a_reset_ends_a_stream_once() -> None:
    """Of one that is over nothing is sent."""
    machine = asked()
    machine.sender.reset(1, 8)
    machine.sender.reset(1, 8)
    assert frame(3, 0, 1, b"\x00\x00\x00\x08") == machine.sender.take()


def test_good_bye_is_said_once_and_again_with_an_error() -> None:
    """It names the last stream that was looked at; a client that said it opens none."""
    machine = asked()
    machine.sender.go_away(0)
    machine.sender.go_away(0)
    machine.sender.go_away(1, b"why")
    assert (
        frame(7, 0, 0, b"\x00\x00\x00\x01\x00\x00\x00\x00") + frame(7, 0, 0, b"\x00\x00\x00\x01\x00\x00\x00\x01why")
        == machine.sender.take()
    )
    assert [] == read(machine, frame(1, 5, 3, GET))


def test_how_many_streams_of_ours_may_be_open_is_the_peers_to_say() -> None:
    """Those that are about to be count; after its GOAWAY none may."""
    machine = Http2Connection(is_server=False)
    read(machine, frame(4, 0, 0, b"\x00\x03\x00\x00\x00\x01"))
    assert (True, False) == (machine.sender.may_open(0), machine.sender.may_open(1))
    read(machine, frame(7, 0, 0, bytes(8)))
    assert not machine.sender.may_open(0)
