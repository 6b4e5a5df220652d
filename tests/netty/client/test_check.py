"""The check of the pipelines of clients, of an application that is only looked at."""

import sys

from pyboot.boot import PyBootApplication, prepare
from pyboot.boot.config.load import Given
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyClient
from pyboot.netty.check import checked
from pyboot.netty.client.check import client_problems


@PyBootApplication(scan=(sys.modules[__name__],))
class App: ...


@NettyClient(host="127.0.0.1", port=9)
class FeedClient:
    pipeline = ["line"]


@ChannelHandlerBean(client="feed")
class Prices(ChannelHandler[str]):
    """Takes text, and lines give buffers."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


def test_the_pipelines_of_clients_are_checked_like_those_of_servers() -> None:
    """With the client as the owner; nothing is connected and no bean is made."""
    found = checked(prepare(App))

    assert ["feed"] == [plan.name for plan in found.clients]
    (problem,) = found.problems
    assert "the client 'feed'" == problem.pipeline
    assert "Prices (" in problem.text
    assert "Insert 'string' in front of Prices" in problem.remedy


def test_settings_count_and_a_client_may_only_write() -> None:
    """Nobody has to take what comes."""
    found = checked(prepare(App, Given(arguments=["--netty.clients.feed.pipeline=line,string"])))

    assert [] == found.problems


def test_instances_of_one_kind_are_told_once() -> None:
    """They have one pipeline."""
    (plan,) = checked(prepare(App)).clients
    instances = [plan._replace(name=f"feed.{key}") for key in ("a", "b")]

    assert ["the client 'feed'"] == [problem.pipeline for problem in client_problems(instances)]
