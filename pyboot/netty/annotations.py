"""The decorators of the bridge: they label a class as a server or as a handler, and leave it what it was."""

import re
from typing import final

from pyboot.boot import Component, Label, Scope, label


@final
class NettyServer(Label):
    """A server: ``@NettyServer(port=9000)``; the class may hold ``pipeline``, the codecs in front of the handler beans.

    What stands here are defaults; the settings ``netty.servers.<name>.*`` win.

    Args:
        port: where to listen; 0 takes a free port.
        host: the address to bind; default: the loopback address, so that nothing is offered to the network unasked.
        name: the server's name in settings, logs and ``server=``; default: the class name without ``Server``, in kebab-case.
    """

    def __init__(self, *, port: int = 0, host: str = "127.0.0.1", name: str | None = None) -> None:
        self.port = port
        self.host = host
        self.name = name

    def __call__[T](self, target: T) -> T:
        """Label *target* as a server and as a component."""
        label(target, self)
        return Component(target)

    def name_for(self, server: type) -> str:
        """Return the name that *server*, the labelled class, goes by."""
        return self.name or kebab_case(server.__name__.removesuffix("Server") or server.__name__)


@final
class ChannelHandlerBean(Label):
    """A handler in the pipeline of a server's connections: ``@ChannelHandlerBean(order=10)``.

    Each connection gets its own instance, its constructor filled by the container.

    Args:
        order: the place behind the codecs: lower first, ties by class name.
        server: the name of the server it belongs to; may be left out where there is one server.
        sharable: one instance, a singleton bean, for all connections; it keeps no state of a connection.
    """

    def __init__(self, *, order: int = 0, server: str | None = None, sharable: bool = False) -> None:
        self.order = order
        self.server = server
        self.sharable = sharable

    def __call__[T](self, target: T) -> T:
        """Label *target* as a handler and as a component: of prototype scope, or sharable, the mark that a pipeline looks for."""
        label(target, self)
        if self.sharable:
            target.sharable = True  # type: ignore[attr-defined]  # of ChannelHandler; any other class is refused at assembly
        else:
            Scope(Scope.PROTOTYPE)(target)
        return Component(target)


def kebab_case(name: str) -> str:
    """Return a class name as it is written in settings: ``HTTPGateway`` is ``http-gateway``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
