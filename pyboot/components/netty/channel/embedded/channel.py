"""EmbeddedChannel: a pipeline with no network, for tests.

What handlers pass on at the tail is read with `read_inbound`, what they write at the head with `read_outbound`; errors
that nobody caught are raised by the call that caused them. Source: Netty's class of that name.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Iterator
from typing import Any

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import bytes_of, release
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSED, CLOSING
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, UnsupportedMessageError

from .event_loop import EmbeddedEventLoop

__all__ = ["EmbeddedChannel"]


class EmbeddedChannel(Channel):
    """A registered and active channel around *handlers*.

    It runs on a loop of its own, whose clock `advance_time` turns; coroutine callbacks go as far as they can with every
    call. Pass *loop* to let them await things of a running loop instead.
    """

    def __init__(
        self,
        *handlers: ChannelHandler[Any],
        config: ChannelConfig | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        active: bool = True,
    ) -> None:
        own = EmbeddedEventLoop() if loop is None else None
        chosen: asyncio.AbstractEventLoop = own if own is not None else loop  # type: ignore[assignment]  # one of the two is there
        super().__init__(chosen, config if config is not None else ChannelConfig(), state_of(chosen))
        self._own_loop = own
        self._remote: Any = "embedded"
        self._inbound: deque[Any] = deque()
        self._outbound: deque[Any] = deque()
        self._error: Exception | None = None
        self._written: deque[Any] = deque()
        self._run_count = 0
        self._unsent = 0
        self._depth = 0
        self._is_network_open = True
        self.reads = 0
        with self._acting():
            for handler in handlers:
                self.pipeline().add_last(handler)
            self.register()
            if active:
                self.activate()

    def in_event_loop(self) -> bool:
        """True always on a loop of its own, which runs wherever the test does."""
        return self._own_loop is not None or super().in_event_loop()

    # Towards the tail.

    def write_inbound(self, *messages: object) -> bool:
        """Let *messages* come in as one read; tell whether anything came out at the tail."""
        with self._acting():
            self._check_open()
            self.begin_turn()
            if self.config.auto_read:
                self.reading.use()
            was_delivering, self.is_delivering = self.is_delivering, True
            for message in messages:
                self.pipeline().fire_channel_read(message)
            self.pipeline().fire_channel_read_complete()
            self.is_delivering = was_delivering
            self.reading.again()
            self.reading.delivered()
        return bool(self._inbound)

    def receive(self, message: object) -> bool:
        """The same for one message, the way a transport delivers it (`Channel.received`)."""
        with self._acting():
            self._check_open()
            self.received(message)
        return bool(self._inbound)

    def _check_open(self) -> None:
        if self.state == CLOSED:
            raise self.closed_error()

    def read_inbound(self) -> Any:
        """Take the next message that came out at the tail, or None."""
        return self._inbound.popleft() if self._inbound else None

    def inbound_messages(self) -> list[Any]:
        """All that came out at the tail and was not read."""
        return list(self._inbound)

    # Towards the head.

    def write_outbound(self, *messages: object) -> bool:
        """Write and flush *messages*; raise the first error of a write; tell whether anything came out at the head."""
        with self._acting():
            promises = [self.new_promise() for _ in messages]
            for message, promise in zip(messages, promises, strict=True):
                self.write(message, promise)
            self.flush()
        for promise in promises:
            if promise.error is not None:
                raise promise.error
        return bool(self._outbound)

    def read_outbound(self) -> Any:
        """Take the next message that came out at the head, or None."""
        return self._outbound.popleft() if self._outbound else None

    def outbound_messages(self) -> list[Any]:
        """All that came out at the head and was not read."""
        return list(self._outbound)

    def outbound_bytes(self) -> bytes:
        """Take everything that came out at the head and was not read, joined; raises `UnsupportedMessageError` for other messages."""
        pieces = []
        for message in self._outbound:
            data = message.read(0, message.count) if isinstance(message, FileRegion) else bytes_of(message)
            if data is None:
                raise UnsupportedMessageError(message)  # as a real channel would have
            pieces.append(data)
        for message in self._outbound:
            release(message)  # as a real channel does, once it has sent it
        self._outbound.clear()
        return b"".join(pieces)

    # The end.

    def finish(self) -> bool:
        """Close, run what that makes due, raise what nobody caught; tell whether any message is left to read."""
        with self._acting():
            self.close()
        if self._own_loop is not None:
            self._own_loop.cancel_timers()
            self._own_loop.find_failed_tasks()
            self.check_exception()
        return bool(self._inbound or self._outbound)

    def finish_input(self) -> None:
        """The peer finishes sending (`Channel.input_ended`)."""
        with self._acting():
            self.close_cause = ClosedChannelError("the peer has closed the connection")
            self.input_ended()

    def lose(self, error: Exception | None = None) -> None:
        """Break the connection, because of *error* if there is one."""
        with self._acting():
            self.lost(error)

    def check_exception(self) -> None:
        """Raise the first error that nobody caught since the last call: of a handler, or of a timer or a task of its own loop.

        A task that somebody holds may still be asked for its error; `finish` raises that too.
        """
        error, self._error = self._error, None
        of_loop = None if self._own_loop is None else self._own_loop.take_error()
        if error is not None or of_loop is not None:
            raise error or of_loop  # type: ignore[misc]  # one of the two is there

    # Time.

    def run_pending_tasks(self) -> None:
        """Run what is due now."""
        with self._acting():
            pass

    def advance_time(self, seconds: float) -> None:
        """Turn the clock forward; timers run at their own times."""
        assert self._own_loop is not None, "the clock of a real loop cannot be turned"
        with self._own_loop.as_running_loop():
            self._own_loop.advance(seconds)
        self.check_exception()

    def jump_time(self, seconds: float) -> None:
        """Turn the clock forward as if the process had been stopped meanwhile: timers are late, and run now."""
        assert self._own_loop is not None, "the clock of a real loop cannot be turned"
        self._own_loop.jump(seconds)
        self.check_exception()

    @contextlib.contextmanager
    def _acting(self) -> Iterator[None]:
        """Act as the loop's own callback would; when the outermost act is over, run what it made due."""
        own = self._own_loop
        self._depth += 1
        try:
            with own.as_running_loop() if own is not None else contextlib.nullcontext():
                yield
                if own is not None and self._depth == 1 and not self.in_context:
                    own.run_ready()
        finally:
            self._depth -= 1
        # Behind the block: an error of the test's own call comes first, and is not hidden by one of a handler.
        if self._depth == 0:
            self.check_exception()

    # A user's operations, on the embedded loop wherever they are called.

    def write(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        with self._acting():
            return super().write(msg, promise)

    def flush(self) -> Awaitable[None]:
        with self._acting():
            return super().flush()

    def write_and_flush(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        with self._acting():
            return super().write_and_flush(msg, promise)

    def read(self) -> Awaitable[None]:
        with self._acting():
            return super().read()

    def close(self, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        with self._acting():
            return super().close(promise)

    # The network: two queues, and a peer that can stop taking.

    def hold_network(self) -> None:
        """Let the peer take nothing from here on: flushed messages stay pending."""
        self._is_network_open = False

    def take_bytes(self, count: int) -> None:
        """While the network is held, the peer takes *count* bytes of what was flushed: a slow reader.

        What it has taken whole is read by `read_outbound`.
        """
        with self._acting():
            while count > 0 and self._run_count:
                taken = min(count, self._unsent)
                count -= taken
                self._unsent -= taken
                if self._unsent:
                    self._pass(self.outbound.messages_within(self.outbound.run_bytes - self._unsent))
                    self.output_progress()
                else:
                    self._pass(self._run_count)
                    self.drained()

    def release_network(self) -> None:
        """Let the peer take everything again."""
        self._is_network_open = True
        with self._acting():
            self._pass(self._run_count)
            self.drained()

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        if self.state >= CLOSING:
            self.refuse(msg)
        # The message itself stands beside the queue of bytes, for a test asks for it as it was written. First: a handler that hears of
        # the water mark may flush. What has no size counts for eight bytes (Netty's figure).
        self._written.append((msg, promise))
        data = bytes_of(msg)
        try:
            self.outbound.add(bytes(8) if data is None else data, promise)
        except BaseException:
            self._written.pop()
            raise

    def flush_outbound(self) -> None:
        if self.state < ACTIVE:
            self._written.clear()  # they fail: there is no peer yet
        super().flush_outbound()

    def transmit(self, data: bytes | memoryview) -> bool:
        self._run_count = self.outbound.run_count()
        if self._is_network_open:
            self._pass(self._run_count)
        else:
            self._unsent = len(data)
        return self._is_network_open

    def unsent(self) -> int:
        return self._unsent

    def _pass(self, messages: int) -> None:
        self._run_count -= messages
        for _ in range(messages):
            message, promise = self._written.popleft()
            if promise is None or not promise.is_cancelled:
                self._outbound.append(message)

    def set_reading(self, wanted: bool) -> None:
        """Whoever writes to a test's channel does so whether it reads or not: `is_reading` tells."""

    def begin_read(self) -> None:
        self.reads += 1
        super().begin_read()

    def shut(self) -> None:
        self.lost(None)

    def shut_now(self) -> None:
        self.lost(None)

    def lost(self, error: Exception | None) -> None:
        self._run_count = 0
        self._written.clear()
        super().lost(error)

    # What is left over.

    def unhandled_message(self, msg: object) -> None:
        self._inbound.append(msg)

    def unhandled_error(self, error: Exception) -> None:
        if self._error is None:
            self._error = error

    def local_address(self) -> Any:
        return "embedded"

    def remote_address(self) -> Any:
        return self._remote

    def use_remote_address(self, address: Any) -> None:
        self._remote = address
