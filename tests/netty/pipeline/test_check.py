"""The check of a pipeline: who gives what to whom. The table of mistakes is tests/netty/test_semantics_mistakes.py."""

import time
from typing import Any

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, DatagramPacket, DatagramPacketDecoder, StringDecoder
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.pipeline.check import check_pipeline
from pyboot.netty.pipeline.kinds import Kind
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean, Step, pipeline_steps

DATAGRAMS = Kind((DatagramPacket,))


class Text(ChannelHandler[str]):
    """Takes text."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


class Packets(ChannelHandler[DatagramPacket]):
    """Answers datagrams."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        ctx.write_and_flush(msg)


class Whatever(ChannelHandler):
    """Says nothing."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg)
        ctx.write(msg)


def steps(*entries: object) -> list[Step]:
    """The steps of a pipeline."""
    beans = [HandlerBean(ChannelHandlerBean(), entry, entry) for entry in entries if isinstance(entry, type)]
    return pipeline_steps("the server 'echo'", list(entries), beans, CodecRegistry())


def test_datagrams_come_from_a_network_that_gives_them() -> None:
    """And go out to it."""
    assert [] == check_pipeline("the server 'echo'", steps(Packets), DATAGRAMS)
    assert [] == check_pipeline("the server 'echo'", steps(lambda: DatagramPacketDecoder(StringDecoder()), Text), DATAGRAMS)
    assert "the network in front of it gives ByteBuffer" in check_pipeline("the server 'echo'", steps(Packets))[0].text


def test_what_passes_unchanged_is_still_known_behind() -> None:
    """A handler that fires what came hides nothing."""
    (problem,) = check_pipeline("the server 'echo'", steps("line", Whatever, Text))

    assert "Text (" in problem.text
    assert "'line' (LineBasedFrameDecoder) in front of it gives ByteBuffer" in problem.text


def test_behind_a_mistake_nothing_follows_from_it() -> None:
    """One cause, one entry."""
    assert 1 == len(check_pipeline("the server 'echo'", steps("string", "line", Text, Text)))


def test_a_client_may_only_write() -> None:
    """Nobody waits for its answers."""
    assert [] == check_pipeline("the client 'feed'", steps("line", "string"), answers=False)
    assert 1 == len(check_pipeline("the server 'echo'", steps("line", "string")))


def test_an_empty_pipeline_is_told_elsewhere() -> None:
    """By what it lacks."""
    assert [] == check_pipeline("the server 'echo'", [])


def test_many_pipelines_are_checked_quickly() -> None:
    """A class is read once, however many pipelines it stands in: ten servers take less than twice what one does, and some for each."""
    pipeline = steps("line", "string", Whatever, Text)
    began = time.process_time()
    check_pipeline("the server 'echo'", pipeline)
    first = time.process_time() - began
    began = time.process_time()
    for _ in range(10):
        check_pipeline("the server 'echo'", pipeline)

    assert time.process_time() - began < max(20 * first, 0.5)
