"""Labels and settings to plans, without a container and without a socket."""

from typing import Any

import pytest

from pyboot.boot import ScopeStore
from pyboot.components.netty import ChannelHandler, ChannelOption, EmbeddedChannel, UnpooledByteBufferAllocator
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.assembly import ServerPlan, _entries, _in_effect, plan_servers
from pyboot.netty.errors import (
    AssemblyError,
    BadPortError,
    EmptyPipelineError,
    NotAHandlerError,
    PipelineEntryError,
    ServerNameClashError,
    UnclearServerError,
    UnknownServerError,
)
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean
from pyboot.netty.properties import NettyProperties, ServerProperties
from pyboot.netty.specs import ServerBean

ALLOCATORS = NettyAllocators(UnpooledByteBufferAllocator.DEFAULT)


class EchoServer:
    """A server class."""


class ChatServer:
    """Another one."""


class First(ChannelHandler[Any]):
    """A handler."""


class Second(ChannelHandler[Any]):
    """Another one."""


class Shared(ChannelHandler[Any]):
    """One for all."""

    sharable = True


class Demanding(ChannelHandler[Any]):
    """Cannot be made without an argument."""

    def __init__(self, needed: str) -> None:
        """Take what is needed."""
        self.needed = needed


def server(target: type = EchoServer, pipeline: tuple[object, ...] = (), **label: Any) -> ServerBean:
    """A server bean as the container hands it over."""
    return ServerBean(NettyServer(**label), target, pipeline)


def handler(target: type[Any], **label: Any) -> HandlerBean:
    """A handler bean whose factory calls the class."""
    return HandlerBean(ChannelHandlerBean(**label), target, lambda store: target())


def plan(beans: list[ServerBean], handlers: list[HandlerBean] | None = None, /, **netty: Any) -> list[ServerPlan]:
    """The plans under the settings *netty*."""
    return plan_servers(beans, handlers or [], NettyProperties.model_validate(netty), CodecRegistry(), ALLOCATORS)


def only(*arguments: Any, **netty: Any) -> ServerPlan:
    """The plan of the only server."""
    (planned,) = plan(*arguments, **netty)
    return planned


def test_codecs_stand_in_front_of_the_handlers() -> None:
    """From the network inwards: bytes, frames, text, handlers."""
    assert "line -> string -> First" == str(only([server(pipeline=("line", "string"))], [handler(First)]))


def test_handlers_stand_by_order_and_then_by_name() -> None:
    """The order of definition says nothing."""
    handlers = [handler(Second), handler(First), handler(Shared, order=-1)]

    assert "Shared -> First -> Second" == str(only([server()], handlers))


def test_each_connection_gets_handlers_of_its_own() -> None:
    """What a plan makes for one channel is in no other."""
    planned = only([server(pipeline=("line",))], [handler(First)])
    one, two = EmbeddedChannel(), EmbeddedChannel()

    planned.pipeline.assemble(one, ScopeStore())
    planned.pipeline.assemble(two, ScopeStore())

    assert ["LineBasedFrameDecoder#0", "First#0"] == one.pipeline().names()
    assert one.pipeline().get("First#0") is not two.pipeline().get("First#0")


def test_an_object_is_shared_by_all_connections() -> None:
    """A sharable handler that stands in the pipeline itself."""
    shared = Shared()
    planned = only([server(pipeline=(shared,))])
    one, two = EmbeddedChannel(), EmbeddedChannel()

    planned.pipeline.assemble(one, ScopeStore())
    planned.pipeline.assemble(two, ScopeStore())

    assert one.pipeline().get("Shared#0") is two.pipeline().get("Shared#0") is shared


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("line", "line"),
        ({"line": {"max-length": "1KiB"}}, "line"),
        ({"string": None}, "string"),
        (First, "First"),
        (lambda: Second(), "Second"),
        (Shared(), "Shared"),
    ],
    ids=["name", "options", "no options", "class", "function", "object"],
)
def test_what_a_pipeline_may_hold(entry: object, expected: str) -> None:
    """Codecs by name, with options or as objects; handlers as classes, functions or sharable objects."""
    assert expected == str(only([server(pipeline=(entry,))]))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (First(), "all connections would share it"),
        (Demanding, "calling it without arguments failed"),
        (dict, "it makes a dict"),
        ({"line": None, "string": None}, "one name and its options"),
        (17, "neither a codec nor a handler"),
    ],
    ids=["object", "arguments", "no handler", "two names", "number"],
)
def test_what_a_pipeline_may_not_hold(entry: object, reason: str) -> None:
    """Found before anything is bound."""
    with pytest.raises(PipelineEntryError, match=reason):
        plan([server(pipeline=(entry,))])


