"""ClientContext: what a client trusts, and who it says it is, made of an SSL bundle."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, final

from pyboot.netty.bundles import BundleContext, BundleProperties

from .properties import ClientTlsProperties

if TYPE_CHECKING:
    import ssl


@final
class ClientContext(BundleContext["ssl.SSLContext"]):
    """The context of one client. Without a truststore the peer's certificate has to be signed by whom the system believes."""

    def __init__(self, name: str, bundle: BundleProperties, tls: ClientTlsProperties, clock: Callable[[], float] = time.monotonic) -> None:
        """Load the files; raises `SslContextError` for what is of no use."""
        self._tls = tls
        super().__init__(name, bundle, clock)

    def _load(self) -> "ssl.SSLContext":
        from pyboot.components.netty.handler.tls.context import ssl_context_for_client  # only clients with TLS pay for it

        keystore, options = self._bundle.keystore, self._bundle.options
        context = ssl_context_for_client(
            self._bundle.truststore.certificate,
            certfile=keystore.certificate,
            keyfile=keystore.private_key,
            password=self._password,
            alpn=self._tls.alpn,
            minimum_version=min(options.enabled_protocols),
            ciphers=None if options.ciphers is None else ":".join(options.ciphers),
        )
        return self._limited(context)
