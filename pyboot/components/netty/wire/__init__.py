"""Protocols without I/O: bytes in, messages out. Nothing here knows of channels, loops, clocks or sockets.

Every reader has the same verbs: `feed` takes a chunk; `next_frame` gives the next whole message, None when more bytes are
needed, or raises a `DecoderError` and stands behind what was wrong; `unread` hands over the bytes no message was made of,
so that another protocol can go on with them; `is_between_frames` tells whether the stream may end here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .as_bytes import BytesReader
    from .client_hello import ClientHello, ClientHelloReader
    from .delimiter import DelimiterReader
    from .fixed import FixedLengthReader
    from .hj212 import HJ212Frame, HJ212Reader
    from .inflate import BrotliEngine, InflateReader, ZlibEngine, ZstdEngine
    from .json_object import JsonObjectReader
    from .length_field import LengthFieldReader
    from .line import LineReader
    from .reader import FrameReader
    from .steps import GeneratorReader, Need, Until, need, until
    from .tls_record import begins_tls_record, likely_protocol
    from .varint import VarintLengthReader, varint32
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "BrotliEngine",
    "BytesReader",
    "ClientHello",
    "ClientHelloReader",
    "DelimiterReader",
    "FixedLengthReader",
    "FrameReader",
    "GeneratorReader",
    "HJ212Frame",
    "HJ212Reader",
    "InflateReader",
    "JsonObjectReader",
    "LengthFieldReader",
    "LineReader",
    "Need",
    "Until",
    "VarintLengthReader",
    "ZlibEngine",
    "ZstdEngine",
    "begins_tls_record",
    "likely_protocol",
    "need",
    "until",
    "varint32",
]
