"""The decorators of the bridge: they label a class as a server or as a handler, and leave it what it was."""

import re
from typing import Any, ClassVar, Self, final, overload

from pyboot.boot import Component, Label, Place, Scope
from pyboot.boot.model.task import CalledLabel


@final
class NettyServerLabel(Label):
    """Makes a class a server: ``@NettyServer(port=9000)``; it may hold ``pipeline``, the codecs in front of the handler beans.

    What stands here are defaults; the settings ``netty.servers.<name>.*`` win. Bare, ``@NettyServer`` leaves everything to them.

    Args:
        port: where to listen; 0 takes a free port.
        host: the address to bind; default: the loopback address, so that nothing is offered to the network unasked.
        name: the server's name in settings, logs and ``server=``; default: the class name without ``Server``, in kebab-case.
    """

    places: ClassVar = frozenset({Place.CLASS})

    def __init__(self, port: int = 0, host: str = "127.0.0.1", name: str | None = None) -> None:
        self.port = port
        self.host = host
        self.name = name

    @overload
    def __call__(self, *, port: int = 0, host: str = "127.0.0.1", name: str | None = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a class as a server and as a component; with arguments, return a label that holds them."""
        return Component(Label.__call__(self, *targets)) if targets else self.altered(**given)

    def name_for(self, server: type) -> str:
        """Return the name that *server*, the labelled class, goes by."""
        return self.name or kebab_case(server.__name__.removesuffix("Server") or server.__name__)


NettyServer = NettyServerLabel()


@final
class NettyClientLabel(Label):
    """The label that ``@NettyClient(host="10.0.0.5", port=9000)`` leaves on a class; `NettyClient` says what it means."""

    places: ClassVar = frozenset({Place.CLASS})

    def __init__(self, host: str | None = None, port: int | None = None, name: str | None = None) -> None:
        self.host = host
        self.port = port
        self.name = name

    def __call__(self, target: Any) -> Any:
        """Label a class as a client and as a component."""
        return Component(Label.__call__(self, target))

    def name_for(self, client: type) -> str:
        """Return the name that *client*, the labelled class, goes by."""
        return self.name or kebab_case(client.__name__.removesuffix("Client") or client.__name__)


@final
class ChannelHandlerBeanLabel(Label):
    """Makes a class a handler in the pipeline of a server or a client: ``@ChannelHandlerBean(order=10)``, or without parentheses.

    Each connection gets its own instance, its constructor filled by the container.

    Args:
        order: the place behind the codecs: lower first, ties by class name.
        before, after: the neighbour that it stands beside instead, nearer to the network or behind it: a codec or a handler of the
            same pipeline, by name or by class.
        server: the name of the server it belongs to; may be left out where there is one server and no client.
        client: the name of the client it belongs to; may be left out where there is one client and no server.
        sharable: one instance, a singleton bean, for all connections; it keeps no state of a connection.
    """

    places: ClassVar = frozenset({Place.CLASS, Place.BEAN})

    def __init__(
        self,
        order: int = 0,
        server: str | None = None,
        sharable: bool = False,
        client: str | None = None,
        before: str | type[Any] | None = None,
        after: str | type[Any] | None = None,
    ) -> None:
        self.order = order
        self.before = before
        self.after = after
        self.server = server
        self.sharable = sharable
        self.client = client

    @overload
    def __call__(
        self,
        *,
        order: int = 0,
        server: str | None = None,
        client: str | None = None,
        sharable: bool = False,
        before: str | type[Any] | None = None,
        after: str | type[Any] | None = None,
    ) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a class as a handler and as a component, or a ``@Bean`` method as one that makes a handler.

        The handler is of prototype scope, or sharable, the mark that a pipeline looks for. With arguments, return a label that
        holds them.
        """
        if not targets:
            return self.altered(**given)
        target = Label.__call__(self, *targets)
        if self.sharable:
            target.sharable = True  # of ChannelHandler; any other class is refused at assembly
        else:
            Scope(Scope.PROTOTYPE)(target)
        return Component(target) if isinstance(target, type) else target


ChannelHandlerBean = ChannelHandlerBeanLabel()


class ChannelListenerLabel(CalledLabel):
    """Base for labels of methods that hear of the channels of one server or client; each stands for one thing that happens to a channel.

    Args:
        server: the name of the server; may be left out where there is one server and no client.
        client: the name of the client; may be left out where there is one client and no server.
    """

    arguments: ClassVar = 1
    called_with: ClassVar = "with the channel"
    takes_all: ClassVar = True
    types: tuple[Any, ...] = ()
    """What it hears of what is told besides the channel: instances of these; of all where there are none."""

    def __init__(self, server: str | None = None, client: str | None = None) -> None:
        self.server = server
        self.client = client

    @overload
    def __call__(self, *, server: str | None = None, client: str | None = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a method; with arguments, return a label that holds them."""
        return Label.__call__(self, *targets) if targets else self.altered(**given)


@final
class ChannelGroupBean(Label):
    """Makes a bean of type `ChannelGroup` that a server feeds: ``@ChannelGroupBean("room")`` beside ``@NettyServer``.

    Every connection of the server, of all its listeners and instances, is in the group from when it becomes active until it closes.
    A class may carry several, each of another name.

    Args:
        name: the group's name, and its qualifier; a parameter ``room: ChannelGroup`` means it too.
    """

    places: ClassVar = frozenset({Place.CLASS})

    def __init__(self, name: str) -> None:
        self.name = name


def kebab_case(name: str) -> str:
    """Return a class name as it is written in settings: ``HTTPGateway`` is ``http-gateway``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
