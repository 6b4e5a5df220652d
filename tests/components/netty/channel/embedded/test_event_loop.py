"""EmbeddedEventLoop: runs what is due when told, by a clock that is turned by hand."""

import asyncio

from pyboot.components.netty.channel import EmbeddedEventLoop


def test_callbacks_run_when_told_and_in_order() -> None:
    """And what they make due, too."""
    loop = EmbeddedEventLoop()
    log: list[str] = []

    def first() -> None:
        log.append("a")
        loop.call_soon(log.append, "c")

    loop.call_soon(first)
    loop.call_soon(log.append, "b")
    assert [] == log
    loop.run_ready()
    assert ["a", "b", "c"] == log


def test_timers_run_at_their_own_times() -> None:
    """In the order of their times, with the clock at each of them."""
    loop = EmbeddedEventLoop()
    log: list[tuple[str, float]] = []
    loop.call_later(2, lambda: log.append(("late", loop.time())))
    loop.call_later(1, lambda: log.append(("early", loop.time())))
    loop.call_later(5, lambda: log.append(("never", loop.time())))
    loop.advance(3)
    assert [("early", 1.0), ("late", 2.0)] == log
    assert 3.0 == loop.time()
    assert 2.0 == loop.next_timer()


def test_a_timer_set_by_a_timer_runs_in_the_same_turn_of_the_clock() -> None:
    """A timer each second runs as often as seconds pass."""
    loop = EmbeddedEventLoop()
    log: list[float] = []

    def tick() -> None:
        log.append(loop.time())
        loop.call_later(1, tick)

    loop.call_later(1, tick)
    loop.advance(3)
    assert [1.0, 2.0, 3.0] == log


def test_the_clock_does_not_move_by_itself() -> None:
    """Running what is due takes no time."""
    loop = EmbeddedEventLoop()
    loop.call_soon(lambda: None)
    loop.run_ready()
    assert 0.0 == loop.time()


def test_a_cancelled_timer_is_not_due() -> None:
    """It runs no more, and is not counted."""
    loop = EmbeddedEventLoop()
    log: list[str] = []
    loop.call_later(1, log.append, "a").cancel()
    assert loop.next_timer() is None
    loop.advance(2)
    assert [] == log


def test_all_timers_can_be_forgotten() -> None:
    """None is left."""
    loop = EmbeddedEventLoop()
    loop.call_later(1, lambda: None)
    loop.cancel_timers()
    assert loop.next_timer() is None


def test_tasks_and_timeouts_follow_the_clock() -> None:
    """asyncio works on it as on any loop."""
    loop = EmbeddedEventLoop()

    async def patient() -> str:
        try:
            async with asyncio.timeout(5):
                await asyncio.sleep(60)
        except TimeoutError:
            return f"gave up at {asyncio.get_running_loop().time():g}"
        return "slept"

    task = loop.create_task(patient())
    loop.advance(4)
    assert not task.done()
    loop.advance(1)
    assert "gave up at 5" == task.result()


def test_an_error_of_a_callback_is_kept_and_the_loop_goes_on() -> None:
    """As a real loop logs it."""
    loop = EmbeddedEventLoop()
    log: list[str] = []
    loop.call_soon(lambda: 1 / 0)
    loop.call_soon(log.append, "after")
    loop.run_ready()
    assert ["after"] == log
    assert [ZeroDivisionError] == [type(error["exception"]) for error in loop.errors]


async def test_it_runs_inside_another_loop() -> None:
    """And gives the place of the running loop back."""
    outer, task = asyncio.get_running_loop(), asyncio.current_task()
    loop = EmbeddedEventLoop()
    seen: list[asyncio.AbstractEventLoop] = []
    loop.call_soon(lambda: seen.append(asyncio.get_running_loop()))
    loop.run_ready()
    assert [loop] == seen
    assert (outer, task) == (asyncio.get_running_loop(), asyncio.current_task())


def test_it_is_running_only_while_it_is_entered() -> None:
    """Nested, too."""
    loop = EmbeddedEventLoop()
    assert not loop.is_running()
    with loop.as_running_loop(), loop.as_running_loop():
        assert loop.is_running()
    assert not loop.is_running()


def test_a_clock_that_jumps_runs_all_timers_at_its_new_time() -> None:
    """In their order; nothing ran in between."""
    loop, log = EmbeddedEventLoop(), list[tuple[str, float]]()
    loop.call_later(2, lambda: log.append(("late", loop.time())))
    loop.call_later(1, lambda: log.append(("early", loop.time())))
    loop.call_later(9, lambda: log.append(("never", loop.time())))
    loop.jump(8)

    assert [("early", 8.0), ("late", 8.0)] == log


def test_a_cancelled_callback_does_not_run() -> None:
    """With timers on the loop and without."""
    for seconds in (None, 5):
        loop = EmbeddedEventLoop()
        log: list[str] = []
        if seconds is not None:
            loop.call_later(seconds, log.append, "timer")
        loop.call_soon(log.append, "cancelled").cancel()
        loop.call_soon(log.append, "runs")
        loop.run_ready()

        assert ["runs"] == log
