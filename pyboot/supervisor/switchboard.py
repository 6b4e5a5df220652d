"""Switchboard: carries what workers say to each other, and keeps the boards of what they share: the engine of a cluster of one machine.

Each node of a worker has a line, a channel of its own beside that of the worker, which came by it (`Worker.line`)::

    node a ──publish──> supervisor ──publish──> all nodes of its prefix that hear the channel, itself included
    node a ──call────── supervisor              a method of `Board`
    node a <─answer──── supervisor

Frames and values are never looked at; what is long is in a memory file, whose descriptor goes on to who hears it. Laws. Nobody is waited
for: what a node does not read waits in its backlog, and a node whose backlog is full is cut off, which it notices and comes back. In each
turn so many messages of a line are read, so that none keeps others from theirs. The boards are this process's own: a supervisor that was
executed anew has empty ones and no lines, and the nodes, which notice the end of theirs, say again what they have.
"""

import json
import os
from typing import Any, Final, Protocol, final

from .backlog import Backlog, BacklogFullError
from .board import Board
from .channel import Channel, Message, encoded
from .loop import Loop
from .memory_file import content, written
from .process import WorkerProcess

__all__ = ["INLINE", "OPERATIONS", "Line", "Switchboard"]

INLINE: Final = 60_000
"""Bytes of frames, arguments or an answer from which on they are in a memory file."""

OPERATIONS: Final = frozenset(
    {"subscribe", "unsubscribe", "hearing", "epoch", "lease", "refresh", "leave", "members", "acquire"}
    | {"claim_all", "release_all", "find_all", "scan", "take"}
)
"""The methods of `Board` that may be called."""

_GROWING: Final = frozenset({"subscribe", "lease", "acquire", "claim_all", "take"})
_MOST_ENTRIES: Final = 1_000_000
_MOST_LINES: Final = 1_000
_MOST_PREFIXES: Final = 64
_PER_TURN: Final = 50


class Switching(Protocol):
    """The part of the supervisor that is needed here."""

    def warn(self, text: str) -> None:
        """Tell of what is odd."""


@final
class Line:
    """The supervisor's end of the line of one node."""

    __slots__ = ("backlog", "channel", "node", "prefix", "process")

    def __init__(self, process: WorkerProcess, prefix: str, node: str, channel: Channel) -> None:
        """Be that of *node* in *process*, which shares with all nodes of *prefix*."""
        self.process, self.prefix, self.node, self.channel = process, prefix, node, channel
        self.backlog = Backlog(channel)


