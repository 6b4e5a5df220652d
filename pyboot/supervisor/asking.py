"""Asking: how a worker asks all workers, itself included, and answers when another one asks.

Asked for by who has something to ask; the messages are those of `collection`. Everything here happens on the loop of the worker.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from .channel import Message
from .memory_file import content, written

__all__ = ["Answer", "Asking", "Collected"]

_log = logging.getLogger("pyboot.supervisor")

_GRACE_SECONDS: Final = 1.0  # the supervisor keeps the deadline; it may be away itself

type Send = Callable[[str, dict[str, Any], Sequence[int]], None]
type Answering = Callable[[Mapping[str, Any]], Awaitable[bytes]]


class Answer(NamedTuple):
    """What one worker says: *data*, or ``None`` where it could not; *is_last*: it is silent, or gone, and this is what it told before."""

    slot: int
    pid: int
    generation: int
    state: str
    is_last: bool
    data: bytes | None


class Collected(NamedTuple):
    """What all have said; the workers that did not, the table of all, and the sums of those that are gone, where they were asked for."""

    answers: list[Answer]
    silent: list[dict[str, Any]]
    workers: list[dict[str, Any]]
    totals: bytes | None = None


@final
class Asking:
    """The questions of this worker, and what it says to those of others."""

    def __init__(self, send: Send) -> None:
        """Take what sends a message, and raises OSError."""
        self._send = send
        self._open: dict[int, tuple[asyncio.Future[Collected], list[Answer]]] = {}
        self._next = 0
        self._answering: Answering | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    def answer_with(self, answering: Answering) -> None:
        """Let *answering* answer from here on; what it raises is logged, and the worker counts as one that could not say."""
        self._answering = answering

    async def ask(self, what: Mapping[str, Any], seconds: float, *, slot: int | None = None, totals: bool = False) -> Collected:
        """Ask all workers, or the one of *slot*, and return after *seconds* at most. If cancelled, answers are thrown away.

        Raises:
            OSError: the supervisor takes no message, or does not answer itself.
        """
        self._next = number = self._next + 1
        future: asyncio.Future[Collected] = asyncio.get_running_loop().create_future()
        self._open[number] = future, []
        try:
            self._send("collect", {"id": number, "what": dict(what), "seconds": seconds, "slot": slot, "totals": totals}, ())
            async with asyncio.timeout(seconds + _GRACE_SECONDS):
                return await future
        except TimeoutError as error:
            raise OSError(f"the supervisor has not answered for {seconds + _GRACE_SECONDS:g} s") from error
        finally:
            del self._open[number]

    def tell_totals(self, data: bytes) -> None:
        """Tell what this worker has counted so far. Raises OSError where it cannot be told."""
        self._send_file("totals", {}, data)

    def handle(self, message: Message) -> bool:
        """Handle *message* where it is one of ours; tell whether it was. Its descriptors are closed then."""
        handler = {"collect": self._on_collect, "collected": self._on_collected, "complete": self._on_complete}.get(message.kind)
        if handler is None:
            return False
        try:
            handler(message)
        finally:
            for descriptor in message.descriptors:
                os.close(descriptor)
        return True

    def end(self) -> None:
        """Answer nobody any more."""
        for task in self._at_work:
            task.cancel()

    def _on_collect(self, message: Message) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(message.fields["id"], message.fields["what"]), name="answer a worker")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _answer(self, number: int, what: Mapping[str, Any]) -> None:
        try:
            data = None if self._answering is None else await self._answering(what)
            if data is None:
                self._send("collected", {"id": number}, ())
            else:
                self._send_file("collected", {"id": number, "keeps": bool(what.get("keeps"))}, data)
        except OSError as error:  # the supervisor does not read at the moment: this worker is named as a silent one
            _log.warning("the question of another worker could not be answered: %s", error)
        except Exception:  # noqa: BLE001  # whatever is asked for
            _log.exception("the question of another worker could not be answered")
            with contextlib.suppress(OSError):  # as above
                self._send("collected", {"id": number}, ())

    def _send_file(self, kind: str, fields: dict[str, Any], data: bytes) -> None:
        descriptor = written(data)
        try:
            self._send(kind, fields, (descriptor,))
        finally:
            os.close(descriptor)

    def _on_collected(self, message: Message) -> None:
        fields = message.fields
        if fields["id"] in self._open:
            who = (fields["slot"], fields["pid"], fields["generation"], fields["state"], fields["is_last"])
            self._open[fields["id"]][1].append(Answer(*who, _content(message)))

    def _on_complete(self, message: Message) -> None:
        fields = message.fields
        future, answers = self._open.get(fields["id"], (None, []))
        if future is not None and not future.done():
            answers.sort(key=lambda each: (each.slot, each.generation))
            future.set_result(Collected(answers, fields["silent"], fields["workers"], _content(message)))


def _content(message: Message) -> bytes | None:
    return content(message.descriptors[0]) if message.descriptors else None
