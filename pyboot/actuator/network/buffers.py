"""The endpoint ``buffers``: the memory that buffers have, and what was lost of it."""

from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.components.netty import PooledByteBufferAllocator
from pyboot.components.netty.buffer.leak import LEAK_DETECTOR
from pyboot.netty.allocators import NettyAllocators


@final
@Endpoint("buffers")
class BuffersEndpoint:
    """Tells of the allocators and of the leak detector."""

    def __init__(self, allocators: NettyAllocators) -> None:
        """Take the allocators of the application."""
        self._allocators = allocators

    @ReadOperation
    def buffers(self) -> dict[str, Any]:
        """Answer with what each allocator has handed out and keeps, in blocks and bytes; and the places whose buffers were lost."""
        told: dict[str, Any] = {}
        for name, allocator in self._allocators.made():
            told[name] = {"type": type(allocator).__name__, **allocator.statistics()._asdict()}
            if isinstance(allocator, PooledByteBufferAllocator):
                told[name]["max_cached_bytes"] = allocator.max_cached_bytes
        return {
            "allocators": {name: {_camel(key): value for key, value in each.items()} for name, each in told.items()},
            "leakDetection": LEAK_DETECTOR.level.value,
            "leaks": [{"allocated": place} for place in LEAK_DETECTOR.told],
        }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
