"""The decorators of the bridge."""

import pytest

from pyboot.boot.model.label import labels
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import Stereotype
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.netty.annotations import ChannelHandlerBean, ChannelHandlerBeanLabel, NettyServer, NettyServerLabel, kebab_case


class Plain:
    """Nothing but a class."""


def test_a_decorator_returns_the_class_itself() -> None:
    """What was labelled stays plain Python."""
    assert Plain is NettyServer(port=1)(Plain)
    assert Plain is ChannelHandlerBean()(Plain)


def test_a_labelled_class_is_a_component() -> None:
    """The scan finds servers and handlers as it finds services."""

    @NettyServer(port=1)
    class EchoServer: ...

    assert ["component"] == [entry.role for entry in labels(EchoServer, Stereotype)]


def test_both_decorators_work_bare() -> None:
    """What stands in the parentheses are defaults anyway."""

    @NettyServer
    class EchoServer: ...

    @ChannelHandlerBean
    class EchoHandler: ...

    assert [NettyServerLabel()] == list(labels(EchoServer, NettyServerLabel))
    assert [ChannelHandlerBeanLabel()] == list(labels(EchoHandler, ChannelHandlerBeanLabel))
    assert [Scope(Scope.PROTOTYPE)] == list(labels(EchoHandler, Scope))


def test_a_handler_is_made_anew_for_each_connection() -> None:
    """Its scope is prototype, so that it may keep the state of its connection."""

    @ChannelHandlerBean(order=1)
    class EchoHandler: ...

    assert [Scope(Scope.PROTOTYPE)] == list(labels(EchoHandler, Scope))


def test_a_sharable_handler_is_a_singleton() -> None:
    """Nothing is said of its scope, which means one for the application, and pipelines may share it."""

    @ChannelHandlerBean(sharable=True)
    class Counter(ChannelHandler[object]): ...

    assert [] == list(labels(Counter, Scope))
    assert Counter.sharable


@pytest.mark.parametrize(
    ("class_name", "expected"),
    [
        ("EchoServer", "echo"),
        ("GameLobbyServer", "game-lobby"),
        ("HTTPGateway", "http-gateway"),
        ("Server", "server"),
        ("Mqtt5Server", "mqtt5"),
    ],
)
def test_a_server_is_named_by_its_class(class_name: str, expected: str) -> None:
    """The class name without Server, in kebab-case."""
    assert expected == NettyServer(port=1).name_for(type(class_name, (), {}))


def test_a_given_name_wins() -> None:
    """`name=` is what settings and `server=` use."""
    assert "public" == NettyServer(port=1, name="public").name_for(Plain)


def test_kebab_case_of_a_plain_word() -> None:
    """A single word only becomes lower case."""
    assert "echo" == kebab_case("Echo")
