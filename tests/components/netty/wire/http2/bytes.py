"""Frames by hand, and a machine that has met its peer, for tests."""

from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.frame import Http2Frame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"

# GET / of http://a, all of it but the authority by index (RFC 7541, appendix A).
GET = b"\x82\x84\x86\x41\x01a"
POST = b"\x83\x84\x86\x41\x01a"


def frame(kind: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """A frame, as RFC 9113 4.1 draws it."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream_id.to_bytes(4, "big") + payload


def server(config: Http2Config | None = None) -> Http2Connection:
    """A server that a client has greeted; what it has sent until then is taken."""
    machine = Http2Connection(config, is_server=True)
    machine.sender.begin()
    assert ["Http2SettingsFrame"] == [type(each).__name__ for each in read(machine, PREFACE + NO_SETTINGS)]
    machine.sender.take()
    machine.sender.controls = 0
    return machine


def read(machine: Http2Connection, data: bytes) -> list[Http2Frame]:
    """What the machine makes of *data*."""
    machine.feed(data)
    found: list[Http2Frame] = []
    while (each := machine.next_frame()) is not None:
        found.append(each)
    return found
