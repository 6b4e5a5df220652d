"""MessagePack and Protocol Buffers in a pipeline. Each message is one whole frame: put a frame decoder in front.

Pickle is not here and will not be: whoever may send a pickle may run any code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.matching import Frame
from pyboot.components.netty.wire.inflate import optional_library

from .encoder import MessageToMessageEncoder
from .message_decoder import MessageToMessageDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["MessagePackDecoder", "MessagePackEncoder", "ProtobufDecoder", "ProtobufEncoder"]


class MessagePackDecoder(MessageToMessageDecoder[Frame, Any]):
    """Turns a frame of MessagePack into an object, with the library ``msgpack``. No length it declares exceeds the frame's own."""

    sharable = True

    def __init__(self) -> None:
        self._unpack = optional_library("msgpack", type(self).__qualname__).unpackb

    def decode(self, ctx: ChannelHandlerContext, msg: Frame, out: list[Any], /) -> None:
        # Netty's form, with a list: nil is a message too, and to return None says that there is none.
        data = take_bytes(msg) or b""
        size = len(data)
        out.append(self._unpack(data, max_str_len=size, max_bin_len=size, max_array_len=size, max_map_len=size, max_ext_len=size))


class MessagePackEncoder(MessageToMessageEncoder[Any, bytes]):
    """Turns dicts, lists, text, numbers and booleans into MessagePack, with the library ``msgpack``; bytes and buffers pass through."""

    sharable = True

    def __init__(self) -> None:
        self._pack = optional_library("msgpack", type(self).__qualname__).packb

    def accept_outbound_message(self, msg: object, /) -> bool:
        return isinstance(msg, dict | list | tuple | str | bool | int | float)

    def encode(self, ctx: ChannelHandlerContext, msg: Any, /) -> bytes:
        return bytes(self._pack(msg))


class ProtobufDecoder(MessageToMessageDecoder[Frame, Any]):
    """Turns a frame into a message of *message_class*, a class that ``protoc`` has made; raises TypeError for any other class."""

    sharable = True

    def __init__(self, message_class: type[Any]) -> None:
        if not hasattr(message_class, "FromString"):
            raise TypeError(f"{message_class!r} is no class that protoc has made: it has no FromString")
        self._message_class = message_class

    def decode(self, ctx: ChannelHandlerContext, msg: Frame, /) -> Any:
        return self._message_class.FromString(take_bytes(msg) or b"")


class ProtobufEncoder(MessageToMessageEncoder[Any, bytes]):
    """Turns messages of classes that ``protoc`` has made into bytes; all else passes through."""

    sharable = True

    def accept_outbound_message(self, msg: object, /) -> bool:
        return hasattr(msg, "SerializeToString")

    def encode(self, ctx: ChannelHandlerContext, msg: Any, /) -> bytes:
        return bytes(msg.SerializeToString())
