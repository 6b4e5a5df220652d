"""Envelopes: messages with the addresses of who sent them and who shall get them, as datagrams have."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, Self, TypeVar

from pyboot.components.netty.buffer.byte_buffer import BytesLike
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.holder import ByteBufferHolder

__all__ = ["AddressedEnvelope", "DatagramPacket"]

T = TypeVar("T")


class _Envelope(NamedTuple, Generic[T]):
    content: T
    recipient: Any = None
    sender: Any = None


class AddressedEnvelope(_Envelope[T], ByteBufferHolder, Generic[T]):
    """A message of any kind, its *content*, with a *recipient* and a *sender*, each an address or None. Source: Netty's class of that name.

    A tuple of the three; it is counted and released as its content is.
    """

    __slots__ = ()

    def replace(self, content: Any) -> Self:
        return self._replace(content=content)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.sender} => {self.recipient}, {self.content!r})"


class DatagramPacket(AddressedEnvelope[BytesLike | CompositeByteBuffer]):
    """A datagram: its *content*, its *recipient* and its *sender*. Without a *recipient* it goes to the connected peer.

    A recipient is ``(host, port)``. A host that is a name is looked up when the datagram is flushed; others do not wait for that.
    """

    __slots__ = ()
