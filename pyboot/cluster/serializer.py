"""Serializers: how a message that is no bytes and no text goes to other nodes. Never by pickle, which runs what it reads."""

import json
from importlib import import_module
from typing import Any, Protocol, final

from pyboot.components.netty.buffer.message import bytes_of

from .envelope import Content
from .errors import TooLargeMessageError, UnserializableMessageError

__all__ = ["MOST_BYTES", "Serializer", "packed", "serializer_of", "unpacked"]

MOST_BYTES = 1 << 20
"""The bytes of a message that goes to other nodes, at most."""


class Serializer(Protocol):
    """What makes bytes of objects and objects of bytes; all nodes of the application have the same."""

    def dumps(self, message: Any, /) -> bytes:
        """Return *message* as bytes; raises TypeError or ValueError where it cannot."""

    def loads(self, data: bytes, /) -> Any:
        """Return the message that *data* holds; raises ValueError where it holds none."""


@final
class JsonSerializer:
    """JSON, in UTF-8 and without spaces."""

    def dumps(self, message: Any, /) -> bytes:
        """Return *message* as a document."""
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def loads(self, data: bytes, /) -> Any:
        """Return what the document says."""
        return json.loads(data)


@final
class MsgpackSerializer:
    """MessagePack; needs the package ``msgpack``."""

    def __init__(self) -> None:
        try:
            library = import_module("msgpack")
        except ModuleNotFoundError as error:
            raise UnserializableMessageError("any", "the package 'msgpack' is not installed") from error
        self._dumps, self._loads = library.packb, library.unpackb

    def dumps(self, message: Any, /) -> bytes:
        """Return *message* packed."""
        return bytes(self._dumps(message))

    def loads(self, data: bytes, /) -> Any:
        """Return what is packed."""
        return self._loads(data)


def serializer_of(chosen: "str | Serializer | None") -> Serializer | None:
    """Return the serializer that *chosen* names: ``json``, ``msgpack``, one of yours, or none.

    Raises:
        UnserializableMessageError: no serializer has that name.
    """
    if not isinstance(chosen, str):
        return chosen
    if chosen == "json":
        return JsonSerializer()
    if chosen == "msgpack":
        return MsgpackSerializer()
    raise UnserializableMessageError("any", f"there is no serializer '{chosen}'; there are json, msgpack, and objects of your own")


def packed(message: object, serializer: Serializer | None) -> tuple[bytes, Content]:
    """Return *message* as bytes, and how; its references stay as they are.

    Raises:
        TooLargeMessageError: it has more than 1 MiB.
        UnserializableMessageError: it is no bytes and no text, and there is no serializer, or that cannot.
    """
    data, content = bytes_of(message), Content.BYTES
    if data is None:
        if isinstance(message, str):
            data, content = message.encode(), Content.TEXT
        elif serializer is None:
            raise UnserializableMessageError(type(message).__name__, "there is no serializer")
        else:
            content = Content.SERIALIZED
            try:
                data = serializer.dumps(message)
            except (TypeError, ValueError) as error:
                raise UnserializableMessageError(type(message).__name__, str(error)) from error
    if len(data) > MOST_BYTES:
        raise TooLargeMessageError(len(data), MOST_BYTES)
    return data, content


def unpacked(data: bytes, content: Content, serializer: Serializer | None) -> Any:
    """Return the message that *data* is.

    Raises:
        ValueError: it is none; nodes have different serializers, or versions of the application.
    """
    if content is Content.BYTES:
        return data
    if content is Content.TEXT:
        return data.decode()
    if serializer is None:
        raise ValueError("another node has serialized a message, and there is no serializer here")
    return serializer.loads(data)
