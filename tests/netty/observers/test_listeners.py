"""Methods of beans that hear of channels, over loopback."""

import asyncio
import logging
import threading
from typing import Any

import pytest

from pyboot.boot import Async, Bean, Component, Configuration, Import, Lazy, PyBootApplication, Scope
from pyboot.boot.errors import BootError, DefinitionError, LifecycleError
from pyboot.netty import (
    Channel,
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    NettyClient,
    NettyServer,
    NettyServers,
    OnChannelActive,
    OnChannelInactive,
    OnException,
    OnUserEvent,
)
from pyboot.testing import connect, running


class Heard:
    """What was heard, in order, and the wait for the end of it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.all: list[str] = []
        self.over = asyncio.Event()


@NettyServer(port=0)
class EchoServer:
    """A server of lines."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(server="echo")
class Echo(ChannelHandler[str]):
    """Hides that the connection is active, keeps one event, and does not handle errors."""

    def __init__(self, heard: Heard) -> None:
        """Take where it notes that it was called."""
        self.heard = heard

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Not passed on."""
        self.heard.all.append("handler active")

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """``fail``, an event of the kind that is said, or the line again."""
        if msg == "fail":
            raise LookupError("no such line")
        if msg in ("int", "str", "kept"):
            ctx.pipeline.fire_user_event_triggered({"int": 7, "str": "seven", "kept": 1.5}[msg])
        ctx.write_and_flush(f"{msg}\n")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Keep numbers with a fraction."""
        if not isinstance(event, float):
            ctx.fire_user_event_triggered(event)


@Component
class Plain:
    """Hears by plain methods."""

    def __init__(self, heard: Heard) -> None:
        """Take where it notes."""
        self.heard = heard

    @OnChannelActive
    def began(self, channel: Channel) -> None:
        """Note it."""
        self.heard.all.append(f"active {channel.is_active}")

    @OnUserEvent(int, float)
    def number(self, channel: Channel, event: float) -> None:
        """Note it."""
        self.heard.all.append(f"number {event}")

    @OnUserEvent(str | bytes, server="echo")
    def text(self, channel: Channel, event: object) -> None:
        """Note it."""
        self.heard.all.append(f"text {event}")

    @OnException()
    def failed(self, channel: Channel, error: Exception) -> None:
        """Note it."""
        self.heard.all.append(f"error {error}")

    @OnChannelInactive(server="echo")
    def ended(self, channel: Channel) -> None:
        """Note it."""
        self.heard.all.append("inactive")
        self.heard.over.set()


@Component
class Awaited:
    """Hears by coroutine functions."""

    def __init__(self, heard: Heard) -> None:
        """Take where it notes."""
        self.heard = heard

    @OnChannelActive
    async def began(self, channel: Channel) -> None:
        """Note begin and end."""
        self.heard.all.append("active ...")
        await asyncio.sleep(0)
        self.heard.all.append("... active")

    @OnUserEvent(int)
    async def number(self, channel: Channel, event: int) -> None:
        """Note begin and end."""
        self.heard.all.append(f"number {event} ...")
        await asyncio.sleep(0)
        self.heard.all.append("... number")

    @OnException
    async def failed(self, channel: Channel, error: Exception) -> None:
        """Note begin and end."""
        self.heard.all.append("error ...")
        await asyncio.sleep(0)
        self.heard.all.append("... error")

    @OnChannelInactive
    async def ended(self, channel: Channel) -> None:
        """Note begin and end."""
        self.heard.all.append("inactive ...")
        await asyncio.sleep(0)
        self.heard.all.append("... inactive")
        self.heard.over.set()


def application(*beans: type) -> type:
    """An application of the server, its handler, and *beans*."""

    @Import(EchoServer, Echo, Component(Heard), *beans)
    @PyBootApplication(scan=())
    class App:
        """It."""

    return App


async def talk(app: type) -> list[str]:
    """Say lines on one connection of *app* until it is over, and return what was heard."""
    async with running(app) as context:
        heard: Heard = context.get(Heard)
        async with connect(context, "echo") as (reader, writer):
            for line in (b"int\n", b"str\n", b"kept\n"):
                writer.write(line)
                assert line == await reader.readline()
            writer.write(b"fail\n")
            assert b"" == await reader.read()  # closed, as without listeners
        await heard.over.wait()
    return heard.all


async def test_plain_methods_hear_of_channels() -> None:
    """Begin and end before the handlers, whatever these hide; of events and errors what no handler kept, by type."""
    expected = ["active True", "handler active", "number 7", "text seven", "error no such line", "inactive"]

    assert expected == await talk(application(Plain))


