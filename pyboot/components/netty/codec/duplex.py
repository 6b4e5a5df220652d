"""Bases for codecs of your own: a decoder and an encoder in one handler."""

from __future__ import annotations

from typing import Any, Generic

from pyboot.components.netty.channel.matching import accepted_types
from pyboot.components.netty.channel.variable import K, T

from .decoder import ByteToMessageDecoder
from .encoder import MessageToByteEncoder, MessageToMessageEncoder
from .message_decoder import MessageToMessageDecoder

__all__ = ["ByteToMessageCodec", "MessageToMessageCodec"]


class ByteToMessageCodec(ByteToMessageDecoder[T], MessageToByteEncoder[T], Generic[T]):
    """Bytes to messages of the type *T* and back: write `decode` as for `ByteToMessageDecoder`, `encode` as for `MessageToByteEncoder`."""


class MessageToMessageCodec(MessageToMessageDecoder[T, K], MessageToMessageEncoder[K, T], Generic[T, K]):
    """Messages of the type *T*, as they come in, to *K* and back: write `decode` (T to K) and `encode` (K to T)."""

    _outgoing: tuple[type[Any], ...] = (object,)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._outgoing = accepted_types(cls, MessageToMessageCodec, 1)

    @property
    def _outbound_types(self) -> tuple[type[Any], ...]:
        return self._outgoing
