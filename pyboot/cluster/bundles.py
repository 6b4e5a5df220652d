"""The TLS context of an engine's connection, made of an SSL bundle of the application."""

from typing import TYPE_CHECKING

from pyboot.boot import ApplicationContext
from pyboot.netty.bundles import SslProperties

from .errors import EngineBundleError

if TYPE_CHECKING:
    import ssl

__all__ = ["client_context"]


def client_context(context: ApplicationContext, name: str) -> "ssl.SSLContext":
    """Return the context of the bundle *name*, with which a client verifies its peer.

    Raises:
        EngineBundleError: there is no such bundle.
        SslContextError: its files are of no use.
    """
    from pyboot.netty.client.properties import ClientTlsProperties
    from pyboot.netty.client.tls import ClientContext

    bundles = context.get(SslProperties).bundles
    if name not in bundles:
        raise EngineBundleError(name, sorted(bundles))
    return ClientContext(name, bundles[name], ClientTlsProperties()).current()
