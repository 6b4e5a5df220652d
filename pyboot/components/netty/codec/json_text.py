"""JSON in a pipeline: documents cut out of a stream, and made into objects and back.

Parsing is done by ``orjson`` or ``msgspec`` where one of them is installed, else by the standard library. NaN and Infinity, which JSON does
not have, and numbers that no float holds are refused on the way in by all of them; on the way out the standard library refuses them, the
others write null.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.matching import Frame
from pyboot.components.netty.errors import DecoderError, EncoderError
from pyboot.components.netty.wire.json_object import JsonObjectReader

from .encoder import MessageToMessageEncoder
from .frames import FrameDecoder
from .message_decoder import MessageToMessageDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["JsonDecoder", "JsonEncoder", "JsonObjectDecoder"]

type Loads = Callable[[bytes], Any]
type Dumps = Callable[[Any], bytes]


class JsonObjectDecoder(FrameDecoder):
    """Cuts the byte stream into JSON documents by their brackets; each becomes a `ByteBuffer`.

    Args:
        max_object_length: longest document, or element, accepted; 1 MiB by default.
        stream_array_elements: give the elements of an array at the top one by one.

    What is no JSON, or longer, goes to exception_caught as `CorruptedFrameError` or `TooLongFrameError`, and ends the stream.
    """

    def __init__(self, max_object_length: int = 1024 * 1024, stream_array_elements: bool = False) -> None:
        super().__init__(JsonObjectReader(max_object_length, stream_array_elements))


class JsonDecoder(MessageToMessageDecoder[Frame | str, Any]):
    """Turns a frame of JSON into an object.

    Args:
        type_: what each document must be: a pydantic model, a dataclass, any type pydantic knows; checked and made. Without it,
            ``dict``, ``list`` and so on.
        charset: of the document; JSON itself is UTF-8 (RFC 8259, 8.1).

    What is no JSON, or not of the type, raises `DecoderError`.
    """

    sharable = True

    def __init__(self, type_: Any = None, charset: str = "utf-8") -> None:
        self.type_ = type_
        self._charset = charset
        self._loads: Loads = _LOADS if type_ is None else _pydantic().TypeAdapter(type_).validate_json

    def decode(self, ctx: ChannelHandlerContext, msg: Frame | str, out: list[Any], /) -> None:
        # Netty's form, with a list: null is a message too, and to return None says that there is none.
        try:
            data = msg.encode() if isinstance(msg, str) else take_bytes(msg) or b""
            if self._charset not in ("utf-8", "utf8"):
                data = data.decode(self._charset).encode()
            out.append(self._loads(data))
        except (ValueError, RecursionError) as error:
            raise DecoderError(f"no JSON as it is wanted here: {error}") from error


class JsonEncoder(MessageToMessageEncoder[Any, bytes]):
    """Turns dicts, lists, pydantic models, dataclasses, numbers and booleans into JSON, as UTF-8; text and bytes pass through.

    Dates, UUIDs and the like become what pydantic makes of them. What has no JSON form raises `EncoderError`. No line end is
    added: put a `LineEncoder` nearer the network.
    """

    sharable = True

    def accept_outbound_message(self, msg: object, /) -> bool:
        if isinstance(msg, dict | list | tuple | bool | int | float):
            return True
        return not isinstance(msg, type) and (dataclasses.is_dataclass(msg) or hasattr(msg, "model_dump_json"))

    def encode(self, ctx: ChannelHandlerContext, msg: Any, /) -> bytes:
        try:
            return _DUMPS(msg)
        except (ValueError, TypeError, RecursionError) as error:
            raise EncoderError(f"{type(msg).__qualname__} has no JSON form: {error}") from error


def _pydantic() -> Any:  # Any: a module
    # Imported when it is needed: it takes longer to load than the whole network tower.
    return importlib.import_module("pydantic")


def _to_builtin(value: Any) -> Any:
    """Convert *value* with pydantic to built-in types, for whichever library writes JSON."""
    return importlib.import_module("pydantic_core").to_jsonable_python(value)


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(number: str) -> float:
    found = float(number)
    if not isfinite(found):  # 1e400: the standard library would make Infinity of it, the others refuse it
        raise ValueError(f"{number[:20]} is beyond the numbers of a float")
    return found


def _standard() -> tuple[Loads, Dumps]:
    def loads(data: bytes) -> Any:
        return json.loads(data, parse_constant=_refuse_constant, parse_float=_finite)

    def dumps(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_to_builtin).encode()

    return loads, dumps


def _fastest() -> tuple[Loads, Dumps]:
    """Return the functions that read and write JSON, of the fastest library that is installed."""
    try:
        orjson = importlib.import_module("orjson")
    except ImportError:
        pass
    else:
        return orjson.loads, lambda value: bytes(orjson.dumps(value, default=_to_builtin))
    try:
        msgspec = importlib.import_module("msgspec.json")
    except ImportError:
        return _standard()
    return msgspec.decode, lambda value: bytes(msgspec.encode(value, enc_hook=_to_builtin))


_LOADS, _DUMPS = _fastest()
