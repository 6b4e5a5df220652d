"""Promises: ended once, for good; listeners at once and in order; awaitable without being a future."""

import asyncio
import itertools
from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.channel.promise import DONE, NESTING_LIMIT, ChannelProgressivePromise, ChannelPromise


def test_a_new_promise_is_pending() -> None:
    """Nothing is known of its end."""
    promise = ChannelPromise()
    assert (False, False, False, None) == (promise.is_done, promise.is_success, promise.is_cancelled, promise.error)
    assert "<ChannelPromise pending>" == repr(promise)


def test_a_result_that_is_not_there_yet_raises() -> None:
    """As a future's does."""
    with pytest.raises(asyncio.InvalidStateError, match=r"^the operation is not over yet$"):
        ChannelPromise().result()


def test_success_keeps_its_result() -> None:
    """Set once, read any time."""
    promise = ChannelPromise().set_success("done")
    assert (True, True, "done") == (promise.is_done, promise.is_success, promise.result())
    assert "<ChannelPromise done>" == repr(promise)


def test_a_success_without_a_value_is_a_success() -> None:
    """None is a result like any other."""
    promise = ChannelPromise().set_success()
    assert promise.is_success
    assert promise.result() is None


def test_failure_raises_its_error_from_result() -> None:
    """And shows it."""
    error = ValueError("no")
    promise = ChannelPromise().set_failure(error)
    assert (True, False, error) == (promise.is_done, promise.is_success, promise.error)
    assert "<ChannelPromise failed: ValueError('no')>" == repr(promise)
    with pytest.raises(ValueError, match="no"):
        promise.result()


def test_an_ended_promise_cannot_end_again() -> None:
    """set raises, try tells; neither changes anything."""
    promise = ChannelPromise().set_success(1)
    with pytest.raises(asyncio.InvalidStateError, match=r"^the operation is done already$"):
        promise.set_success(2)
    with pytest.raises(asyncio.InvalidStateError, match=r"^the operation is done already$"):
        promise.set_failure(ValueError())
    assert (False, False, False) == (promise.try_success(2), promise.try_failure(ValueError()), promise.cancel())
    assert 1 == promise.result()


def test_try_tells_that_it_ended_the_promise() -> None:
    """The first one wins."""
    assert ChannelPromise().try_success()
    assert ChannelPromise().try_failure(ValueError())


def test_cancelling_ends_a_promise_that_has_not_begun() -> None:
    """Its result raises CancelledError."""
    promise = ChannelPromise()
    assert promise.cancel()
    assert (True, True, False) == (promise.is_done, promise.is_cancelled, promise.is_success)
    with pytest.raises(asyncio.CancelledError):
        promise.result()


def test_an_operation_under_way_cannot_be_cancelled() -> None:
    """It ends as it would have ended."""
    promise = ChannelPromise()
    assert promise.set_uncancellable()
    assert not promise.cancel()
    assert promise.try_success()
    assert promise.is_success


def test_an_operation_cancelled_before_cannot_begin() -> None:
    """set_uncancellable tells so."""
    promise = ChannelPromise()
    promise.cancel()
    assert not promise.set_uncancellable()


def test_a_finished_operation_counts_as_begun() -> None:
    """set_uncancellable is true for one that is done (DefaultPromise)."""
    assert ChannelPromise().set_success().set_uncancellable()


def test_listeners_are_called_at_once_and_in_order() -> None:
    """Before set_success returns."""
    log: list[Any] = []
    promise = ChannelPromise()
    promise.add_listener(lambda done: log.append((1, done.result())))
    promise.add_listener(lambda done: log.append((2, done.result())))
    promise.set_success("x")
    assert [(1, "x"), (2, "x")] == log


def test_a_listener_added_late_is_called_at_once() -> None:
    """The end is known already."""
    log: list[Any] = []
    ChannelPromise().set_failure(ValueError()).add_listener(lambda done: log.append(type(done.error)))
    assert [ValueError] == log


def test_a_listener_added_by_a_listener_waits_behind_those_added_before() -> None:
    """Order of addition holds during notification too (DefaultPromise)."""
    log: list[str] = []
    promise = ChannelPromise()

    def first(_: ChannelPromise) -> None:
        log.append("first")
        promise.add_listener(lambda _: log.append("added by first"))

    promise.add_listener(first)
    promise.add_listener(lambda _: log.append("second"))
    promise.set_success()
    assert ["first", "second", "added by first"] == log


