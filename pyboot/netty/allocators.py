"""NettyAllocators: where the memory of buffers comes from, one allocator for all, and further ones by name. No I/O here."""

from collections.abc import Mapping
from typing import final

from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import ByteBufferAllocator, PooledByteBufferAllocator, UnpooledByteBufferAllocator

from .errors import UnknownResourceError
from .properties import AllocatorProperties


@final
class NettyAllocators:
    """The allocators of the application: *default*, and one for each entry below ``netty.allocators``, made when it is first used."""

    def __init__(self, default: ByteBufferAllocator, named: Mapping[str, AllocatorProperties] | None = None) -> None:
        """Take the allocator of those who name none, and the settings of the others."""
        self._default = default
        self._settings = named or {}
        self._made: dict[str, ByteBufferAllocator] = {}

    def __getitem__(self, name: str) -> ByteBufferAllocator:
        """Return the allocator *name*; raises KeyError where there is none."""
        if name not in self._made:
            self._made[name] = new_allocator(self._settings[name])
        return self._made[name]

    def made(self) -> list[tuple[str, ByteBufferAllocator]]:
        """Return the allocators that are in use, by name; that of all is called default."""
        return [("default", self._default), *self._made.items()]

    def of(self, owner: str, name: str | None) -> ByteBufferAllocator:
        """Return the allocator that *owner*, ``the server 'echo'``, names; without a *name* that of all.

        Raises:
            UnknownResourceError: there is none of that name.
        """
        if name is None:
            return self._default
        if name not in self._settings:
            raise UnknownResourceError(owner, "allocator", name, list(self._settings), nearest(name, self._settings))
        return self[name]


def new_allocator(settings: AllocatorProperties) -> ByteBufferAllocator:
    """Return an allocator as *settings* describe it."""
    return PooledByteBufferAllocator(settings.max_cached) if settings.type == "pooled" else UnpooledByteBufferAllocator()