def test_a_pipeline_is_a_list() -> None:
    """A text would be taken letter by letter."""
    with pytest.raises(PipelineEntryError, match=r"write \['line'\]"):
        plan([server(pipeline="line")])


def test_what_is_said_to_be_sharable_must_be() -> None:
    """A label on a @Bean method does not change the class that it makes."""
    with pytest.raises(PipelineEntryError, match="its class is not sharable"):
        plan([server()], [handler(First, sharable=True)])


def test_settings_win_over_the_decorator() -> None:
    """Host, port and pipeline."""
    settings = {"echo": {"host": "0.0.0.0", "port": 9001, "pipeline": ["string"]}}

    planned = only([server(port=9000, pipeline=("line",))], servers=settings)

    assert (("0.0.0.0", 9001), "string") == (planned.listeners[0].place, str(planned))


def test_http2_is_an_option_of_http() -> None:
    """Below the server, beside its other options of HTTP."""
    settings = {"port": 9001, "http2": {"enabled": True}, "http": {"max-headers": "20KiB"}}
    effective = _in_effect(server(port=9000), ServerProperties.model_validate(settings))

    assert [{"http-server": {"max-headers": "20KiB", "http2": {"enabled": True}}}] == _entries(server(port=9000), effective)


def test_the_decorator_gives_the_defaults() -> None:
    """And its own default host offers nothing to the network."""
    planned = only([server(port=9000, pipeline=("line",))])

    assert ("echo", ("127.0.0.1", 9000)) == (planned.name, planned.listeners[0].place)


def test_the_short_form_of_the_port_wins_over_everything() -> None:
    """`--port` is said on the command line, or by a test."""
    assert 0 == only([server(port=9000, pipeline=("line",))], port=0, servers={"echo": {"port": 9001}}).listeners[0].place[1]


def test_a_free_port_may_be_asked_for_every_server() -> None:
    """Tests start applications with several servers."""
    servers = [server(port=1, pipeline=("line",)), server(ChatServer, port=2, pipeline=("line",))]

    assert [0, 0] == [planned.listeners[0].place[1] for planned in plan(servers, port=0)]


def test_settings_become_options() -> None:
    """Of the listening socket and of each connection."""
    planned = only([server(pipeline=("line",))], servers={"echo": {"backlog": 7, "close_timeout": "9s"}})

    assert 7 == planned.options[ChannelOption.SO_BACKLOG]
    assert 9 == planned.listeners[0].child_options[ChannelOption.CLOSE_TIMEOUT]


@pytest.mark.parametrize("kind", ["reader", "writer", "all"])
def test_silent_peers_are_watched_where_the_network_is(kind: str) -> None:
    """Before the codecs, which may hold back what was read."""
    planned = only([server(pipeline=("line",))], servers={"echo": {"idle": {kind: "5m"}}})

    assert "idle -> line" == str(planned)


def test_the_watch_for_silent_peers_serves_nobody() -> None:
    """A server that has nothing else in its pipeline is refused as before."""
    with pytest.raises(EmptyPipelineError):
        plan([server()], servers={"echo": {"idle": {"all": "5m"}}})


def test_a_handler_says_which_server_it_belongs_to() -> None:
    """Where there are two."""
    handlers = [handler(First, server="echo"), handler(Second, server="chat")]

    assert ["First", "Second"] == [str(planned) for planned in plan([server(), server(ChatServer)], handlers)]


@pytest.mark.parametrize(
    ("error", "servers", "handlers", "settings"),
    [
        (UnclearServerError, [server(), server(ChatServer)], [handler(First)], {}),
        (UnknownServerError, [server()], [handler(First, server="chat")], {}),
        (UnknownServerError, [], [handler(First)], {}),
        (UnknownServerError, [server(pipeline=("line",))], [], {"servers": {"ehco": {"port": 1}}}),
        (UnclearServerError, [server(pipeline=("line",)), server(ChatServer, ("line",))], [], {"port": 9000}),
        (ServerNameClashError, [server(), server(ChatServer, name="echo")], [], {}),
        (NotAHandlerError, [server()], [handler(EchoServer)], {}),
        (EmptyPipelineError, [server()], [], {}),
        (BadPortError, [server(port=70000, pipeline=("line",))], [], {}),
    ],
    ids=[
        "no server said",
        "no such server",
        "no server at all",
        "settings of no server",
        "one port for two servers",
        "one name twice",
        "no handler",
        "nothing in it",
        "no port",
    ],
)
def test_what_does_not_fit_together_is_refused_with_what_to_do(
    error: type[AssemblyError], servers: list[ServerBean], handlers: list[HandlerBean], settings: dict[str, Any]
) -> None:
    """Each refusal tells what was seen and what to do."""
    with pytest.raises(error) as refused:
        plan(servers, handlers, **settings)

    assert str(refused.value)
    assert refused.value.action