def test_a_listener_that_raises_is_logged_and_the_next_is_called(caplog: pytest.LogCaptureFixture) -> None:
    """Netty's rule."""
    log: list[str] = []
    promise = ChannelPromise()
    promise.add_listener(lambda _: 1 / 0)
    promise.add_listener(lambda _: log.append("second"))
    promise.set_success()
    assert ["second"] == log
    assert [ZeroDivisionError] == [record.exc_info[0] for record in caplog.records if record.exc_info]


async def listens_later(done: ChannelPromise) -> None:
    """Would never run."""


def listens_bit_by_bit(done: ChannelPromise) -> Any:
    """Neither would this."""
    yield done


@pytest.mark.parametrize("listener", [listens_later, listens_bit_by_bit])
def test_a_listener_that_is_no_plain_function_is_told_of(listener: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody runs a coroutine or a generator that it gives."""
    ChannelPromise().add_listener(listener).set_success()
    assert [TypeError] == [record.exc_info[0] for record in caplog.records if record.exc_info]


def test_a_listener_that_asks_a_cancelled_future_keeps_nobody_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    """Its CancelledError is an error like any other, not the cancellation of whoever ends the operation."""
    told: list[str] = []
    promise = ChannelPromise().add_listener(lambda done: done.result()).add_listener(lambda _: told.append("second"))
    assert promise.cancel()
    assert ["second"] == told
    assert "a listener of" in caplog.text


def test_listeners_learn_of_a_cancellation() -> None:
    """A cancelled promise is over."""
    log: list[bool] = []
    promise = ChannelPromise().add_listener(lambda done: log.append(done.is_cancelled))
    promise.cancel()
    assert [True] == log


async def test_awaiting_gives_the_result() -> None:
    """Now or when it comes."""
    assert "x" == await ChannelPromise().set_success("x")
    promise = ChannelPromise()
    asyncio.get_running_loop().call_soon(promise.set_success, "y")
    assert "y" == await promise


async def test_awaiting_raises_the_error() -> None:
    """The very one."""
    promise = ChannelPromise()
    asyncio.get_running_loop().call_soon(promise.set_failure, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await promise


async def test_cancelling_who_waits_does_not_touch_the_operation() -> None:
    """The promise ends later, and a second task that waits for it learns that."""

    async def wait() -> object:
        return await promise

    promise = ChannelPromise()
    first, second = asyncio.ensure_future(wait()), asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert not promise.is_done
    promise.set_success("x")
    assert "x" == await second
    assert first.cancelled()


def test_a_promise_does_not_look_like_a_future() -> None:
    """Or dependency_injector would await it (design 5.6)."""
    assert not asyncio.isfuture(ChannelPromise())
    assert not hasattr(ChannelPromise(), "_asyncio_future_blocking")


def test_who_listens_or_awaits_counts_as_waiting() -> None:
    """A failed write that somebody asked for is not reported."""
    promise = ChannelPromise()
    assert not promise.is_awaited
    assert promise.add_listener(lambda _: None).is_awaited


async def test_awaiting_done_never_waits() -> None:
    """The shared awaitable of what is over."""
    await DONE
    await DONE


# Listeners that end other promises (the law of listeners).


@pytest.mark.parametrize("length", [2, NESTING_LIMIT, NESTING_LIMIT + 1, 5000])
def test_a_chain_of_promises_may_be_of_any_length(length: int) -> None:
    """Each listener ends the next promise; all are told, in order, before the first call returns."""
    told: list[int] = []
    promises = [ChannelPromise() for _ in range(length)]

    def ends_the_next(number: int) -> None:
        told.append(number)
        if number + 1 < length:
            promises[number + 1].set_success()

    for number, promise in enumerate(promises):
        promise.add_listener(lambda _, number=number: ends_the_next(number))  # type: ignore[misc]  # a number of its own for each
    promises[0].set_success()
    assert list(range(length)) == told


def test_a_chain_that_needs_no_python_between_its_promises_is_no_recursion_either() -> None:
    """Compiled code calling compiled code has no frames for Python to count."""
    promises = [ChannelPromise() for _ in range(50_000)]
    for promise, following in itertools.pairwise(promises):
        promise.add_listener(following.try_success)
    promises[0].set_success()
    assert promises[-1].is_success


def test_listeners_added_to_ended_promises_within_listeners_are_no_recursion_either() -> None:
    """Each waits for the next, which is over already."""
    told: list[int] = []

    def waits(number: int) -> None:
        told.append(number)
        if number < 5000:
            ChannelPromise().set_success().add_listener(lambda _: waits(number + 1))

    waits(0)
    assert list(range(5001)) == told


def test_a_listener_finds_the_promise_that_it_ends_told_when_that_call_returns() -> None:
    """Near the top of the stack, as in Netty; connect promise, then channel_active."""
    log: list[str] = []
    outer, inner = ChannelPromise(), ChannelPromise()
    inner.add_listener(lambda _: log.append("inner"))

    def ends_inner(_: ChannelPromise) -> None:
        inner.set_success()
        log.append("after inner")

    outer.add_listener(ends_inner).add_listener(lambda _: log.append("second"))
    outer.set_success()
    assert ["inner", "after inner", "second"] == log


def test_a_listener_that_forgets_others_keeps_nobody_else_from_being_told() -> None:
    """Neither when it forgets itself, nor one that was told, nor the next but one."""
    log: list[str] = []
    promise = ChannelPromise()

    def forgets(_: ChannelPromise) -> None:
        log.append("forgets")
        promise.remove_listener(forgets).remove_listener(third)

    def second(_: ChannelPromise) -> None:
        log.append("second")

    def third(_: ChannelPromise) -> None:
        log.append("third")

    for listener in (forgets, second, third, second):
        promise.add_listener(listener)
    promise.set_success()
    assert ["forgets", "second", "second"] == log


def test_any_number_of_promises_end_beside_each_other() -> None:
    """It is how deep they are in each other that counts: each of these is told when the call that ends it returns."""
    log: list[str] = []
    outer = ChannelPromise()

    def ends_many(_: ChannelPromise) -> None:
        for number in range(3 * NESTING_LIMIT):
            ChannelPromise().add_listener(lambda _, number=number: log.append(f"told {number}")).set_success()  # type: ignore[misc]  # its own number
            log.append(f"after {number}")

    outer.add_listener(ends_many).set_success()
    assert [f"{what} {number}" for number in range(3 * NESTING_LIMIT) for what in ("told", "after")] == log


def test_a_long_chain_behind_many_promises_is_no_recursion_either() -> None:
    """However many have ended before it on the same stack."""
    chain = [ChannelPromise() for _ in range(5000)]
    for promise, following in itertools.pairwise(chain):
        promise.add_listener(following.try_success)
    outer = ChannelPromise()

    def ends_many(_: ChannelPromise) -> None:
        for _ in range(3 * NESTING_LIMIT):
            ChannelPromise().add_listener(lambda _: None).set_success()
        chain[0].set_success()

    outer.add_listener(ends_many).set_success()
    assert all(promise.is_success for promise in chain)


def test_an_operation_takes_a_promise_of_its_own_channel_once() -> None:
    """One that was cancelled before means that there is nothing to do."""
    channel, other = EmbeddedChannel(), EmbeddedChannel()
    promise = channel.new_promise()
    assert channel is promise.channel
    assert promise.check(channel)
    assert ChannelPromise().check(channel)
    cancelled = channel.new_promise()
    cancelled.cancel()
    assert not cancelled.check(channel)

    done = channel.new_promise().set_success()
    for refused, said in (
        (lambda: promise.check(other), f"{promise!r} belongs to {channel!r}, not to {other!r}"),
        (lambda: channel.close_future.check(channel), "close_future is not for operations: make a promise with new_promise()"),
        (lambda: done.check(channel), f"{done!r} is over already: every operation wants a promise of its own"),
    ):
        with pytest.raises(ValueError, match=r"belongs to|close_future|is over") as caught:
            refused()
        assert said == str(caught.value)


def test_a_listener_of_a_channels_promise_that_raises_is_told_with_the_channel(caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback; the next listener is told."""
    log: list[str] = []
    error = ValueError("mine")
    channel = EmbeddedChannel()

    def fails(_: ChannelPromise) -> None:
        raise error

    channel.new_promise().add_listener(fails).add_listener(lambda _: log.append("told")).set_failure(OSError("no"))

    (record,) = caplog.records
    assert f"{channel!r}: a listener of <ChannelPromise failed: OSError('no')> raised" == record.getMessage()
    assert record.exc_info is not None
    assert (error, ["told"]) == (record.exc_info[1], log)


def test_a_listener_of_a_channels_promise_that_ends_the_program_ends_the_loop() -> None:
    """Not the operation that ended."""
    channel = EmbeddedChannel()

    def leaves(_: ChannelPromise) -> None:
        raise SystemExit(3)

    assert channel.new_promise().add_listener(leaves).set_success().is_success
    with pytest.raises(SystemExit):
        channel.run_pending_tasks()


def test_a_listener_is_forgotten_until_it_is_told() -> None:
    """Once for each time it was added; of a promise that is over, one that was never added, and of none, there is nothing to forget."""
    log: list[str] = []

    def listener(_: ChannelPromise) -> None:
        log.append("told")

    def other(_: ChannelPromise) -> None:
        log.append("other")

    promise = ChannelPromise()
    assert promise is promise.remove_listener(listener)
    promise.add_listener(listener).add_listener(other).add_listener(listener)
    assert promise is promise.remove_listener(listener)
    promise.set_success()
    assert ["other", "told"] == log

    assert promise is promise.remove_listener(listener).remove_listener(other)
    promise.add_listener(listener)
    assert ["other", "told", "told"] == log
    assert promise is promise.remove_listener(listener)


def test_a_listener_that_forgets_a_later_one_does_so_once_the_promise_is_over() -> None:
    """Though both are being told: also where the one forgotten was added twice, and only where it was not told yet."""
    log: list[str] = []
    promise = ChannelPromise()

    def twice(_: ChannelPromise) -> None:
        log.append("twice")

    def forgets(_: ChannelPromise) -> None:
        promise.remove_listener(twice)

    for listener in (twice, forgets, twice, twice):
        promise.add_listener(listener)
    promise.set_success()
    assert ["twice", "twice"] == log


@pytest.mark.parametrize("depth", [0, NESTING_LIMIT + 3])
def test_a_listener_that_ends_the_program_keeps_nobody_from_being_told(depth: int) -> None:
    """SystemExit is raised when all have been."""
    log: list[str] = []
    promises = [ChannelPromise() for _ in range(depth + 1)]
    for promise, following in itertools.pairwise(promises):
        promise.add_listener(following.try_success)

    def leaves(_: ChannelPromise) -> None:
        raise SystemExit(3)

    promises[-1].add_listener(leaves).add_listener(lambda _: log.append("told"))
    with pytest.raises(SystemExit):
        promises[0].set_success()
    assert ["told"] == log
    promises[-1].add_listener(lambda _: log.append("later"))
    assert ["told", "later"] == log


def test_a_progressive_promise_tells_progress_until_it_is_over() -> None:
    """In the order that its listeners were added; what one raises keeps nothing from the others."""
    told: list[tuple[str, int, int]] = []
    promise = ChannelProgressivePromise()

    def broken(promise: ChannelProgressivePromise, progress: int, total: int) -> None:
        raise OSError("mine")

    promise.add_progress_listener(broken)
    promise.add_progress_listener(lambda _, progress, total: told.append(("first", progress, total)))
    promise.add_listener(lambda _: told.append(("over", 0, 0)))
    assert promise.try_progress(1, 2)
    assert promise.try_success()
    assert not promise.try_progress(2, 2)
    assert [("first", 1, 2), ("over", 0, 0)] == told
    assert isinstance(promise, ChannelPromise)


def test_who_awaits_what_is_over_lets_the_loop_have_its_turn() -> None:
    """With the budget of a turn spent, and not before; where no channel counts, never."""
    channel = EmbeddedChannel()
    log: list[str] = []

    async def awaits(count: int) -> None:
        for _ in range(count):
            await channel.done
            await DONE
        log.append("awaited")

    for count, expected in ((TURN_CALLS // 2, ["awaited", "another"]), (TURN_CALLS * 2, ["another", "awaited"])):
        log.clear()
        channel.begin_turn()
        task = channel.loop.create_task(awaits(count))
        channel.loop.call_soon(log.append, "another")
        channel.loop.run_until_complete(task)
        channel.run_pending_tasks()
        assert expected == log


def test_a_listener_may_return_any_value(caplog: pytest.LogCaptureFixture) -> None:
    """A callable that was there before does, and nobody complains of it."""
    ChannelPromise(EmbeddedChannel()).add_listener(lambda _: "value").set_success()
    assert "" == caplog.text
