"""The decorators of the bridge: they label a class as a server or as a handler, and leave it what it was."""

import re
from typing import Any, ClassVar, Self, final, overload

from pyboot.boot import Component, Label, Place, Scope


@final
class NettyServerLabel(Label):
    """A server: ``@NettyServer(port=9000)``; the class may hold ``pipeline``, the codecs in front of the handler beans.

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
class ChannelHandlerBeanLabel(Label):
    """A handler in the pipeline of a server's connections: ``@ChannelHandlerBean(order=10)``, or bare ``@ChannelHandlerBean``.

    Each connection gets its own instance, its constructor filled by the container.

    Args:
        order: the place behind the codecs: lower first, ties by class name.
        server: the name of the server it belongs to; may be left out where there is one server.
        sharable: one instance, a singleton bean, for all connections; it keeps no state of a connection.
    """

    places: ClassVar = frozenset({Place.CLASS, Place.BEAN})

    def __init__(self, order: int = 0, server: str | None = None, sharable: bool = False) -> None:
        self.order = order
        self.server = server
        self.sharable = sharable

    @overload
    def __call__(self, *, order: int = 0, server: str | None = None, sharable: bool = False) -> Self: ...
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


def kebab_case(name: str) -> str:
    """Return a class name as it is written in settings: ``HTTPGateway`` is ``http-gateway``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
