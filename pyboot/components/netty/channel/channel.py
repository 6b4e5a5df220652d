"""Channel: one connection, as its users see it, whatever carries it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mypy_extensions import mypyc_attr

from pyboot.components.netty.compat13.methods import Channel13, give_methods
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.option import ChannelOption

from .attribute import Attribute, AttributeKey
from .config import ChannelConfig
from .lifecycle import ChannelLifecycle
from .loop_state import LoopState
from .outbound import OutboundBuffer
from .pipeline import ChannelPipeline
from .promise import ChannelPromise, Completed
from .state import ACTIVE, CLOSING, STATE_NAMES
from .threadsafe import ThreadsafeCall
from .writability import Writability

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.allocator import ByteBufferAllocator
    from pyboot.components.netty.buffer.byte_buffer import ByteBuffer

__all__ = ["Channel"]

T = TypeVar("T")

_ids: Final = itertools.count(1)


@mypyc_attr(allow_interpreted_subclasses=True)
class Channel(ChannelLifecycle):
    """One connection with its pipeline. Its operations start at the tail; a context's start at the context."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self.id = f"{next(_ids):08x}"
        self.parent: Channel | None = None
        self.has_disconnect = False
        self._attributes: dict[Any, Any] | None = None
        self.outbound = OutboundBuffer(self)
        self.writability = Writability(self)
        self.done = Completed(self)
        self.close_future = ChannelPromise(self)
        self.close_future.set_uncancellable()
        self._pipeline = ChannelPipeline(self)

    # What users ask.

    @property
    def is_open(self) -> bool:
        """Whether operations are accepted."""
        return self.state < CLOSING

    @property
    def is_active(self) -> bool:
        """Whether the channel is connected, or bound if it listens."""
        return self.state == ACTIVE

    @property
    def is_writable(self) -> bool:
        """Whether the pending bytes are within the water marks."""
        return self.outbound.is_writable

    @property
    def allocator(self) -> ByteBufferAllocator:
        """Where buffers for this channel come from."""
        return self.config.allocator

    def allocate_bytebuffer(self, capacity: int = 1024) -> ByteBuffer:
        """An empty buffer from the channel's allocator."""
        return self.config.allocator.buffer(capacity)

    @property
    def attributes(self) -> dict[Any, Any]:
        """What handlers of this channel keep for each other."""
        if self._attributes is None:
            self._attributes = {}
        return self._attributes

    def attr(self, key: AttributeKey[T]) -> Attribute[T]:
        """The attribute *key* of this channel, with its type; it lies in `attributes`."""
        return Attribute(self.attributes, key)

    @property
    def auto_read(self) -> bool:
        """Whether the channel reads by itself; if not, each `read()` asks for one read. Set it from any thread."""
        return self.config.auto_read

    @auto_read.setter
    def auto_read(self, wanted: bool) -> None:
        if self.in_event_loop() or not self.loop.is_running():
            self._set_auto_read(wanted)
        else:
            self.loop.call_soon_threadsafe(self._set_auto_read, wanted)

    def _set_auto_read(self, wanted: bool) -> None:
        if wanted != self.config.auto_read:
            self.own_config().auto_read = wanted
            if wanted:
                self.read()
            else:
                self._read_wanted = False
                self.update_reading()

    def own_config(self) -> ChannelConfig:
        """The rules of this channel alone, apart from those its server gave to all."""
        self.config = self.config.copy()
        return self.config

    def get_option(self, option: ChannelOption[Any]) -> Any:
        """The value of a rule of the framework, or what the operating system has for a socket option; None if unknown."""
        value = self.config.get(option)
        return self.get_socket_option(option) if value is None else value

    def set_option(self, option: ChannelOption[Any], value: Any) -> bool:
        """Set an option of this channel alone; False for one that it does not have. Raises ValueError for a bad value."""
        if option is ChannelOption.AUTO_READ:
            ChannelConfig().set(option, value)  # refuses what is not allowed
            self.auto_read = value
            return True
        return self.own_config().set(option, value) or self.set_socket_option(option, value)

    def get_socket_option(self, option: ChannelOption[Any]) -> Any:
        """What a transport's socket has for *option*; None where there is no socket, or no such option."""
        return None

    def set_socket_option(self, option: ChannelOption[Any], value: Any) -> bool:
        """Set *option* on a transport's socket; False where there is no socket, or no such option."""
        return False

    def new_promise(self) -> ChannelPromise:
        """A promise to pass to one operation."""
        return ChannelPromise(self)

    # What users do: operations from the tail, from any thread.

    def in_event_loop(self) -> bool:
        """Whether the caller runs on the channel's loop."""
        return asyncio._get_running_loop() is self.loop

    def write(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through all handlers; as `ChannelHandlerContext.write`."""
        if self.in_event_loop():
            return self._pipeline.tail.write(msg, promise)
        return ThreadsafeCall(self, self._pipeline.tail.write, msg, promise)

    def flush(self) -> Awaitable[None]:
        """Send what was written."""
        if self.in_event_loop():
            return self._pipeline.tail.flush()
        return ThreadsafeCall(self, self._pipeline.tail.flush)

    def write_and_flush(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through all handlers and send it."""
        if self.in_event_loop():
            return self._pipeline.tail.write_and_flush(msg, promise)
        return ThreadsafeCall(self, self._pipeline.tail.write_and_flush, msg, promise)

    def read(self) -> Awaitable[None]:
        """Ask for one more read; needed only where `auto_read` is off."""
        if self.in_event_loop():
            return self._pipeline.tail.read()
        return ThreadsafeCall(self, self._pipeline.tail.read)

    def close(self, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        """Close: what was flushed is delivered within the close timeout, the rest fails. Calling it again is harmless."""
        if self.in_event_loop():
            return self._pipeline.tail.close(promise)
        return ThreadsafeCall(self, self._pipeline.tail.close, promise)

    def abort(self) -> None:
        """Close now: nothing more is delivered, the peer may see a reset."""
        if self.in_event_loop():
            self._note_who_closes()
            self._abort(self.close_cause or ClosedChannelError("the channel was aborted"))
        else:
            self.loop.call_soon_threadsafe(self.abort)

    def sync(self) -> Awaitable[Any]:
        """Await, on any loop, that the channel is closed."""
        return self._closing() if self.in_event_loop() else ThreadsafeCall(self, self._closing)

    def _closing(self) -> Awaitable[Any]:
        return self.close_future

    # Where it stands.

    def local_address(self) -> Any:
        """The own end, as the socket has it, or None."""
        return None

    def remote_address(self) -> Any:
        """The peer's end, as the socket has it, or None; known after the channel is closed too."""
        return None

    def __repr__(self) -> str:
        link = "-" if self.state == ACTIVE else "!"
        return f"<{type(self).__name__} {self.id} {self.local_address()} {link} {self.remote_address()} {STATE_NAMES[self.state]}>"


give_methods(Channel, Channel13)
