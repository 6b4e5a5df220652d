"""SSL bundles: certificates and trust under a name, for all servers that use it. Source: Spring Boot's ``spring.ssl.bundle.pem``.

A bundle with ``reload-on-update`` looks at its files when a connection comes, at most once a second, and loads them anew when
they have changed: the connections that are open stay as they are, the next ones see the new certificate. Files that do not fit
together, as in the middle of an exchange, are told of once, and the old ones serve on.
"""

import logging
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, final

from pydantic import Field, SecretStr

from pyboot.boot import ConfigurationProperties
from pyboot.components.netty.errors import SslContextError

from .properties import Settings, Timeout, TlsProperties

if TYPE_CHECKING:
    import ssl

_log = logging.getLogger("pyboot.netty")

_SECONDS_BETWEEN_LOOKS: Final = 1.0
_SECONDS_BETWEEN_WARNINGS: Final = 86_400.0


class KeystoreProperties(Settings):
    """`ssl.bundles.<name>.keystore`: the certificate and the key of this side."""

    certificate: str | None = Field(default=None, description="A PEM file with the certificate and its chain. No default.")
    private_key: str | None = Field(default=None, description="A PEM file with its key. Default: the certificate's file.")
    private_key_password: SecretStr | None = Field(default=None, description="What opens the key. Default: it is open.")


class TruststoreProperties(Settings):
    """`ssl.bundles.<name>.truststore`: the certificates that this side trusts."""

    certificate: str | None = Field(
        default=None, description="A PEM file, or a folder, of authorities that sign the other side. Default: none."
    )


class SslOptionsProperties(Settings):
    """`ssl.bundles.<name>.options`: the versions and ciphers that both sides have to support."""

    enabled_protocols: list[Literal["TLSv1.2", "TLSv1.3"]] = Field(
        default=["TLSv1.2", "TLSv1.3"], min_length=1, description="The versions that are spoken. Default TLSv1.2 and TLSv1.3."
    )
    ciphers: list[str] | None = Field(default=None, description="Of TLS 1.2, by OpenSSL's names. Default: forward-secret ones.")


class BundleProperties(Settings):
    """`ssl.bundles.<name>`: a bundle."""

    keystore: KeystoreProperties = Field(default_factory=KeystoreProperties.model_construct, description="Who we are.")
    truststore: TruststoreProperties = Field(default_factory=TruststoreProperties.model_construct, description="Whom we believe.")
    options: SslOptionsProperties = Field(default_factory=SslOptionsProperties.model_construct, description="Versions and ciphers.")
    expiry_warning: Timeout = Field(
        default=timedelta(days=14),
        description="How long before its end the log warns of a certificate, daily; 0: never. Default 14d.",
    )
    reload_on_update: bool = Field(default=False, description="Whether changed files are loaded while the server runs. Default false.")


@ConfigurationProperties("ssl")
class SslProperties(Settings):
    """The settings below `ssl`."""

    bundles: dict[str, BundleProperties] = Field(default={}, description="The bundles, by name.")


class BundleContext[C](ABC):
    """The context of one server or client: made of a bundle at once, and again when the files of the bundle have changed.

    *C* is what it is: an ``ssl.SSLContext``, or what QUIC has in its place.
    """

    def __init__(self, name: str, bundle: BundleProperties, clock: Callable[[], float] = time.monotonic) -> None:
        """Load the files; raises `SslContextError` for what is of no use."""
        self._name = name
        self._bundle = bundle
        self._clock = clock
        self._files = self._look()
        self._context = self._load()
        self._next_look = clock() + _SECONDS_BETWEEN_LOOKS
        self._next_warning = clock() + _SECONDS_BETWEEN_WARNINGS

    def current(self) -> C:
        """Return the context for a connection that is made now."""
        if self._bundle.reload_on_update and self._clock() >= self._next_look:
            self._next_look = self._clock() + _SECONDS_BETWEEN_LOOKS
            if (files := self._look()) != self._files:
                self._files = files
                self._reload()
        if self._clock() >= self._next_warning:
            self._warn()
        return self._context

    def _warn(self) -> None:
        """Warn once a day, with the first connection; at the start and after a change the loading of the files warns."""
        from pyboot.components.netty.handler.tls.expiry import warn_if_expiring

        self._next_warning = self._clock() + _SECONDS_BETWEEN_WARNINGS
        certificate = self._bundle.keystore.certificate
        if certificate is not None and (path := Path(certificate)).is_file():
            warn_if_expiring(path, path.read_text("ascii", "replace"), self._warning_days)

    @property
    def _warning_days(self) -> float:
        """The number of days before its end in which the certificate is warned of; 0: never."""
        return self._bundle.expiry_warning / timedelta(days=1)

    def _reload(self) -> None:
        try:
            self._context = self._load()
        except SslContextError as error:
            _log.error("ssl bundle '%s' has changed and cannot be used, the old one serves on: %s", self._name, error)
        else:
            _log.info("ssl bundle '%s' was loaded again", self._name)

    def _look(self) -> list[object]:
        """Return what tells whether a file is another now; links are followed, since many tools exchange files by them."""
        keystore = self._bundle.keystore
        paths = (keystore.certificate, keystore.private_key, self._bundle.truststore.certificate)
        return [_stamp(path) for path in paths if path is not None]

    @abstractmethod
    def _load(self) -> C:
        """Make the context of what the files hold now."""

    @property
    def _password(self) -> str | None:
        password = self._bundle.keystore.private_key_password
        return None if password is None else password.get_secret_value()

    def _limited(self, context: "ssl.SSLContext") -> "ssl.SSLContext":
        """*context*, without the newest version where it is not enabled."""
        if "TLSv1.3" not in self._bundle.options.enabled_protocols:
            context.maximum_version = context.minimum_version
        return context


@final
class ServerContext(BundleContext["ssl.SSLContext"]):
    """The context of one server."""

    def __init__(self, name: str, bundle: BundleProperties, tls: TlsProperties, clock: Callable[[], float] = time.monotonic) -> None:
        """Load the files; raises `SslContextError` for what is of no use."""
        self._tls = tls
        super().__init__(name, bundle, clock)

    def _load(self) -> "ssl.SSLContext":
        from pyboot.components.netty.handler.tls.context import ClientAuth, ssl_context_for_server  # only servers with TLS pay for it

        keystore, options = self._bundle.keystore, self._bundle.options
        if keystore.certificate is None:
            raise SslContextError(f"ssl.bundles.{self._name} has no certificate", f"set ssl.bundles.{self._name}.keystore.certificate")
        context = ssl_context_for_server(
            keystore.certificate,
            keystore.private_key,
            password=self._password,
            ca=self._bundle.truststore.certificate,
            client_auth=None if self._tls.client_auth is None else ClientAuth[self._tls.client_auth.upper()],
            alpn=self._tls.alpn,
            minimum_version=min(options.enabled_protocols),
            ciphers=None if options.ciphers is None else ":".join(options.ciphers),
            expiry_warning_days=self._warning_days,
        )
        return self._limited(context)


def _stamp(path: str) -> Any:  # Any: numbers, or None for a file that is not there
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
