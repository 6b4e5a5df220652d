"""The author of a message: who wrote, or passed on, what came to nothing."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.components.netty.bootstrap import ServerBootstrap
from pyboot.components.netty.channel import Channel, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.author import author_on_stack
from pyboot.components.netty.errors import UnsupportedMessageError

HERE = "test_author.py:"


class Bare(EmbeddedChannel):
    """An embedded channel that treats what is left over, and what it cannot send, as a real one does."""

    unhandled_message = Channel.unhandled_message
    unhandled_error = Channel.unhandled_error


class Writer(ChannelHandler[Any]):
    """Writes what nobody encodes, and passes on what came."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush({"a": 1})
        ctx.fire_channel_read(msg)


class Later(ChannelHandler[Any]):
    """The same in a coroutine."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush({"a": 1})
        await ctx.fire_channel_read(msg)


class Through(ChannelHandler[Any]):
    """Stands between the writer and the network."""

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> Any:
        return ctx.write(msg, promise)


def test_the_nearest_code_that_is_not_ours_is_the_author() -> None:
    """A function, where no handler is on the stack."""
    assert author_on_stack().startswith("test_the_nearest_code_that_is_not_ours_is_the_author (")
    assert HERE in author_on_stack()


@pytest.mark.parametrize("handler", [Writer, Later])
def test_a_message_at_the_end_is_warned_of_once_with_who_passed_it_on(handler: type[Any], caplog: pytest.LogCaptureFixture) -> None:
    """For each class; what follows is told at DEBUG."""
    caplog.set_level(logging.DEBUG, "pyboot.components.netty.channel.head_tail")
    channel = Bare(handler())
    for message in (1, 2, "text"):
        channel.pipeline().fire_channel_read(message)
        channel.run_pending_tasks()

    told = [(record.levelname, record.getMessage()) for record in caplog.records if "reached the end" in record.getMessage()]
    assert ["WARNING", "DEBUG", "WARNING"] == [level for level, _ in told]
    assert f", passed on by {handler.__name__} (" in told[0][1]
    assert HERE in told[0][1]
    assert "passed on" not in told[1][1]


async def served(*handlers: ChannelHandler[Any]) -> list[Exception]:
    """The errors that come of one message, of two connections of one server, whose pipeline holds *handlers*."""
    errors: list[Exception] = []

    class Errors(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            errors.append(error)
            ctx.close()

    def fill(channel: Channel) -> None:
        channel.pipeline().add_last(*(type(handler)() for handler in handlers), Errors())

    bootstrap = ServerBootstrap().child_handler(fill)
    listening = await bootstrap.bind(("127.0.0.1", 0))
    for _ in range(2):
        reader, writer = await asyncio.open_connection(*listening.local_address()[:2])
        writer.write(b"x")
        assert b"" == await reader.read()
        writer.close()
        await writer.wait_closed()
    await bootstrap.close()
    return errors


@pytest.mark.parametrize("handler", [Writer, Later])
async def test_a_write_that_nobody_encodes_names_its_writer(handler: type[Any], caplog: pytest.LogCaptureFixture) -> None:
    """In the error, and in one warning a server for each class."""
    errors = await served(handler())

    assert [UnsupportedMessageError] * 2 == [type(error) for error in errors]
    assert all(f"written by {handler.__name__} (" in str(error) and HERE in str(error) for error in errors)
    warned = [record for record in caplog.records if "cannot write dict" in record.getMessage() and record.levelname == "WARNING"]
    assert 1 == len(warned)


async def test_the_handler_that_passed_the_write_on_last_is_named() -> None:
    """It is the one that could have encoded it."""
    errors = await served(Through(), Writer())

    assert all("written by Through (" in str(error) for error in errors)
