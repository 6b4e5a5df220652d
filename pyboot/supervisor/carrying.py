"""WorkerCarrier: the worker's end of the lines to the supervisor's `Switchboard`: what carries the engine ``local`` of workers.

It is what `pyboot.cluster` calls a carrier, and knows nothing of it. A connection is a line; its messages are those of `switchboard`.
Everything happens on the loop that `attach` runs on.
"""

import asyncio
import base64
import json
import os
from collections.abc import Sequence
from typing import Any, Final, Protocol, final

from .backlog import Backlog
from .channel import Channel, Message, encoded
from .memory_file import content, written
from .switchboard import INLINE

__all__ = ["WorkerCarrier"]

_COMMAND_SECONDS: Final = 2.0
_PER_TURN: Final = 100
_BYTES: Final = "b64"  # the only key of an object that stands for bytes


class _Receiver(Protocol):
    """The end of a carrier in a node."""

    def receive(self, channel: str, frames: Sequence[bytes], delay_seconds: float) -> None: ...
    def go_on(self) -> None: ...
    def cut(self, reason: str) -> None: ...


class _Lines(Protocol):
    """The part of `Worker` that is needed here."""

    def line(self, fields: dict[str, Any]) -> Channel: ...


@final
class _Connection:
    """One line, until it is closed."""

    def __init__(self, channel: Channel, receiver: _Receiver) -> None:
        self._channel = channel
        self._receiver = receiver
        self._backlog = Backlog(channel)
        self._loop = asyncio.get_running_loop()
        self._questions: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._is_closed = False
        self.welcome: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(channel.fileno(), self._on_readable)

    @property
    def is_writable(self) -> bool:
        return self._backlog.is_writable

    # hot path: once per message to other nodes
    def publish(self, channel: str, frames: Sequence[bytes]) -> None:
        if sum(map(len, frames)) <= INLINE:
            texts = [base64.b64encode(frame).decode() for frame in frames]
            self._send(encoded("publish", {"channel": channel, "frames": texts}))
        else:
            self._send_file("publish", {"channel": channel, "sizes": [len(frame) for frame in frames]}, b"".join(frames))

    async def call(self, operation: str, arguments: Sequence[Any]) -> Any:
        self._next = number = self._next + 1
        answer = self._questions[number] = self._loop.create_future()
        try:
            text = json.dumps(arguments, default=_plain, separators=(",", ":"))
            fields = {"id": number, "operation": operation}
            if len(text) <= INLINE:
                self._send(f'["call",{json.dumps(fields)[:-1]},"arguments":{text}}}]'.encode())
            else:
                self._send_file("call", fields, text.encode())
            async with asyncio.timeout(_COMMAND_SECONDS):
                return await answer
        except TimeoutError:
            raise ConnectionError(f"the supervisor has not answered within {_COMMAND_SECONDS:g} s") from None
        finally:
            self._questions.pop(number, None)

    def close(self, reason: str = "the connection was given up") -> None:
        """Close the line; calls that wait end."""
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._channel.fileno())
        self._loop.remove_writer(self._channel.fileno())
        self._backlog.close()
        self._channel.close()
        for future in (self.welcome, *self._questions.values()):
            if not future.done():
                future.set_exception(ConnectionError(reason))
        if not self.welcome.cancelled():
            self.welcome.exception()  # nobody may wait for it any more

    def _lose(self, reason: str) -> None:
        if not self._is_closed:
            self.close(reason)
            self._receiver.cut(reason)

    def _send_file(self, kind: str, fields: dict[str, Any], data: bytes) -> None:
        try:
            file = written(data)
        except OSError as error:
            self._lose(str(error))
            return
        try:
            self._send(encoded(kind, fields), (file,))
        finally:
            os.close(file)

    def _send(self, data: bytes, descriptors: Sequence[int] = ()) -> None:
        if self._is_closed:
            return
        try:
            if self._backlog.send(data, descriptors):
                self._loop.add_writer(self._channel.fileno(), self._on_room)
        except OSError as error:
            self._lose(f"the supervisor takes nothing more: {error}")

    def _on_room(self) -> None:
        was_writable = self._backlog.is_writable
        try:
            is_empty = self._backlog.flush()
        except OSError as error:
            self._lose(f"the supervisor takes nothing more: {error}")
            return
        if is_empty:
            self._loop.remove_writer(self._channel.fileno())
        if self._backlog.is_writable and not was_writable:
            self._receiver.go_on()

    def _on_readable(self) -> None:
        for _ in range(_PER_TURN):
            try:
                message = self._channel.receive()
            except BlockingIOError:
                return
            if message is None:
                self._lose("the supervisor has closed the connection")
                return
            try:
                self._handle(message)
            except (OSError, ValueError) as error:
                self._lose(f"what the supervisor has sent cannot be read: {error}")
            finally:
                for descriptor in message.descriptors:
                    os.close(descriptor)
            if self._is_closed:
                return

    def _handle(self, message: Message) -> None:
        if message.kind == "publish":
            self._receiver.receive(message.fields["channel"], _frames(message), 0.0)
        elif message.kind == "answer":
            self._on_answer(message)
        elif message.kind == "welcome" and not self.welcome.done():
            self.welcome.set_result(None)

    def _on_answer(self, message: Message) -> None:
        future = self._questions.get(message.fields["id"])
        if future is None or future.done():
            return  # too late
        if "refused" in message.fields:
            future.set_exception(ConnectionError(message.fields["refused"]))
        elif message.descriptors:
            future.set_result(_original(json.loads(content(message.descriptors[0]))))
        else:
            future.set_result(_original(message.fields["value"]))


