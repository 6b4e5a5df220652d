"""A pipeline whose handlers are made while things happen on it."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, EmbeddedChannel
from pyboot.netty.pipeline.awaiting import AwaitedHandlers


def nobody(channel: object) -> None:
    """Hear of nothing."""


async def turns() -> None:
    """Let the loop go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_meanwhile_waits_and_the_handlers_are_told_all_of_it() -> None:
    """In its order."""
    may_go_on, told = asyncio.Event(), []

    async def make() -> Sequence[ChannelHandler[Any]]:
        await may_go_on.wait()
        return [ChannelHandler()]

    channel = EmbeddedChannel(AwaitedHandlers(make, told.append), loop=asyncio.get_running_loop())
    channel.write_inbound(b"one")
    await turns()
    assert channel.read_inbound() is None

    may_go_on.set()
    await turns()

    assert (b"one", [channel], ["ChannelHandler#0"]) == (channel.read_inbound(), told, channel.pipeline().names())


async def test_handlers_that_cannot_be_made_end_the_channel(caplog: pytest.LogCaptureFixture) -> None:
    """With one record."""

    async def make() -> Sequence[ChannelHandler[Any]]:
        raise ValueError("no database")

    channel = EmbeddedChannel(AwaitedHandlers(make, nobody), loop=asyncio.get_running_loop())
    await turns()

    assert not channel.is_open
    assert ["could not be made" in record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [True]


async def test_a_making_that_is_given_up_ends_the_channel_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    """A server that stops does so."""
    making = asyncio.ensure_future(asyncio.Event().wait())
    channel = EmbeddedChannel(AwaitedHandlers(lambda: making, nobody), loop=asyncio.get_running_loop())  # type: ignore[arg-type,return-value]  # never made
    await turns()

    making.cancel()
    await turns()

    assert (False, []) == (channel.is_open, caplog.records)