async def test_methods_are_called_on_the_loop_of_the_channel() -> None:
    """In the thread of a worker where the server has some; begin and end in order."""
    heard: list[str] = []

    @Component
    class Threads:
        @OnChannelActive
        async def began(self, channel: Channel) -> None:
            heard.append(f"{threading.current_thread().name} {channel.in_event_loop()}")

        @OnChannelInactive
        def ended(self, channel: Channel) -> None:
            heard.append(f"end {channel.in_event_loop()}")

    async with running(application(Threads), properties={"netty.worker.threads": 1}) as context, connect(context) as (reader, writer):
        writer.write(b"x\n")
        assert b"x\n" == await reader.readline()

    assert ["netty-worker-0 True", "end True"] == heard


async def test_coroutine_methods_are_awaited_in_order() -> None:
    """What comes next for the channel waits for them."""
    expected = ["active ...", "... active", "handler active", "number 7 ...", "... number", "error ...", "... error"]

    assert [*expected, "inactive ...", "... inactive"] == await talk(application(Awaited))


async def test_a_pipeline_has_steps_for_what_is_heard_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    """None without listeners; only the first one where nobody hears events."""

    @Component
    class Begins:
        @OnChannelActive
        def began(self, channel: Channel) -> None: ...

    caplog.set_level(logging.INFO, "pyboot.netty")
    for beans in ((), (Begins,)):
        async with running(application(*beans)):
            pass
    told = [record.getMessage() for record in caplog.records if "pipeline of the server" in record.getMessage()]
    assert "pipeline of the server 'echo': line -> string -> Echo" == told[0]
    assert told[1].startswith("pipeline of the server 'echo': listeners ")
    assert told[1].endswith("Begins.began -> line -> string -> Echo")


async def test_errors_are_heard_by_type() -> None:
    """Of one type, of several, of a union, and of what derives from them; plain and coroutine."""

    @Component
    class Choosy:
        def __init__(self, heard: Heard) -> None:
            self.heard = heard

        @OnException(LookupError, server="echo")
        def lookup(self, channel: Channel, error: Exception) -> None:
            self.heard.all.append("lookup")

        @OnException(TimeoutError)
        @OnException(KeyError, ValueError)
        async def never(self, channel: Channel, error: Exception) -> None:
            self.heard.all.append("never")

        @OnException(LookupError | ValueError)
        async def either(self, channel: Channel, error: Exception) -> None:
            self.heard.all.append("either")

    assert {"lookup", "either"} == {each for each in await talk(application(Choosy, Plain)) if each in ("lookup", "never", "either")}


