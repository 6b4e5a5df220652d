"""RequestResponseHandler in memory, on a clock that is turned: each request ends once, whatever happens meanwhile."""

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Hashable
from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.components.netty.buffer.allocator import UnpooledByteBufferAllocator
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import (
    ChannelPipelineError,
    ClosedChannelError,
    NotYetConnectedError,
    WriteTimeoutError,
)
from pyboot.components.netty.handler.request import RequestResponseHandler, RequestTimeoutError, TooManyRequestsError


@dataclass(frozen=True)
class Message:
    """A request or an answer; without an id, neither."""

    id: int | None
    text: str = ""


class Calls(RequestResponseHandler[Message, Message]):
    """Known by their ids."""

    def id_of(self, msg: Message) -> Hashable | None:
        return msg.id


class Asked:
    """A channel, its handler, and the requests under way."""

    def __init__(self, *handlers: ChannelHandler[Any], calls: Calls | None = None) -> None:
        """*handlers*: those nearer the network."""
        self.calls = Calls() if calls is None else calls
        self.channel = EmbeddedChannel(*handlers, self.calls)

    def ask(self, id: int | None, **options: Any) -> asyncio.Task[Message]:
        """Begin a request, and let it come to rest."""
        return self.task(self.calls.request(Message(id), **options))

    def task[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin *work*, as far as it goes."""
        with self.channel.loop.as_running_loop():
            task = self.channel.loop.create_task(work)
        self.channel.run_pending_tasks()
        return task

    def cancel(self, task: asyncio.Task[Any]) -> None:
        """Cancel *task*, and let it come to rest."""
        task.cancel()
        self.channel.run_pending_tasks()

    def answer(self, *ids: int | None) -> None:
        """The peer answers."""
        self.channel.write_inbound(*(Message(id, "answer") for id in ids))
        self.channel.run_pending_tasks()


def test_each_answer_goes_to_its_request() -> None:
    """In whatever order they come; nothing is left behind, and nobody behind the handler sees them."""
    asked = Asked()
    tasks = {id: asked.ask(id) for id in (1, 2, 3)}
    assert 3 == asked.calls.outstanding
    asked.answer(3, 1, 2)

    assert [Message(1), Message(2), Message(3)] == asked.channel.outbound_messages()
    assert {id: Message(id, "answer") for id in tasks} == {id: task.result() for id, task in tasks.items()}
    assert ([], 0) == (asked.channel.inbound_messages(), asked.calls.outstanding)


def test_what_is_no_answer_passes() -> None:
    """A message of the peer's own accord has no id."""
    asked = Asked()
    asked.ask(1)
    asked.answer(None)

    assert [Message(None, "answer")] == asked.channel.inbound_messages()
    assert 1 == asked.calls.outstanding


def test_there_is_an_end_to_waiting() -> None:
    """The answer that comes too late goes no further, and the connection goes on."""
    asked = Asked(calls=Calls(timeout_seconds=10))
    late, patient, quick = asked.ask(1), asked.ask(2, timeout_seconds=0), asked.ask(3, timeout_seconds=2)
    asked.channel.advance_time(2)
    assert [False, False, True] == [task.done() for task in (late, patient, quick)]
    asked.channel.advance_time(8)

    error = late.exception()
    assert isinstance(error, RequestTimeoutError)
    assert isinstance(error, TimeoutError)
    assert ("no answer to the request 1 within 10 s", 1, 10) == (str(error), error.id, error.seconds)
    assert "no answer to the request 3 within 2 s" == str(quick.exception())
    asked.answer(1, 3)
    assert ([], 1, True) == (asked.channel.inbound_messages(), asked.calls.outstanding, asked.channel.is_active)
    asked.channel.advance_time(1000)
    asked.answer(2)
    assert patient.result() == Message(2, "answer")


def test_an_answer_that_comes_in_the_moment_of_the_timeout_is_one() -> None:
    """It was in the kernel while the loop was busy, say."""
    asked = Asked(calls=Calls(timeout_seconds=10))
    task = asked.ask(1)
    asked.channel.loop.call_later(10, lambda: asked.channel.pipeline().fire_channel_read(Message(1, "answer")))
    asked.channel.advance_time(10)

    assert Message(1, "answer") == task.result()


@pytest.mark.parametrize("cause", [None, ConnectionResetError("gone")])
def test_all_fail_when_the_connection_ends(cause: Exception | None) -> None:
    """Nobody knows what was done; the cause is told. What is asked then fails at once."""
    asked = Asked()
    tasks = [asked.ask(1), asked.ask(2)]
    with contextlib.suppress(ConnectionResetError):  # told to the tail as well
        asked.channel.lost(cause)
        asked.channel.run_pending_tasks()

    for task in tasks:
        error = task.exception()
        assert isinstance(error, ClosedChannelError)
        assert isinstance(error, ConnectionError)
        assert "nobody knows whether the request was done" in str(error)
        assert error.__cause__ is cause
    assert isinstance(asked.ask(3).exception(), ClosedChannelError)
    assert 0 == asked.calls.outstanding


def test_all_fail_when_the_handler_is_removed() -> None:
    """Answers would pass it by."""
    asked = Asked()
    task = asked.ask(1)
    with asked.channel.loop.as_running_loop():
        asked.channel.pipeline().remove(asked.calls)
    asked.channel.run_pending_tasks()

    assert isinstance(task.exception(), ChannelPipelineError)
    assert isinstance(asked.ask(2).exception(), ChannelPipelineError)


def test_nothing_can_be_asked_before_it_stands_in_a_pipeline() -> None:
    """It says so."""
    with pytest.raises(NotYetConnectedError, match="Calls is in no pipeline"):
        asyncio.run(Calls().request(Message(1)))


def test_a_request_that_cannot_be_written_fails_with_its_reason() -> None:
    """Also with a timeout, which is not that of the answer."""

    class Refusing(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> None:
            assert promise is not None
            promise.set_failure(errors.pop())

    errors = [WriteTimeoutError(3), ValueError("too big")]
    asked = Asked(Refusing())

    assert "too big" == str(asked.ask(1).exception())
    assert isinstance(asked.ask(2).exception(), WriteTimeoutError)
    assert 0 == asked.calls.outstanding


def test_no_more_may_wait_than_are_allowed() -> None:
    """One too many is not written; a place is free as soon as an answer is there."""
    asked = Asked(calls=Calls(max_outstanding=2))
    asked.ask(1)
    asked.ask(2)
    refused = asked.ask(3).exception()
    assert isinstance(refused, TooManyRequestsError)
    assert "2 requests wait for their answers already, no more are allowed: await some, or raise max_outstanding" == str(refused)
    assert [Message(1), Message(2)] == asked.channel.outbound_messages()

    asked.answer(2)
    asked.ask(3)
    assert [Message(1), Message(2), Message(3)] == asked.channel.outbound_messages()


@pytest.mark.parametrize(("id", "problem"), [(None, "Message has no id"), (1, "a request with the id 1 waits for its answer already")])
def test_a_request_wants_an_id_of_its_own(id: int | None, problem: str) -> None:
    """Its answer could not be told from another's."""
    asked = Asked()
    asked.ask(1)

    with pytest.raises(ValueError, match=problem):
        asked.ask(id).result()
    assert 1 == asked.calls.outstanding


def test_a_cancelled_request_leaves_nothing_behind() -> None:
    """Its id is free; its answer goes no further."""
    asked = Asked()
    task = asked.ask(1)
    asked.cancel(task)
    assert (True, 0) == (task.cancelled(), asked.calls.outstanding)
    asked.answer(1)
    assert [] == asked.channel.inbound_messages()

    again = asked.ask(1)
    asked.answer(1)
    assert Message(1, "answer") == again.result()


def test_a_cancelled_request_that_is_not_on_its_way_is_not_sent() -> None:
    """The network takes nothing at the moment, or an encoder takes its time."""
    gate = asyncio.Event()

    class Slow(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> None:
            await gate.wait()
            ctx.write(msg, promise)

    asked = Asked(Slow())
    cancelled, sent = asked.ask(1), asked.ask(2)
    asked.cancel(cancelled)
    gate.set()
    asked.channel.run_pending_tasks()

    assert [Message(2)] == asked.channel.outbound_messages()
    assert not sent.done()


def test_an_answer_that_nobody_gets_is_released() -> None:
    """Come too late, or in the moment of a cancellation; a refused request is, too."""

    class Numbered(RequestResponseHandler[Any, Any]):
        def id_of(self, msg: Any) -> Hashable | None:
            return bytes_of(msg) or None

    def buffer(content: bytes) -> Any:
        made = UnpooledByteBufferAllocator.DEFAULT.buffer(4)
        made.write_bytes(content)
        return made

    calls = Numbered()
    channel = EmbeddedChannel(calls)
    with channel.loop.as_running_loop():
        task = channel.loop.create_task(calls.request(buffer(b"1")))
    channel.run_pending_tasks()
    answer, unasked, refused = buffer(b"1"), buffer(b"2"), buffer(b"")
    with channel.loop.as_running_loop():
        channel.pipeline().fire_channel_read(answer)  # the task is woken, and cancelled before it runs
        task.cancel()
        channel.pipeline().fire_channel_read(unasked)
        wrong = channel.loop.create_task(calls.request(refused))
    channel.run_pending_tasks()

    assert isinstance(wrong.exception(), ValueError)
    assert (True, 0, 0, 0) == (task.cancelled(), answer.ref_count, unasked.ref_count, refused.ref_count)


def test_a_handler_behind_it_may_ask_while_it_reads() -> None:
    """What comes for that handler waits; the answer does not, for it is taken before."""
    seen: list[str] = []

    class Behind(ChannelHandler[Message]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Message) -> None:
            seen.append((await asked.calls.request(Message(len(seen)))).text)

    asked = Asked()
    with asked.channel.loop.as_running_loop():
        asked.channel.pipeline().add_last(Behind())
    asked.answer(None, None)
    asked.answer(0)
    asked.answer(1)

    assert ["answer", "answer"] == seen


def test_who_reads_by_hand_goes_on_reading() -> None:
    """An answer is a message that whoever asked for one does not get."""
    reads: list[int] = []

    class Reads(ChannelHandler[Any]):
        def read(self, ctx: ChannelHandlerContext, /) -> None:
            reads.append(1)
            ctx.read()

    asked = Asked(Reads())
    with asked.channel.loop.as_running_loop():
        asked.channel.config.auto_read = False
        asked.channel.read()
    asked.ask(1)
    before = len(reads)
    asked.answer(1)

    assert before + 1 == len(reads)


def test_only_the_loop_of_the_channel_asks() -> None:
    """Elsewhere the answer would wake nobody."""
    asked = Asked()

    with pytest.raises(RuntimeError, match="lives on another loop"):
        asyncio.run(asked.calls.request(Message(1)))
    assert [] == asked.channel.outbound_messages()


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"timeout_seconds": -1}, "request timeout of -1 s"), ({"max_outstanding": 0}, "0 outstanding requests, allowed is at least 1")],
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, Any], problem: str) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match=problem):
        Calls(**options)