@final
class WorkerCarrier:
    """Carries the frames of the nodes of this worker that have one prefix."""

    def __init__(self, worker: _Lines, prefix: str) -> None:
        """Ask *worker* for lines; nodes of other prefixes are never heard."""
        self._worker = worker
        self._prefix = prefix
        self._connections: dict[str, _Connection] = {}

    async def attach(self, node: str, receiver: _Receiver) -> None:
        """Connect *node*. If cancelled, nothing is left open.

        Raises:
            ConnectionError: the supervisor is gone, does not answer within 2 s, or gives no more lines.
        """
        try:
            channel = self._worker.line({"prefix": self._prefix, "node": node})
        except OSError as error:
            raise ConnectionError(f"the supervisor cannot be asked: {error}") from error
        connection = _Connection(channel, receiver)
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                await connection.welcome
        except TimeoutError:
            connection.close()
            raise ConnectionError(f"the supervisor has not answered within {_COMMAND_SECONDS:g} s") from None
        except BaseException:
            connection.close()
            raise
        self._connections[node] = connection

    def detach(self, node: str) -> None:
        """Disconnect *node*; again is nothing."""
        connection = self._connections.pop(node, None)
        if connection is not None:
            connection.close()

    def is_writable(self, node: str) -> bool:
        """Tell whether the line takes more for now."""
        return node in self._connections and self._connections[node].is_writable

    def publish(self, node: str, channel: str, frames: Sequence[bytes]) -> None:
        """Send *frames*; where they cannot be sent the receiver is told that the connection is gone."""
        if node in self._connections:
            self._connections[node].publish(channel, frames)

    async def deliver(self, node: str, channel: str, frame: bytes) -> bool:
        """Publish *frame*, and tell whether somebody hears *channel*; raises as `call`."""
        self.publish(node, channel, [frame])
        return bool(await self.call(node, "hearing", channel))

    async def call(self, node: str, operation: str, *arguments: Any) -> Any:
        """Call a method of the supervisor's board.

        Raises:
            ConnectionError: there is no answer within 2 s, the connection is gone, or the supervisor keeps no more.
        """
        if node not in self._connections:
            raise ConnectionError("the connection is gone")
        return await self._connections[node].call(operation, arguments)


def _frames(message: Message) -> list[bytes]:
    if not message.descriptors:
        return [base64.b64decode(text) for text in message.fields["frames"]]
    data, frames, place = content(message.descriptors[0]), list[bytes](), 0
    for size in message.fields["sizes"]:
        frames.append(data[place : place + size])
        place += size
    return frames


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is not for the supervisor")


def _original(value: Any) -> Any:
    """Return what `_plain` was made of: values are lists and plain ones else."""
    if isinstance(value, dict):
        return base64.b64decode(value[_BYTES])
    return [_original(each) for each in value] if isinstance(value, list) else value
