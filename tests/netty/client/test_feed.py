"""The way of events to their listeners."""

import asyncio

import pytest

from pyboot.netty.client.feed import EventFeed


async def test_events_are_heard_one_after_the_other() -> None:
    """Each when the listeners of the one before have ended, though they wait."""
    heard: list[str] = []

    async def publish(event: object) -> None:
        heard.append(f"begin {event}")
        await asyncio.sleep(0)
        heard.append(f"end {event}")

    feed = EventFeed(publish)
    feed.add("a")
    feed.add("b")
    await feed.finish()
    feed.add("c")
    await feed.finish()

    assert ["begin a", "end a", "begin b", "end b", "begin c", "end c"] == heard


async def test_a_listener_that_fails_keeps_no_event_from_being_heard(caplog: pytest.LogCaptureFixture) -> None:
    """The log has what it raised."""
    heard: list[object] = []

    async def publish(event: object) -> None:
        heard.append(event)
        if event == "a":
            raise ValueError("a mistake")

    feed = EventFeed(publish)
    feed.add("a")
    feed.add("b")
    await feed.finish()

    assert ["a", "b"] == heard
    assert ["a listener failed, told of str"] == caplog.messages


async def test_an_end_that_is_cancelled_leaves_out_what_waits() -> None:
    """A listener that hangs does not hold up the end of the application."""

    async def publish(event: object) -> None:
        await asyncio.Event().wait()

    feed = EventFeed(publish)
    feed.add("a")
    ending = asyncio.create_task(feed.finish())
    await asyncio.sleep(0)
    ending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await ending


async def test_who_is_told_does_not_wait_for_events() -> None:
    """Two clients whose listeners end each other: both are through, and somebody else may wait."""
    feeds: dict[str, EventFeed] = {}
    done: list[object] = []

    async def publish(event: object) -> None:
        assert isinstance(event, str)
        await feeds[event].finish()
        await asyncio.create_task(feeds[event].finish())
        done.append(event)

    feeds.update(a=EventFeed(publish), b=EventFeed(publish))
    feeds["a"].add("b")
    feeds["b"].add("a")
    async with asyncio.timeout(5):
        await asyncio.gather(feeds["a"].finish(), feeds["b"].finish())

    assert ["a", "b"] == sorted(map(str, done))
