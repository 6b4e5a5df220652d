"""LetterQueue: letters in order, signals once, and a channel that does not read while there are too many."""

import asyncio

from pyboot.components.netty import ByteBuffer, ChannelOption
from pyboot.components.netty.channel import EmbeddedChannel
from pyboot.components.netty.channel.coroutines.letter import CallLetter, EventLetter, Letter, ReadLetter
from pyboot.components.netty.channel.coroutines.letter_queue import LetterQueue


def queue(limit: int = 4) -> tuple[LetterQueue, EmbeddedChannel]:
    """One of a channel that reads."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    return LetterQueue(channel, limit), channel


def names(letters: list[Letter]) -> list[object]:
    """What tells them apart."""
    return [letter.msg if isinstance(letter, ReadLetter) else letter.name for letter in letters]


async def test_letters_come_out_in_order_and_the_first_ahead() -> None:
    """Each once."""
    letters, _ = queue()
    letters.append(ReadLetter(b"a"))
    letters.append(ReadLetter(b"b"))
    letters.append_first(CallLetter("gone", print, ()))
    assert ["gone", b"a", b"b"] == names([letters.take() for _ in range(len(letters))])
    assert 0 == len(letters)


async def test_a_signal_waits_once_and_may_wait_again_when_it_was_taken() -> None:
    """It says that something is to be looked at, and that is looked at then."""
    letters, channel = queue()
    flip = EventLetter("channel_writability_changed", (channel.pipeline().head,))
    letters.append(flip)
    letters.append(flip)
    assert 1 == len(letters)
    letters.take()
    letters.append(flip)
    assert 1 == len(letters)


async def test_a_channel_does_not_read_from_one_letter_too_many_to_half_of_them() -> None:
    """And what waits is counted once."""
    letters, channel = queue(limit=4)
    seen = []
    for _ in range(6):
        letters.append(ReadLetter(b"ten bytes."))
        seen.append((channel.reading.full_mailboxes, channel.reading.mailed_bytes))
    assert [(0, 0)] * 4 + [(1, 50)] * 2 == seen
    seen.clear()
    for _ in range(6):
        letters.take()
        seen.append((channel.reading.full_mailboxes, channel.reading.mailed_bytes))
    assert [(1, 50)] * 3 + [(0, 0)] * 3 == seen


async def test_a_channel_does_not_read_from_too_many_bytes_to_half_of_them() -> None:
    """However few letters they are: a limit of letters alone would let a handler that is stuck hold as many of the longest messages."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    channel.set_option(ChannelOption.MAILBOX_BYTES, 100)
    letters, seen = LetterQueue(channel, 64), []
    for size in (60, 40, 1, 200):
        letters.append(ReadLetter(b"x" * size))
        seen.append((channel.reading.full_mailboxes, channel.reading.mailed_bytes))
    assert [(0, 0), (0, 0), (1, 101), (1, 101)] == seen
    seen.clear()
    for _ in range(4):
        letters.take()
        seen.append(channel.reading.full_mailboxes)
    assert [1, 1, 1, 0] == seen


async def test_a_message_that_was_changed_while_it_waited_counts_as_it_came() -> None:
    """The queue counts back what it has counted, or it would be full for ever."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    channel.set_option(ChannelOption.MAILBOX_BYTES, 100)
    letters, message = LetterQueue(channel, 64), ByteBuffer(b"x" * 101)
    letters.append(ReadLetter(message))
    assert 1 == channel.reading.full_mailboxes
    message.skip_bytes(100)
    letters.take()
    assert (0, 0) == (channel.reading.full_mailboxes, channel.reading.mailed_bytes)


async def test_without_a_limit_of_bytes_letters_count() -> None:
    """0 is any number of bytes."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    channel.set_option(ChannelOption.MAILBOX_BYTES, 0)
    letters = LetterQueue(channel, 2)
    for _ in range(3):
        letters.append(ReadLetter(b"x" * 1_000_000))
    assert (1, 3_000_000) == (channel.reading.full_mailboxes, channel.reading.mailed_bytes)
    letters.take()
    letters.take()
    assert 0 == channel.reading.full_mailboxes


async def test_what_is_lost_with_the_channel_is_taken_out_and_the_rest_keeps_its_order() -> None:
    """A signal that stays is still there once."""
    letters, channel = queue()
    head = channel.pipeline().head
    told = EventLetter("channel_event", (head, "DISCONNECTED"))
    for letter in (ReadLetter(b"a"), told, EventLetter("channel_read_complete", (head,)), CallLetter("gone", print, ())):
        letters.append(letter)
    assert [b"a", "channel_read_complete"] == names(letters.take_lost())
    letters.append(told)
    assert ["channel_event", "gone"] == names([letters.take() for _ in range(len(letters))])
