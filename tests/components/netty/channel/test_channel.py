"""Channel: what its users see and set."""

import asyncio
import threading
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.life.budget import TURN_BYTES, TURN_CALLS
from pyboot.components.netty.option import ChannelOption, WriteBufferWaterMark
from tests.components.netty.suspending import embedded


def test_a_channel_tells_its_state() -> None:
    """From active to closed."""
    channel = EmbeddedChannel()
    assert (True, True, True, True) == (channel.is_open, channel.is_active, channel.is_registered, channel.is_writable)
    channel.close()
    assert (False, False, False) == (channel.is_open, channel.is_active, channel.is_registered)


def test_a_channel_shows_its_ends_and_its_state() -> None:
    """A link between them while it is active, a break otherwise."""
    channel = EmbeddedChannel()
    assert f"<EmbeddedChannel {channel.id} embedded - embedded active>" == repr(channel)
    channel.close()
    assert f"<EmbeddedChannel {channel.id} embedded ! embedded closed>" == repr(channel)


def test_every_channel_has_an_id_of_its_own() -> None:
    """Eight hexadecimal digits."""
    first, second = EmbeddedChannel(), EmbeddedChannel()
    assert first.id != second.id
    assert 8 == len(first.id) == len(f"{int(first.id, 16):08x}")


def test_attributes_belong_to_one_channel() -> None:
    """Handlers keep there what others shall find."""
    first, second = EmbeddedChannel(), EmbeddedChannel()
    first.attributes["user"] = "ann"
    assert ("ann", {}) == (first.attributes["user"], second.attributes)


def test_switching_auto_read_off_and_on_stops_and_starts_reading() -> None:
    """On asks for a read; the same again does nothing (netty-map 1.2)."""
    channel = EmbeddedChannel()
    channel.auto_read = False
    assert (False, False) == (channel.is_reading, channel.auto_read)
    channel.auto_read = False
    reads = channel.reads
    channel.auto_read = True
    channel.auto_read = True
    assert (True, reads + 1) == (channel.is_reading, channel.reads)


def test_auto_read_of_one_channel_is_not_that_of_its_servers_others() -> None:
    """The rules they share are copied by the first change."""
    config = ChannelConfig()
    first, second = EmbeddedChannel(config=config), EmbeddedChannel(config=config)
    first.auto_read = False
    assert (False, True, True) == (first.auto_read, second.auto_read, config.auto_read)


def test_options_are_set_for_one_channel_and_read_back() -> None:
    """A rule of the framework."""
    config = ChannelConfig()
    channel = EmbeddedChannel(config=config)
    assert channel.set_option(ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(1, 2))
    assert (1, 2) == channel.get_option(ChannelOption.WRITE_BUFFER_WATER_MARK)
    assert 65536 == config.high_water_mark


def test_auto_read_set_as_an_option_takes_effect() -> None:
    """As the property does, and refuses what the property would."""
    channel = EmbeddedChannel()
    channel.set_option(ChannelOption.AUTO_READ, False)
    assert not channel.is_reading
    with pytest.raises(ValueError, match="AUTO_READ"):
        channel.set_option(ChannelOption.AUTO_READ, "false")


def test_a_socket_option_without_a_socket_is_not_there() -> None:
    """Setting tells so, reading gives None."""
    channel = EmbeddedChannel()
    assert not channel.set_option(ChannelOption.TCP_NODELAY, True)
    assert channel.get_option(ChannelOption.TCP_NODELAY) is None


def test_buffers_come_from_the_channels_allocator() -> None:
    """Whichever that is."""
    channel = EmbeddedChannel()
    buffer = channel.allocate_bytebuffer(16)
    assert buffer.capacity() >= 16 if callable(buffer.capacity) else buffer.capacity >= 16
    buffer.release()
    assert channel.config.allocator is channel.allocator


def test_operations_start_at_the_tail() -> None:
    """All handlers see them."""
    log: list[str] = []

    class Notes(ChannelHandler[Any]):
        def flush(self, ctx: ChannelHandlerContext) -> None:
            log.append("flush")
            ctx.flush()

        def read(self, ctx: ChannelHandlerContext) -> None:
            log.append("read")
            ctx.read()

    channel = EmbeddedChannel(ChannelHandler(), Notes())
    log.clear()
    channel.write_and_flush(b"a")
    channel.read()
    assert ["flush", "read"] == log


def test_an_embedded_channel_is_always_in_its_loop() -> None:
    """It runs wherever the test does."""
    assert EmbeddedChannel().in_event_loop()


async def test_reading_is_switched_off_from_another_thread_on_the_channels_loop() -> None:
    """A transport must not be touched from anywhere else."""
    threads: list[int] = []

    class Tells(EmbeddedChannel):
        def set_reading(self, wanted: bool) -> None:
            threads.append(threading.get_ident())
            super().set_reading(wanted)

    channel = Tells(loop=asyncio.get_running_loop())
    threads.clear()
    await asyncio.to_thread(setattr, channel, "auto_read", False)
    await asyncio.sleep(0)
    assert [threading.get_ident()] == threads
    assert not channel.is_reading
    channel.finish()


# Turns.


async def test_a_turn_has_so_many_calls() -> None:
    """The last of them says that the loop is to have its turn; with it everything begins anew."""
    channel = embedded()
    for _ in range(2):
        channel.begin_turn()
        assert [True] * (TURN_CALLS - 1) + [False] == [channel.may_go_on() for _ in range(TURN_CALLS)]
    channel.finish()


async def test_a_turn_has_so_many_bytes() -> None:
    """What was handed to the network counts; a read begins anew."""
    channel = embedded()
    channel.write_outbound(bytes(TURN_BYTES))
    assert not channel.may_go_on()
    channel.receive(b"")
    assert channel.may_go_on()
    channel.finish()