def test_without_an_id_it_says_what_is_missing() -> None:
    """It cannot be guessed."""
    asked = EmbeddedChannel(RequestResponseHandler[Any, Any]())

    with pytest.raises(NotImplementedError, match="define id_of"):
        asked.write_inbound(Message(1))


@pytest.mark.parametrize("seed", range(30))
def test_any_schedule_ends_every_request_once(seed: int) -> None:
    """Asked, answered, answered twice, cancelled, too late, lost: what is answered in time has its own answer, nothing stays."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    asked = Asked(calls=Calls(timeout_seconds=5, max_outstanding=8))
    tasks: dict[int, asyncio.Task[Message]] = {}
    answered: set[int] = set()
    for step in range(100):
        match chance.randrange(5):
            case 0 | 1:
                tasks[step] = asked.ask(step)
            case 2 if tasks:
                ids = chance.choices(list(tasks), k=2)
                answered.update(id for id in ids if not tasks[id].done())
                asked.answer(*ids)
            case 3 if tasks:
                asked.cancel(tasks[chance.choice(list(tasks))])
            case _:
                asked.channel.advance_time(chance.choice([0.5, 1, 2]))
    asked.channel.lost(None)
    asked.channel.run_pending_tasks()

    assert 0 == asked.calls.outstanding
    allowed = (RequestTimeoutError, TooManyRequestsError, ClosedChannelError)
    for id, task in tasks.items():
        assert task.done()
        if id in answered:
            assert Message(id, "answer") == task.result()
        else:
            assert task.cancelled() or isinstance(task.exception(), allowed)
