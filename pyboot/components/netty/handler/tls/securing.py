"""TLS for the channels of a bootstrap: everything is checked when the bootstrap is made, then each channel gets a handler.

Files are read and contexts made once, not for each connection. What is wrong with an argument stops the program where that was written,
and not its first connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.errors import SslContextError

from .context import ssl_context_for_client, ssl_context_for_server
from .hosts import HostContexts
from .sni import SniHandler
from .ssl_handler import SslHandler

if TYPE_CHECKING:
    import ssl

    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.handler import ChannelHandler

    from .arguments import ClientSslChoice

__all__ = ["HANDLER_NAME", "ClientTls", "SecuredChannel", "ServerTls", "secured_client", "secured_server"]

# The name of the handler in the pipelines of bootstraps.
HANDLER_NAME: Final = "ssl"

_OF_HANDLER: Final = frozenset({"handshake_timeout", "close_notify_flush_timeout", "close_notify_read_timeout"})


@final
class ServerTls:
    """Makes the handler of each accepted connection."""

    def __init__(self, new_handler: Callable[[], ChannelHandler[Any]]) -> None:
        self._new_handler = new_handler
        new_handler()  # what it refuses is told now, not by the first connection

    def secure(self, channel: Channel) -> None:
        """Put TLS in front of everything else."""
        channel.pipeline().add_first(self._new_handler(), name=HANDLER_NAME)


@final
class ClientTls:
    """Makes the handler of each connection, and waits for its handshake."""

    def __init__(self, new_handler: Callable[[str], SslHandler], server_hostname: str | None) -> None:
        self._new_handler = new_handler
        self._server_hostname = server_hostname
        new_handler(server_hostname or "localhost")  # as above

    def secure(self, channel: Channel, address: Any) -> SecuredChannel:  # Any: a path, or host and port
        """Put TLS in front of everything else; the name of the server is that of *address* if none was given."""
        # First in the pipeline whatever the user adds, and before he adds it: nothing of it leaves in clear.
        handler = self._new_handler(self._server_hostname or _host_of(address))
        channel.pipeline().add_first(handler, name=HANDLER_NAME)
        return SecuredChannel(channel, handler)


@final
class SecuredChannel:
    """Awaiting it waits for the handshake of one channel.

    Raises `SslHandshakeError`, or `ClosedChannelError` where the connection ended first. If cancelled, the connection is given up.
    """

    def __init__(self, channel: Channel, handler: SslHandler) -> None:
        self._channel = channel
        self._handler = handler

    def __await__(self) -> Generator[Any, None, None]:
        try:
            yield from self._handler.handshake_future.__await__()
        except asyncio.CancelledError:
            self._channel.abort()
            raise


def secured_server(choice: bool | ssl.SSLContext, arguments: Mapping[str, Any]) -> ServerTls:
    """Return the TLS of a server: with the certificate of *arguments*, or the context that *choice* is; raises `SslContextError`."""
    of_handler, of_context = _sorted(arguments)
    contexts = of_context.pop("sni", None)
    context = _server_context(choice, of_context, is_needed=contexts is None)
    if contexts is not None:
        hosts = HostContexts(contexts, context)
        return ServerTls(lambda: SniHandler(hosts, **of_handler))
    return ServerTls(lambda: SslHandler(context, server_side=True, **of_handler))


def secured_client(choice: ClientSslChoice, arguments: Mapping[str, Any]) -> ClientTls:
    """Return the TLS of a client: with the authorities of *arguments*, or the context that *choice* is, or gives for each connection.

    Raises `SslContextError`.
    """
    of_handler, of_context = _sorted(arguments)
    hostname: str | None = of_context.pop("server_hostname", None)
    if callable(choice):
        _own_context(choice, of_context)
        return ClientTls(lambda name: SslHandler(choice(), server_hostname=name, **of_handler), hostname)
    context = ssl_context_for_client(**of_context) if choice is True else _own_context(choice, of_context)
    return ClientTls(lambda name: SslHandler(context, server_hostname=name, **of_handler), hostname)


def _sorted(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of the handler, and those of the context; None is the same as nothing."""
    given = {name: value for name, value in arguments.items() if value is not None}
    of_handler = {name: value for name, value in given.items() if name in _OF_HANDLER}
    return of_handler, {name: value for name, value in given.items() if name not in _OF_HANDLER}


def _server_context(choice: Any, of_context: Mapping[str, Any], *, is_needed: bool) -> Any:  # Any: as below
    if choice is not True:
        return _own_context(choice, of_context)
    if "certfile" in of_context:
        return ssl_context_for_server(**of_context)
    if of_context or is_needed:
        raise SslContextError("ssl=True without a certificate", "pass certfile= and keyfile=, or ssl=<an ssl.SSLContext>")
    return None


def _own_context(choice: Any, of_context: Mapping[str, Any]) -> Any:  # Any: the handler checks that it is an SSLContext
    if of_context:
        raise SslContextError(f"{', '.join(of_context)} beside a context", "set it on the context, or pass ssl=True")
    return choice


def _host_of(address: Any) -> str:
    if isinstance(address, tuple):
        return address[0] or "localhost"
    raise SslContextError(f"the path {address!r} names no host", "pass server_hostname=")