async def test_what_a_listener_raises_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Neither for those behind it nor for the connection; plain and coroutine."""

    @Component
    class Broken:
        @OnChannelActive
        def began(self, channel: Channel) -> None:
            raise ValueError("broken at the beginning")

        @OnUserEvent(int)
        async def number(self, channel: Channel, event: int) -> None:
            raise ValueError("broken at a number")

        @OnException
        def failed(self, channel: Channel, error: Exception) -> None:
            raise ValueError("broken at an error")

    expected = ["active True", "handler active", "number 7", "text seven", "error no such line", "inactive"]
    assert expected == await talk(application(Broken, Plain))
    for name, text in [("began", "broken at the beginning"), ("number", "broken at a number"), ("failed", "broken at an error")]:
        (told,) = [record for record in caplog.records if f"Broken.{name} raised" in record.getMessage()]
        assert told.exc_info is not None
        assert text == str(told.exc_info[1])


async def test_any_bean_may_listen() -> None:
    """One that nobody asks for and that is lazy, one that a function promises by a base, one whose method is @Async, a server."""
    heard: list[str] = []

    @Lazy
    @Component
    class Idle:
        @OnChannelActive
        def began(self, channel: Channel) -> None:
            heard.append("lazy")

    class Base: ...

    class Sub(Base):
        @OnChannelActive
        def began(self, channel: Channel) -> None:
            heard.append("made")

    @Configuration
    class Making:
        @Bean
        def base(self) -> Base:
            return Sub()

    @Component
    class Background:
        @Async
        @OnChannelActive
        async def began(self, channel: Channel) -> None:
            heard.append("background")

    async with running(application(Idle, Making, Background)) as context, connect(context, "echo") as (reader, writer):
        writer.write(b"x\n")
        assert b"x\n" == await reader.readline()

    assert ["background", "lazy", "made"] == sorted(heard)


async def test_a_lazy_bean_that_is_made_asynchronously_may_listen() -> None:
    """It, or one that it needs, is made before the first channel, since nobody could wait for it then."""
    heard: list[str] = []

    class Slow:
        @OnChannelActive(server="echo")
        def accepted(self, channel: Channel) -> None:
            heard.append("accepted")

        @OnChannelActive(client="up")
        async def opened(self, channel: Channel) -> None:
            heard.append("opened")

    class Needed: ...

    @Lazy
    @Component
    class Needy:
        def __init__(self, needed: Needed) -> None: ...

        @OnChannelActive(server="echo")
        def accepted(self, channel: Channel) -> None:
            heard.append("needy")

    @Configuration
    class Making:
        @Bean
        @Lazy
        async def slow(self) -> Slow:
            await asyncio.sleep(0)
            heard.append("made")
            return Slow()

        @Bean
        @Lazy
        async def needed(self) -> Needed:
            await asyncio.sleep(0)
            return Needed()

    client = {"netty.clients.up.pipeline[0]": "string", "netty.clients.up.lazy": "true", "netty.clients.up.host": "127.0.0.1"}
    app = application(Making, Needy)
    async with running(app, properties={**client, "netty.clients.up.port": 9}) as context, connect(context, "echo") as (reader, writer):
        writer.write(b"x\n")
        assert b"x\n" == await reader.readline()

    assert "made" == heard[0]
    assert ["accepted", "made", "needy"] == sorted(name for name in heard if not name.startswith("handler"))


async def test_clients_are_listened_to_by_name() -> None:
    """And servers are not, by those who say client=."""
    heard: list[str] = []

    @Component
    class Both:
        @OnChannelActive(client="up")
        def up(self, channel: Channel) -> None:
            heard.append("client")

        @OnChannelActive(server="echo")
        def down(self, channel: Channel) -> None:
            heard.append("server")

    client = {"netty.clients.up.pipeline[0]": "string", "netty.clients.up.lazy": "true", "netty.clients.up.host": "127.0.0.1"}
    async with running(application(), properties={}) as other:
        port = other.get(NettyServers).address()[1]
        async with running(application(Both), properties=client | {"netty.clients.up.port": port}) as context:
            await context.get(NettyClient).connected(5)
            assert ["client"] == heard
            async with connect(context, "echo") as (reader, writer):
                writer.write(b"x\n")
                assert b"x\n" == await reader.readline()
    assert ["client", "server"] == heard


def _one(label: Any, method: Any) -> type:
    """A component with *method*, labelled."""
    return Component(type("Lobby", (), {"method": label(method), "__module__": __name__}))


@pytest.mark.parametrize(("label", "method", "reason"), [
    (OnChannelActive, lambda self: None, "it is called with the channel, which it does not take"),
    (OnChannelActive, lambda self, channel, more: None, "it is called with the channel, and wants 'channel', 'more'"),
    (OnChannelInactive, lambda self: None, "it is called with the channel, which it does not take"),
    (OnUserEvent(int), lambda self, event: None, "it is called with the channel and the event, which it does not take"),
    (OnException, lambda self, error: None, "it is called with the channel and the error, which it does not take"),
    (OnUserEvent(), lambda self, channel, event: None, "it says no type: write @OnUserEvent(IdleStateEvent)"),
    (OnUserEvent("int"), lambda self, channel, event: None, "it cannot tell its events"),  # type: ignore[arg-type]  # the mistake
    (OnException(int), lambda self, channel, error: None, "int is no type of errors: write @OnException(TimeoutError)"),
    (OnException(TimeoutError), lambda self, error: None, "it is called with the channel and the error, which it does not take"),
    (OnChannelActive(server="eco"), lambda self, channel: None, "'eco'"),
    (OnChannelActive(client="up"), lambda self, channel: None, "'up'"),
    (OnChannelActive(client="up", server="echo"), lambda self, channel: None, "'up'"),
])  # fmt: skip
async def test_what_cannot_be_called_is_refused_at_start(label: Any, method: Any, reason: str) -> None:
    """With the place of the method, before anything is bound."""
    with pytest.raises(BootError) as refused:
        async with running(application(_one(label, method))):
            pass

    error = refused.value.__cause__ if isinstance(refused.value, LifecycleError) else refused.value
    assert reason in str(error)
    assert "test_listeners.py:" in f"{error} {getattr(error, 'location', '')}"


async def test_one_of_several_servers_must_be_named() -> None:
    """As for handlers."""

    @NettyServer(port=0)
    class OtherServer:
        pipeline = ["line"]

    with pytest.raises(LifecycleError) as refused:
        async with running(application(OtherServer, _one(OnChannelActive, lambda self, channel: None))):
            pass
    assert "@OnChannelActive(server=" in getattr(refused.value.__cause__, "action", "")


async def test_prototypes_do_not_listen() -> None:
    """There is no one bean to call."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Many:
        @OnChannelActive
        def began(self, channel: Channel) -> None: ...

    with pytest.raises(DefinitionError, match="there is no one bean to call"):
        async with running(application(Many)):
            pass
