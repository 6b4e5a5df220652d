"""The beans of the cluster, and what is refused before anything is bound."""

import os
import re

import pytest

from pyboot.boot import BootError, Component
from pyboot.cluster import ClusterChannelGroup, ClusterNode, ClusterProperties
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.cluster.definitions import node_id
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.errors import GroupNameClashError, UnknownEngineError
from pyboot.netty.autoconfigure import NettyAutoConfiguration
from pyboot.testing import ContextRunner

RUNNER = ContextRunner().with_auto(NettyAutoConfiguration, ClusterAutoConfiguration)


@Component
@ClusterChannelGroup("lobby")
class Lobby:
    """Fills its group itself."""

    def __init__(self, lobby: ClusterChannelGroup, node: ClusterNode) -> None:
        self.lobby = lobby
        self.node = node


async def test_a_group_needs_no_server() -> None:
    """Whoever it is labelled on, handlers may fill it; nodes share the name of the application."""
    async with RUNNER.with_beans(Lobby).run() as context:
        lobby = context.get(Lobby)
        assert ("lobby", 0, "TestApplication") == (lobby.lobby.name, len(lobby.lobby), lobby.node.application)
        assert lobby.node.is_up
    LocalHub.use("pb:TestApplication:", None)


async def test_settings_are_those_of_the_cluster() -> None:
    """A slip is refused."""
    async with RUNNER.with_property("cluster.lease", "20s").with_property("cluster.prefix", "mine").run() as context:
        assert 20 == context.get(ClusterProperties).lease.total_seconds()
    LocalHub.use("mine", None)
    with pytest.raises(BootError, match=r"cluster\.leese"):
        RUNNER.with_property("cluster.leese", "20s").prepare()


def test_an_engine_that_is_not_there_is_refused() -> None:
    """With the names of those that are."""
    with pytest.raises(UnknownEngineError, match=r"cluster\.engine is 'lokal'.*Installed are: local"):
        RUNNER.with_property("cluster.engine", "lokal").prepare()


def test_two_groups_of_one_name_are_refused() -> None:
    """Also where settings would spell them alike."""

    @Component
    @ClusterChannelGroup("LOBBY")
    class Other: ...

    with pytest.raises(GroupNameClashError, match="There are two cluster channel groups 'LOBBY': of Lobby and of Other"):
        RUNNER.with_beans(Lobby, Other).prepare()


def test_a_group_has_a_name() -> None:
    """It cannot be left out."""

    @Component
    @ClusterChannelGroup("")
    class Nameless: ...

    with pytest.raises(BootError, match="it takes the name of the group, not ''"):
        RUNNER.with_beans(Nameless).prepare()


def test_an_id_is_of_one_start_alone() -> None:
    """With what a reader of a log looks for in front."""
    assert re.fullmatch(rf"chat-[\w.]+-{os.getpid()}-[0-9a-f]{{8}}", node_id("chat"))
    assert node_id("chat") != node_id("chat")