@final
class Switchboard:
    """All lines, and a board for each prefix."""

    def __init__(self, switching: Switching, loop: Loop, most_entries: int = _MOST_ENTRIES) -> None:
        """Begin with no line; *most_entries* is the bound of one board."""
        self._switching = switching
        self._loop = loop
        self._most_entries = most_entries
        self._lines: dict[str, dict[str, Line]] = {}
        self._boards: dict[str, Board] = {}

    def open(self, process: WorkerProcess, message: Message) -> None:
        """Take the line that came with *message*, in place of one that the same node had before."""
        prefix, node = message.fields["prefix"], message.fields["node"]
        channel = Channel.inherited(os.dup(message.descriptors[0]))
        channel.set_blocking(False)
        line = Line(process, prefix, node, channel)
        if sum(map(len, self._lines.values())) >= _MOST_LINES or len(self._boards.keys() | {prefix}) > _MOST_PREFIXES:
            self._switching.warn(f"worker {process.slot}: more than {_MOST_LINES} nodes, or {_MOST_PREFIXES} prefixes: it gets no line")
            channel.close()
            return
        lines = self._lines.setdefault(prefix, {})
        if node in lines:
            self._close(lines[node])
        self._boards.setdefault(prefix, Board())
        lines[node] = line
        self._loop.hear(channel, lambda: self._on_ready(line))
        self._send(line, encoded("welcome"))

    def gone(self, process: WorkerProcess) -> None:
        """End the leases of the nodes of *process*, which is gone for certain; the others find out when they look next."""
        for line in [line for lines in self._lines.values() for line in lines.values() if line.process is process]:
            self._boards[line.prefix].leave(line.node)
            self._close(line)

    def close(self) -> None:
        """End all lines."""
        for line in [line for lines in self._lines.values() for line in lines.values()]:
            self._close(line)

    @property
    def nodes(self) -> list[str]:
        """The nodes that have a line."""
        return [node for lines in self._lines.values() for node in lines]

    def _is_open(self, line: Line) -> bool:
        return self._lines[line.prefix].get(line.node) is line

    def _close(self, line: Line) -> None:
        if self._is_open(line):
            del self._lines[line.prefix][line.node]
            self._boards[line.prefix].unsubscribe_all(line.node)
            self._loop.forget(line.channel)
            line.backlog.close()
            line.channel.close()

    def _on_ready(self, line: Line) -> None:
        """Send what waits, then read what is there, up to a bound."""
        if line.backlog:
            try:
                if line.backlog.flush():
                    self._loop.await_room(line.channel, is_awaited=False)
            except OSError:
                self._close(line)
                return
        for _ in range(_PER_TURN):
            try:
                received = line.channel.receive_data()
            except BlockingIOError:
                return
            if received is None:
                self._close(line)
                return
            try:
                self._handle(line, *received)
            finally:
                for descriptor in received[1]:
                    os.close(descriptor)
            if not self._is_open(line):
                return

    def _handle(self, line: Line, data: bytes, descriptors: tuple[int, ...]) -> None:
        kind, fields = json.loads(data)
        if kind == "publish":
            self._publish(line, fields["channel"], data, descriptors)
        elif kind == "call":
            self._call(line, fields, descriptors)
        else:
            self._switching.warn(f"worker {line.process.slot}: a message '{kind}' of a node that this version does not know")
            self._close(line)

    # hot path: once per message between nodes
    def _publish(self, line: Line, channel: str, data: bytes, descriptors: tuple[int, ...]) -> None:
        lines = self._lines[line.prefix]
        for node in self._boards[line.prefix].hearing(channel):
            if node in lines:  # not one that was cut off for one before
                self._send(lines[node], data, descriptors)

    def _call(self, line: Line, fields: dict[str, Any], descriptors: tuple[int, ...]) -> None:
        answer: dict[str, Any] = {"id": fields["id"]}
        board, operation = self._boards[line.prefix], fields["operation"]
        if operation not in OPERATIONS:
            answer["refused"] = f"the supervisor knows no '{operation}'"
        elif operation in _GROWING and board.size >= self._most_entries:
            answer["refused"] = f"the supervisor keeps {self._most_entries} entries at most"
        else:
            try:
                arguments = json.loads(content(descriptors[0])) if descriptors else fields["arguments"]
            except (OSError, ValueError) as error:
                answer["refused"] = str(error)
            else:
                answer["value"] = getattr(board, operation)(*arguments)
        self._answer(line, answer)

    def _answer(self, line: Line, answer: dict[str, Any]) -> None:
        data = encoded("answer", answer)
        if len(data) <= INLINE:
            self._send(line, data)
            return
        try:
            file = written(json.dumps(answer["value"], separators=(",", ":")).encode())
        except OSError as error:  # no memory, or no descriptor
            self._send(line, encoded("answer", {"id": answer["id"], "refused": str(error)}))
            return
        try:
            self._send(line, encoded("answer", {"id": answer["id"]}), (file,))
        finally:
            os.close(file)

    def _send(self, line: Line, data: bytes, descriptors: tuple[int, ...] = ()) -> None:
        """Send to one node, which is cut off where that cannot be: the others do not notice."""
        try:
            if line.backlog.send(data, descriptors):
                self._loop.await_room(line.channel, is_awaited=True)
        except BacklogFullError as error:
            self._switching.warn(f"worker {line.process.slot}: its node {line.node} is cut off: {error}")
            self._close(line)
        except OSError:
            self._close(line)
