"""The check of an application's pipelines, in the start and without one."""

import logging
import sys
from typing import Any

import pytest

from pyboot.boot import PyBootApplication, prepare
from pyboot.boot.config.load import Given
from pyboot.boot.diagnostics.analysis import FailureAnalysis
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, Codec, NettyServer
from pyboot.netty.check import Checked, checked, refuse
from pyboot.netty.errors import PipelineCheckError, UnknownCodecError
from pyboot.netty.failures import ANALYZERS
from pyboot.netty.pipeline.problem import Problem
from pyboot.netty.refusals import Refusals
from pyboot.testing import running

from pyboot.boot.errors import LifecycleError  # isort: skip


@PyBootApplication(scan=(sys.modules[__name__],))
class App: ...


@Codec("capitals")
class Capitals(ChannelHandler[str]):
    """A codec of the application."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> Any:
        return ctx.fire_channel_read(msg.upper())


@NettyServer(port=0)
class EchoServer:
    pipeline = ["line", "capitals"]


@NettyServer(port=0)
class QuietServer:
    pipelines = ["line", "string"]
    pipeline = ["line", "string"]


@ChannelHandlerBean(server="echo", sharable=True)
class Counting(ChannelHandler[str]):
    """Two mistakes."""

    def channelRead(self, ctx: ChannelHandlerContext, msg: str) -> None: ...

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx


class Forgotten(ChannelHandler[str]):
    """Is not labelled."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


def nothing_else() -> Checked:
    """The others, of which there are none."""
    return Checked([], [], [], [])


EXPECTED = [
    "Capitals",  # takes text of lines
    "channelRead",
    "self.ctx",
    "swallows everything",
    "Forgotten",
]


def looked_at(*arguments: str) -> Checked:
    """The application under the settings of a command line."""
    return checked(prepare(App, Given(arguments=arguments)))


def test_an_application_is_checked_without_a_bean() -> None:
    """For commands that look into it: every server is planned and every mistake is told."""
    found = looked_at()

    assert {"echo": "line -> capitals -> Counting", "quiet": "line -> string"} == {plan.name: str(plan) for plan in found.servers}
    assert [] == [word for word in EXPECTED if not any(word in problem.text for problem in found.problems)]
    assert ["the server 'echo'", "the server 'quiet'"] == sorted({problem.pipeline for problem in found.problems})
    assert [] == found.clients


def test_settings_count_in_the_check() -> None:
    """The pipeline that would be there is checked."""
    found = looked_at("--netty.servers.echo.pipeline=line,string,capitals")

    assert "line -> string -> capitals -> Counting" == str(next(plan for plan in found.servers if plan.name == "echo"))
    assert not any("Capitals" in problem.text for problem in found.problems)


def test_what_is_no_server_at_all_is_refused_as_in_a_start() -> None:
    """With the error of its own; the other server is looked at all the same."""
    found = looked_at("--netty.servers.echo.pipeline=lines")

    (error,) = found.errors
    assert isinstance(error, UnknownCodecError)
    assert "'lines' (in the pipeline of the server 'echo')" in str(error)
    assert ["quiet"] == [plan.name for plan in found.servers]
    assert any("swallows everything" in problem.text for problem in found.problems)


async def test_a_start_tells_everything_at_once_and_binds_nothing() -> None:
    """One report for all pipelines, by pipeline."""
    with pytest.raises(LifecycleError) as failed:
        async with running(App):
            pass

    error = failed.value.__cause__
    assert isinstance(error, PipelineCheckError)
    assert [] == [word for word in EXPECTED if word not in str(error)]
    assert 2 == str(error).count("cannot work:")
    assert isinstance(ANALYZERS[PipelineCheckError.__mro__[1]](error), FailureAnalysis)


def test_what_may_be_meant_is_only_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    """A start is refused for what is certain."""
    maybe, surely = (
        Problem("the server 'echo'", f"It is {word}.", "Do.", is_fatal=fatal) for word, fatal in (("odd", False), ("wrong", True))
    )

    with caplog.at_level(logging.WARNING):
        refuse([maybe], Refusals(), nothing_else)
    assert ["the server 'echo': It is odd. Do."] == caplog.messages

    with pytest.raises(PipelineCheckError) as refused:
        refuse([maybe, surely], Refusals(), nothing_else)
    assert str(refused.value).index("wrong") < str(refused.value).index("odd")


def test_nothing_wrong_is_nothing_said(caplog: pytest.LogCaptureFixture) -> None:
    """Not a word."""
    refuse([], Refusals(), nothing_else)

    assert [] == caplog.messages


async def test_a_pipeline_under_another_name_is_told_where_there_is_nothing_else() -> None:
    """A server without any pipeline is refused with the reason."""

    @NettyServer(port=0)
    class OtherServer:
        pipelines = ["line", "string"]

    @PyBootApplication(scan=())
    class OtherApp: ...

    from pyboot.boot import Import

    with pytest.raises(LifecycleError) as failed:
        async with running(Import(OtherServer)(OtherApp)):
            pass

    assert "OtherServer.pipelines" in str(failed.value.__cause__)
    assert "Rename it: pipeline = ['line', 'string']." in str(failed.value.__cause__)
