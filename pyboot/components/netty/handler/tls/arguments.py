"""The arguments about TLS that bootstraps take, and whether there are any.

Bootstraps of plain channels come by here too, so nothing here imports ``ssl``, which would take a good part of their start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from pyboot.components.netty.errors import SslContextError

if TYPE_CHECKING:
    import ssl

    from .context import ClientAuth, Password, Version
    from .hosts import Contexts
    from .securing import ClientTls, ServerTls

__all__ = ["ClientSslChoice", "ClientTlsArguments", "ServerTlsArguments", "SslChoice", "tls_of_client", "tls_of_server"]

type SslChoice = bool | ssl.SSLContext
type ClientSslChoice = SslChoice | Callable[[], ssl.SSLContext]  # of a function: one for each connection


class _HandlerArguments(TypedDict, total=False):
    handshake_timeout: float
    close_notify_flush_timeout: float
    close_notify_read_timeout: float


class _ContextArguments(TypedDict, total=False):
    certfile: str | os.PathLike[str] | None
    keyfile: str | os.PathLike[str] | None
    password: Password | None
    ca: str | os.PathLike[str] | None
    alpn: Iterable[str]
    minimum_version: Version
    ciphers: str | None
    expiry_warning_days: float


class ServerTlsArguments(_HandlerArguments, _ContextArguments, total=False):
    """Those of `ssl_context_for_server` and `SslHandler`; and *sni*, the contexts of hosts by their names, as `SniHandler` takes them."""

    client_auth: ClientAuth | None
    sni: Contexts | None


class ClientTlsArguments(_HandlerArguments, _ContextArguments, total=False):
    """Those of `ssl_context_for_client` and `SslHandler`; *server_hostname* is the host of the address where it is left out."""

    server_hostname: str | None


def tls_of_server(choice: SslChoice, arguments: Mapping[str, Any]) -> ServerTls | None:
    """Return the TLS arguments of a server; None where it is a plain one.

    Raises `SslContextError` with what to do, TypeError for an argument that does not exist.
    """
    if not _is_wanted(choice, arguments, ServerTlsArguments):
        return None
    from .securing import secured_server  # see the head of this file

    return secured_server(choice, arguments)


def tls_of_client(choice: ClientSslChoice, arguments: Mapping[str, Any]) -> ClientTls | None:
    """Return the TLS arguments of a client; None where it is a plain one. Raises as `tls_of_server`."""
    if not _is_wanted(choice, arguments, ClientTlsArguments):
        return None
    from .securing import secured_client  # see the head of this file

    return secured_client(choice, arguments)


def _is_wanted(choice: ClientSslChoice, arguments: Mapping[str, Any], kind: type[Any]) -> bool:
    known = sorted({*_HandlerArguments.__annotations__, *_ContextArguments.__annotations__, *kind.__annotations__})
    for name in arguments:
        if name not in known:
            raise TypeError(f"a bootstrap has no argument {name!r}: there are ssl, {', '.join(known)}")
    if choice is False and arguments:
        raise SslContextError(f"{', '.join(arguments)} without ssl", "pass ssl=True too, or leave them out")
    return choice is not False
